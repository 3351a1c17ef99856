"""`horngate datasets …`."""

from pathlib import Path

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from horngate.cli.console import AS_JSON, data, number, print_json, print_table, remote, size_words, talk, when_words
from horngate.client.connecting import Remote
from horngate.client.datasets import Dataset

app = typer.Typer(help="Data sets: upload, list, look inside, remove.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    file: Path = typer.Argument(help="CSV, Parquet, JSON lines, NPZ, or a zip of images."),
    name: str = typer.Option(None, help="Its name; else the file's. A known name makes the next version."),
    as_json: bool = AS_JSON,
) -> None:
    """Upload a file."""
    dataset = upload(remote(context), file, name)
    if as_json:
        return print_json(dataset.about)
    talk.print(f"[green]✓[/] {describe(dataset)}")
    return data.print(dataset.reference)


@app.command()
def link(
    context: typer.Context,
    location: str = typer.Argument(help="A path as the service's machines see it, or s3://BUCKET/KEY."),
    name: str = typer.Option(None, help="Its name; else the file's. A known name makes the next version."),
    as_json: bool = AS_JSON,
) -> None:
    """A data set whose bytes stay where they are, in a place that the operator allows (HORNGATE_LINK_PLACES)."""
    dataset = remote(context).datasets.link(location, name)
    if as_json:
        return print_json(dataset.about)
    talk.print(f"[green]✓[/] {describe(dataset)}, linked")
    return data.print(dataset.reference)


@app.command("list")
def list_all(
    context: typer.Context,
    name: str = typer.Option(None, help="Only the versions of this one."),
    limit: int = typer.Option(50, min=1, help="How many at most."),
    as_json: bool = AS_JSON,
) -> None:
    """Data sets, newest first."""
    found = list(remote(context).datasets.list(name, limit))
    if as_json:
        return print_json([dataset.about for dataset in found])
    rows = [
        (d.reference, d.about["format"], f"{d.about['rows']:,}", len(d.about["columns"]), size_words(d.about["bytes"]),
         when_words(d.about["created_at"]), d.id)
        for d in found
    ]  # fmt: skip
    return print_table(
        ("NAME", "FORMAT", "ROWS", "COLUMNS", "SIZE", "CREATED", "ID"), rows, right=("ROWS", "COLUMNS", "SIZE")
    )


@app.command()
def show(
    context: typer.Context,
    dataset: str = typer.Argument(help="Name, name@version or id."),
    as_json: bool = AS_JSON,
) -> None:
    """Its columns with their statistics."""
    found = remote(context).datasets.get(dataset)
    profile = found.profile()
    if as_json:
        return print_json({**found.about, "profile": profile})
    talk.print(describe(found))
    rows = [
        (c["name"], c["dtype"], c.get("missing") or "", c.get("unique"), short(c.get("min")), short(c.get("mean")),
         short(c.get("max")), ", ".join(str(value) for value, _ in (c.get("top") or [])[:3]))
        for c in profile["columns"]
    ]  # fmt: skip
    head = ("COLUMN", "TYPE", "MISSING", "UNIQUE", "MIN", "MEAN", "MAX", "MOST FREQUENT")
    return print_table(head, rows, right=head[2:7])


@app.command()
def rm(context: typer.Context, dataset: str = typer.Argument(help="Name, name@version or id.")) -> None:
    """Remove one version."""
    found = remote(context).datasets.get(dataset)
    found.delete()
    talk.print(f"Removed {found.reference}.")


def upload(to: Remote, file: Path, name: str | None) -> Dataset:
    """Upload with a progress bar, which goes away when it is done."""
    columns = (TextColumn("Uploading {task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=talk, transient=True, disable=not talk.is_terminal) as progress:
        task = progress.add_task(file.name, total=None)
        return to.datasets.add(file, name, told=lambda sent, total: progress.update(task, completed=sent, total=total))


def describe(dataset: Dataset) -> str:
    about = dataset.about
    return f"{dataset.reference}: {about['rows']:,} rows, {len(about['columns'])} columns, {size_words(about['bytes'])}"


def short(value: object) -> str | None:
    return number(value) if isinstance(value, int | float) else None if value is None else str(value)
