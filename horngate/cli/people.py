"""`horngate users …`, `horngate projects …`, `horngate keys …`, and `horngate join LINK`."""

from enum import StrEnum

import typer

from horngate.cli.console import AS_JSON, data, print_json, print_table, remote, size_words, talk, when_words
from horngate.client.connecting import connect, find_key, save_login
from horngate.client.people import accept, read_link
from horngate.client.people import join as join_project


class Role(StrEnum):
    """What a member may do."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


class Scope(StrEnum):
    """How far a key goes."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


users = typer.Typer(help="Users: who may call the service. Administrators add them.", no_args_is_help=True)
projects = typer.Typer(help="Projects: what keeps runs and data together, and for whom.", no_args_is_help=True)
keys = typer.Typer(help="Your API keys.", no_args_is_help=True)
PROJECT = typer.Argument(help="Its name or id.")
USER = typer.Argument(help="Their name or id.")
ROLE = typer.Option(Role.EDITOR, help="What they may do there.")


@users.command("list")
def list_users(context: typer.Context, as_json: bool = AS_JSON) -> None:
    """Who shares a project with you; an administrator sees everybody."""
    found = remote(context).users.list()
    if as_json:
        return print_json(found)
    rows = [
        (user["name"], describe_user(user), user["email"] or "", when_words(user["created_at"]), user["id"])
        for user in found
    ]
    return print_table(("NAME", "IS", "E-MAIL", "SINCE", "ID"), rows)


def describe_user(user: dict[str, object]) -> str:
    if user["disabled_at"]:
        return "disabled"
    return "administrator" if user["is_admin"] else ""


@users.command("add")
def add_user(
    context: typer.Context,
    name: str = typer.Argument(help="What they are called."),
    project: str = typer.Option(None, help="Where they are at home; left out: a new project of their own."),
    role: Role = ROLE,
    admin: bool = typer.Option(False, help="They may do everything."),
    email: str = typer.Option(None, help="By which they sign in at your OpenID provider."),
    as_json: bool = AS_JSON,
) -> None:
    """Add somebody, and print the link that signs them in once."""
    made = remote(context).users.add(name, is_admin=admin, project=project, role=role.value, email=email)
    if as_json:
        return print_json(made)
    talk.print(f"[green]✓[/] {name} may come in by this link, once, until {when_words(made['expires_at'])}:")
    return data.print(made["link"])


@users.command()
def disable(context: typer.Context, user: str = USER) -> None:
    """Stop every key and session of somebody, at once."""
    found = remote(context).users.change(user, disabled=True)
    talk.print(f"{found['name']} is shut out. What they made stays; `horngate users enable` lets them in again.")


@users.command()
def enable(context: typer.Context, user: str = USER) -> None:
    """Let somebody in again."""
    talk.print(f"{remote(context).users.change(user, disabled=False)['name']} may come in again.")


@projects.command("list")
def list_projects(context: typer.Context, as_json: bool = AS_JSON) -> None:
    """Your projects."""
    found = remote(context).projects.list()
    if as_json:
        return print_json(found)
    return print_table(("NAME", "YOU ARE", "ID"), [(one["name"], one["role"], one["id"]) for one in found])


@projects.command("add")
def add_project(
    context: typer.Context, name: str = typer.Argument(help="What it is called."), as_json: bool = AS_JSON
) -> None:
    """Make a project, and own it."""
    made = remote(context).projects.add(name)
    if as_json:
        return print_json(made)
    return data.print(made["id"])


@projects.command()
def show(context: typer.Context, project: str = PROJECT, as_json: bool = AS_JSON) -> None:
    """What it uses, and what it may use."""
    found = remote(context).projects.get(project)
    if as_json:
        return print_json(found)
    limits, used = found["limits"], found["used"]
    storage = "no limit" if limits["storage_bytes"] is None else size_words(limits["storage_bytes"])
    minutes = "no limit" if limits["run_minutes"] is None else limits["run_minutes"]
    rows = [("storage", size_words(used["storage_bytes"]), storage)]
    rows.append(("minutes of training in 30 days", used["run_minutes"], minutes))
    return print_table(("WHAT", "USED", "ALLOWED"), rows, right=("USED", "ALLOWED"))


@projects.command()
def members(
    context: typer.Context,
    project: str = PROJECT,
    user: str = typer.Option(None, "--set", help="Give this user, whom you know, the role of --role."),
    role: Role = ROLE,
    remove: str = typer.Option(None, "--rm", help="Put this user out."),
    as_json: bool = AS_JSON,
) -> None:
    """Who belongs to it; change somebody's role, or put them out."""
    here = remote(context).projects
    if user is not None:
        here.set_member(project, user, role.value)
    if remove is not None:
        here.remove_member(project, remove)
    found = here.members(project)
    if as_json:
        return print_json(found)
    rows = [(one["name"], one["role"], "disabled" if one["disabled"] else "", one["user"]) for one in found]
    return print_table(("NAME", "ROLE", "", "ID"), rows)


@projects.command()
def invite(
    context: typer.Context,
    project: str = PROJECT,
    role: Role = ROLE,
    days: int = typer.Option(7, min=1, max=90, help="How long the link is good."),
    note: str = typer.Option("", help="For whom it is."),
    as_json: bool = AS_JSON,
) -> None:
    """Print a link that lets one person in."""
    made = remote(context).projects.invite(project, role.value, days=days, note=note)
    if as_json:
        return print_json(made)
    talk.print(f"One person comes in by this link, as {role.value}, until {when_words(made['expires_at'])}:")
    return data.print(made["link"])


@projects.command()
def leave(context: typer.Context, project: str = PROJECT) -> None:
    """Belong to it no longer."""
    remote(context).projects.leave(project)
    talk.print(f"You are out of {project}.")


@keys.command("list")
def list_keys(context: typer.Context, as_json: bool = AS_JSON) -> None:
    """Your keys, newest first, without their secrets."""
    found = remote(context).keys.list()
    if as_json:
        return print_json(found)
    rows = [
        (key["name"], f"{key['prefix']}…", key["scope"], describe_end(key), when_words(key["last_used_at"]), key["id"])
        for key in found
    ]
    return print_table(("NAME", "BEGINS", "SCOPE", "UNTIL", "LAST USED", "ID"), rows)


def describe_end(key: dict[str, str | None]) -> str:
    return "revoked" if key["revoked_at"] else when_words(key["expires_at"])


@keys.command("add")
def add_key(
    context: typer.Context,
    name: str = typer.Argument(help="What it is for."),
    scope: Scope = typer.Option(Scope.WRITE, help="read changes nothing, admin does all that you may."),
    days: int = typer.Option(None, min=1, help="How long it works; left out: until it is revoked."),
    project: list[str] = typer.Option([], help="Where it works; left out: in all your projects."),
    as_json: bool = AS_JSON,
) -> None:
    """Make a key, and print it, this once."""
    made = remote(context).keys.add(name, scope=scope.value, days=days, projects=project)
    if as_json:
        return print_json(made)
    talk.print("Keep it: it is not shown again.")
    return data.print(made["key"])


@keys.command("rm")
def revoke_key(context: typer.Context, key: str = typer.Argument(help="Its id.")) -> None:
    """Revoke a key; it opens nothing from now on."""
    remote(context).keys.revoke(key)
    talk.print("Revoked.")


def join(
    context: typer.Context,
    link: str = typer.Argument(help="The invitation."),
    name: str | None = typer.Option(None, help="Your name there; left out: you are a user there."),
) -> None:
    """Follow an invitation: as somebody new, with --name, whose key is kept; else as who you are."""
    address, token = read_link(link)
    if name is not None:
        welcome = accept(link, name)
        talk.print(f"Your key is kept in {save_login(address, welcome['key'])}.")
    else:
        given = context.find_root().obj["api_key"]
        welcome = join_project(connect(address, given or find_key(address, None)).service, token)
    talk.print(f"[green]✓[/] You are {welcome['role']} in {welcome['project']['name']}.")
