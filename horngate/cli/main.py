"""`horngate`: the command line's root, and the one place where errors become exit codes."""

import sys
from importlib import metadata

import typer

from horngate.cli import (
    components,
    datasets,
    explaining,
    keeping,
    local,
    login,
    predicting,
    runs,
    specs,
    training,
    workers,
)
from horngate.cli.console import data, talk
from horngate.cli.faults import draw_error, exit_code
from horngate.cli.people import join, keys, projects, users
from horngate.errors import HorngateError

app = typer.Typer(
    name="horngate",
    help="Train Keras models on a Horngate service: send a spec and data, get a run to watch, stop and call.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(datasets.app, name="datasets")
app.add_typer(components.app, name="components")
app.add_typer(runs.app, name="runs")
app.add_typer(projects, name="projects")
app.add_typer(users, name="users")
app.add_typer(keys, name="keys")
app.add_typer(workers.app, name="worker")
for command in (
    local.up,
    local.demo,
    local.doctor,
    keeping.backup,
    keeping.restore,
    login.login,
    join,
    training.train,
    predicting.predict,
    predicting.evaluate,
    explaining.explain,
    explaining.weights,
    runs.download,
    runs.eject,
    runs.board,
    specs.validate,
    specs.schema,
):
    app.command()(command)


def print_version(wanted: bool) -> None:
    if wanted:
        data.print(metadata.version("horngate"))
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    url: str = typer.Option(None, help="The service's address; else HORNGATE_URL, the saved login, local mode."),
    api_key: str = typer.Option(None, help="The key; else HORNGATE_API_KEY, the saved login, local mode's own."),
    version: bool = typer.Option(False, "--version", callback=print_version, is_eager=True, help="Print the version."),
) -> None:
    context.obj = {"url": url, "api_key": api_key}


def main() -> None:
    try:
        app()
    except HorngateError as error:
        draw_error(talk, error)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)
