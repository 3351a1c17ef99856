"""`horngate train`: a spec, or a table and the column to predict."""

from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from horngate.cli.console import AS_JSON, PROGRAM, print_json, remote, talk
from horngate.cli.faults import draw_warnings
from horngate.cli.guessing import guess_spec, show_next_steps
from horngate.cli.spec_files import asked_changes, refusals_point_at, submission
from horngate.cli.specs import CHANGES
from horngate.cli.watching import finish, watch
from horngate.client.runs import Run
from horngate.client.service import Service
from horngate.errors import UsageError


def train(
    context: typer.Context,
    spec: Path = typer.Argument(None, help="A spec as YAML or JSON; - reads standard input."),
    data: Path = typer.Option(None, help="Instead of a spec: a table to upload and guess a spec for."),
    target: str = typer.Option(None, help="With --data: the column to predict."),
    name: str = typer.Option(None, help="With --data: the data set's name; else the file's."),
    changes: list[str] = CHANGES,
    preflight: bool = typer.Option(True, help="Try a run that takes a while in small beside it."),
    follow: bool = typer.Option(False, "--watch", help="Follow the run to its end; Ctrl-C leaves it running."),
    as_json: bool = AS_JSON,
) -> None:
    """Train a spec, or with --data a table: that guesses a sound spec and keeps it beside the data."""
    if (spec is None) == (data is None):
        raise UsageError(
            "Give a spec, `horngate train SPEC`, or a table, `horngate train --data FILE --target COLUMN`."
        )
    if (data is None) != (target is None):
        raise UsageError("--data and --target go together: horngate train --data FILE --target COLUMN")
    service = remote(context)
    guess = guess_spec(service, data, target, name) if data else None
    run = submit(service.service, guess.file if guess else spec, changes, preflight=preflight)
    if follow:
        run = watch(run)
    if as_json:
        print_json(run.about)
        raise typer.Exit(0 if not follow or run.status == "succeeded" else 1)
    if not follow:
        return say_how_to_go_on(run)
    finish(run)
    return show_next_steps(run, guess)


HELD_BACK = {
    "user_limit": "; it starts when another of your runs has ended",
    "project_limit": "; it starts when another run of its project has ended",
}


def submit(service: Service, spec: Path, changes: list[str], *, preflight: bool) -> Run:
    body = submission(spec, asked_changes(changes)) | ({} if preflight else {"preflight": False})
    with refusals_point_at(str(spec), body["text"]):
        about: dict[str, Any] = service.create("/v1/runs", body)
    draw_warnings(talk, about["warnings"])
    position, held_back = about.get("queue_position"), HELD_BACK.get(about.get("held_back") or "", "")
    place = f", place {position}" if position else ""
    talk.print(f"[green]✓[/] {escape(about['name'])} is queued{place}{held_back}.")
    return Run(service, about)


def say_how_to_go_on(run: Run) -> None:
    talk.print(f"  Watch it:   {PROGRAM} runs watch {run.id}\n  In a page:  {run.url}")
    typer.echo(run.id)
