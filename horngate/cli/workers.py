"""`horngate worker`: invite other machines, join as one, start again what has joined."""

import os
from pathlib import Path

import typer
from rich.markup import escape

from horngate.cli.console import AS_JSON, data, print_json, print_table, remote, talk, when_words
from horngate.cli.local import unit_shown
from horngate.client.connecting import find_address
from horngate.client.service import Service
from horngate.joining.join import Asked, describe_unit, join, start
from horngate.joining.place import DEFAULT_HOME, Place
from horngate.systemd import Systemd

app = typer.Typer(help="Machines that train: invite them, join as one.", no_args_is_help=True)

HOME = typer.Option(DEFAULT_HOME, envvar="HORNGATE_WORKER_HOME", help="Where this machine's worker keeps its things.")


@app.command("invite")
def invite_worker(
    context: typer.Context,
    minutes: int = typer.Option(60, min=1, max=7 * 24 * 60, help="For how long machines may join with it."),
    name: str = typer.Option("workers", help="To tell invitations apart."),
    as_json: bool = AS_JSON,
) -> None:
    """Make a token with which other machines may join as workers (administrators)."""
    body = {"name": name, "lifetime_minutes": minutes}
    made = remote(context).service.create("/v1/workers:invite", body)
    if as_json:
        return print_json(made)
    talk.print(f"Type this on the other machine before {when_words(made['expires_at'])}; revoke: {made['id']}")
    return data.print(escape(made["command"]))


@app.command("invitations")
def list_invitations(context: typer.Context, as_json: bool = AS_JSON) -> None:
    """The invitations that are still good."""
    found = remote(context).service.get("/v1/workers/invitations")["data"]
    if as_json:
        return print_json(found)
    rows = [(one["id"], one["name"], f"{one['prefix']}…", when_words(one["expires_at"])) for one in found]
    return print_table(("id", "name", "token", "good until"), rows)


@app.command("revoke")
def revoke_invitation(context: typer.Context, invitation: str = typer.Argument(help="Its id.")) -> None:
    """Let nobody join with an invitation any more; who has joined stays."""
    remote(context).service.delete(f"/v1/workers/invitations/{invitation}")
    talk.print(f"[green]✓[/] {escape(invitation)} lets nobody join any more.")


@app.command("join")
def join_service(
    url: str = typer.Argument(help="The service's address."),
    token: str = typer.Option(..., envvar="HORNGATE_JOIN_TOKEN", help="What `horngate worker invite` printed there."),
    home: Path = HOME,
    gpu: bool = typer.Option(False, "--gpu", help="Install TensorFlow with its CUDA libraries."),
    checkout: Path = typer.Option(None, help="Run a checkout of the same version instead of the service's own code."),
    python: Path = typer.Option(None, help="Use this Python, which has the packages already; installs nothing."),
    queues: str = typer.Option(None, help="The queues to serve, separated by commas; else `default`."),
    slots: int = typer.Option(None, min=1, help="Runs at once; else one per GPU, or one per two cores."),
    install_service: bool = typer.Option(False, "--install-service", help="Start it now and at every boot (systemd)."),
    start_now: bool = typer.Option(True, "--start/--no-start", help="Start the worker here, in the foreground."),
) -> None:
    """Make this machine a worker of a service: fetch what it needs, and start it in the foreground."""
    place = Place(home.expanduser().absolute())
    asked = Asked(checkout and checkout.expanduser().absolute(), python, gpu, queues, slots)
    join(Service(find_address(url, None), token), place, asked, say)
    talk.print(f"[green]✓[/] This machine has joined. Start it again without a token: horngate worker start{at(place)}")
    if install_service:
        with unit_shown():
            Systemd().install(describe_unit(place), say)
    elif start_now:
        start(place, os.environ)


@app.command("start")
def start_worker(home: Path = HOME) -> None:
    """Start the worker that has joined, in the foreground; SIGTERM or Ctrl-C gives its runs back."""
    start(Place(home.expanduser().absolute()), os.environ)


@app.command("uninstall-service")
def uninstall_service() -> None:
    """Start the worker at boot no more; it gives its runs back, and what it kept stays."""
    if not Systemd().uninstall("horngate-worker", say):
        say("No service horngate-worker is installed.")


def at(place: Place) -> str:
    """The option that names a home other than the usual one."""
    return "" if place.home == Path(DEFAULT_HOME).expanduser() else f" --home {place.home}"


def say(line: str) -> None:
    talk.print(escape(line))
