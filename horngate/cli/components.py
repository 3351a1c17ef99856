"""`horngate components …`."""

from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from horngate.cli.console import AS_JSON, data, print_json, print_table, remote, size_words, talk, when_words

MARKS = {"error": ("✗", "red"), "warning": ("!", "yellow"), "info": ("·", "dim")}
app = typer.Typer(help="Components: your own layers, losses, models, … as Python source.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    source: Path = typer.Argument(help="A .py file, the folder of a package, or a .zip of one."),
    name: str = typer.Option(None, help="Its name; else the file's. A known name makes the next version."),
    as_json: bool = AS_JSON,
) -> None:
    """Upload source."""
    component = remote(context).components.add(source, name)
    if as_json:
        return print_json(component.about)
    talk.print(f"[green]✓[/] {component.reference}: {component.offers}")
    return data.print(component.reference)


@app.command("list")
def list_all(
    context: typer.Context,
    name: str = typer.Option(None, help="Only the versions of this one."),
    limit: int = typer.Option(50, min=1, help="How many at most."),
    as_json: bool = AS_JSON,
) -> None:
    """Components, newest first."""
    found = list(remote(context).components.list(name, limit))
    if as_json:
        return print_json([component.about for component in found])
    rows = [
        (c.reference, len(c.objects), size_words(c.about["bytes"]), when_words(c.about["created_at"]), c.id)
        for c in found
    ]
    return print_table(("NAME", "OBJECTS", "SIZE", "CREATED", "ID"), rows, right=("OBJECTS", "SIZE"))


@app.command()
def show(
    context: typer.Context,
    component: str = typer.Argument(help="Name, name@version or id."),
    as_json: bool = AS_JSON,
) -> None:
    """Its objects, where each may stand, and what it takes."""
    found = remote(context).components.get(component)
    if as_json:
        return print_json(found.about)
    rows = [
        (f"{found.name}.{part['name']}", ", ".join(part["families"]), arguments_of(part), part["doc"])
        for part in found.objects
    ]
    return print_table(("NAME", "MAY BE A", "ARGUMENTS", "WHAT IT SAYS OF ITSELF"), rows)


@app.command()
def check(
    context: typer.Context,
    source: str = typer.Argument(help="A .py file or the folder of a package, before it is uploaded; or a name."),
    code: list[str] = typer.Option([], help="Show the AutoGraph code of this object."),
    as_json: bool = AS_JSON,
) -> None:
    """Have the doctor run every object on small tensors: what fails, what is silently wrong, what is slow."""
    report = remote(context).components.check(source, code=code)
    if as_json:
        print_json(report)
    else:
        draw_report(report)
    if not report["ok"]:
        raise typer.Exit(1)


def draw_report(report: dict[str, Any]) -> None:
    """Each finding with its place and its advice; then what was not run, and why."""
    for finding in report["findings"]:
        mark, color = MARKS[finding["severity"]]
        place = f"{finding['file']}:{finding['line']}" if finding["line"] else finding["object"]
        data.print(f"[{color}]{mark}[/] [bold]{escape(place)}[/] [dim]{finding['rule']}[/]")
        data.print(f"  {escape(finding['message'])}")
        data.print(f"  [dim]{escape(finding['advice'])}[/]")
    for about in report["objects"]:
        if about["not_checked"]:
            data.print(f"· {escape(about['name'])} was not run: {escape(about['not_checked'])}")
    for name, text in report["code"].items():
        data.print(f"[bold]{escape(name)}[/]\n{escape(text)}")
    counted = f"{len(report['objects'])} objects, {len(report['findings'])} findings"
    talk.print(f"[green]✓[/] Sound: {counted}." if report["ok"] else f"[red]✗[/] {counted}.")


@app.command()
def rm(context: typer.Context, component: str = typer.Argument(help="Name, name@version or id.")) -> None:
    """Remove one version."""
    found = remote(context).components.get(component)
    found.delete()
    talk.print(f"Removed {found.reference}.")


def arguments_of(part: dict[str, object]) -> str:
    """`threshold=1.0, name=None`, as a call of it is written."""
    listed = part["arguments"]
    assert isinstance(listed, list)
    return ", ".join(a["name"] if a["required"] else f"{a['name']}={a['default_text']}" for a in listed)
