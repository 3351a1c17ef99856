"""`horngate runs …`, and what is done with a finished run: `download`, `board`."""

import sys
import webbrowser
from pathlib import Path

import typer
from rich.markup import escape

from horngate.cli.console import (
    AS_JSON,
    data,
    duration_words,
    metrics_words,
    print_json,
    print_table,
    remote,
    status_words,
    talk,
    when_words,
)
from horngate.cli.faults import draw_warnings
from horngate.cli.spec_files import asked_changes
from horngate.cli.watching import finish, watch
from horngate.client.runs import Run

app = typer.Typer(
    help="Runs: list, show, watch, read the log, pause, resume, extend, clone, steer, stop, cancel, remove.",
    no_args_is_help=True,
)

RUN = typer.Argument(help="A run's id, or `latest`.")


def find_run(context: typer.Context, run: str) -> Run:
    """A run by id; `latest` is the newest one."""
    runs = remote(context).runs
    if run != "latest":
        return runs.get(run)
    newest = next(runs.list(limit=1), None)
    if newest is None:
        talk.print("There are no runs yet. Begin with: horngate train --data FILE --target COLUMN --watch")
        raise typer.Exit(2)
    return newest.refresh()


@app.command("list")
def list_all(
    context: typer.Context,
    status: list[str] = typer.Option(None, help="Only these: queued, running, paused, succeeded, failed, cancelled."),
    tag: list[str] = typer.Option(None, help="Only with this tag, `key` or `key:value`."),
    limit: int = typer.Option(20, min=1, help="How many at most."),
    as_json: bool = AS_JSON,
) -> None:
    """Runs, newest first."""
    found = list(remote(context).runs.list(limit, status=status or None, tag=tag or None))
    if as_json:
        return print_json([run.about for run in found])
    rows = [
        (
            run.id,
            escape(run.name),
            status_words(run.status),
            progress_words(run),
            best_words(run),
            when_words(run.about["created_at"]),
        )
        for run in found
    ]
    return print_table(("ID", "NAME", "STATUS", "EPOCH", "BEST", "CREATED"), rows)


@app.command("import")
def import_file(
    context: typer.Context,
    file: Path = typer.Argument(help="A trained model: a .keras file."),
    name: str = typer.Option(None, help="What to call the run. Left out: the file's own name."),
    components: list[str] = typer.Option([], "--component", help="A component that has its own classes: package@1."),
    export: list[str] = typer.Option(
        [], help="A format to leave it in beside keras: onnx, tf_saved_model, litert, h5."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Make a completed run of a trained .keras file: predict with it, or begin others with it."""
    run = remote(context).runs.import_model(file, name, components=components, export=export)
    if as_json:
        print_json(run.about)
    else:
        data.print(run.id)
    talk.print(f"Predict with it: horngate predict {run.id} ROWS. Begin with it: model: {{kind: run, run: {run.id}}}")


@app.command()
def show(context: typer.Context, run: str = RUN, as_json: bool = AS_JSON) -> None:
    """One run: where it stands, its scores, its addresses."""
    found = find_run(context, run)
    if as_json:
        return print_json(found.about)
    about = found.about
    draw_warnings(talk, about["warnings"])
    lines = [
        ("name", escape(found.name)),
        ("status", status_words(found.status) + (f" ({about['phase']})" if about.get("phase") else "")),
        ("ended by", about.get("ended_by")),
        ("epoch", progress_words(found)),
        *((part, metrics_words(about[part]["metrics"])) for part in ("best", "last", "test") if about.get(part)),
        ("failure", about["failure"]["message"] if about.get("failure") else None),
        ("attempt", about["attempt"]),
        ("created", when_words(about["created_at"])),
        ("page", found.url),
        ("TensorBoard", found.address("tensorboard")),
    ]
    return print_table(("RUN", found.id), [line for line in lines if line[1]])


@app.command("watch")
def watch_one(context: typer.Context, run: str = RUN, as_json: bool = AS_JSON) -> None:
    """Follow a run to its end; Ctrl-C leaves it running."""
    found = watch(find_run(context, run), as_json=as_json)
    if not as_json:
        return finish(found)
    raise typer.Exit(0 if found.status == "succeeded" else 1)


@app.command()
def logs(
    context: typer.Context,
    run: str = RUN,
    errors: bool = typer.Option(False, help="Only what went to standard error."),
    as_json: bool = AS_JSON,
) -> None:
    """What a run has printed."""
    lines = find_run(context, run).logs("error" if errors else None)
    if as_json:
        return print_json(list(lines))
    for line in lines:
        sys.stdout.write(line["text"].rstrip("\n") + "\n")
    return None


@app.command()
def stop(context: typer.Context, run: str = RUN) -> None:
    """End a run early and keep its work."""
    found = find_run(context, run).stop()
    talk.print(f"{escape(found.name)} ends after this batch and keeps its work.")


@app.command()
def pause(context: typer.Context, run: str = RUN) -> None:
    """Free a run's worker within seconds; nothing that it has learned is lost."""
    found = find_run(context, run).pause()
    talk.print(f"{escape(found.name)} is being laid aside. It goes on with: horngate runs resume {found.id}")


@app.command()
def resume(context: typer.Context, run: str = RUN) -> None:
    """Queue a paused run again: it goes on at the batch where it left."""
    found = find_run(context, run).resume()
    talk.print(f"{escape(found.name)} is {found.status} again. Watch it with: horngate runs watch {found.id}")


@app.command()
def extend(
    context: typer.Context,
    run: str = RUN,
    epochs: int = typer.Option(..., min=1, help="So many epochs more."),
    as_json: bool = AS_JSON,
) -> None:
    """Train longer: the run itself while it lasts, else a new one from its last checkpoint on."""
    before = find_run(context, run)
    found = before.extend(epochs)
    words = "trains on" if found.id == before.id else f"goes on as {found.id}"
    return say_made(found, f"{escape(before.name)} {words}, for {epochs} epochs more.", as_json=as_json)


@app.command()
def clone(
    context: typer.Context,
    run: str = RUN,
    changes: list[str] = typer.Option(None, "--set", help="A change to its spec: compile.optimizer=Adam(1e-3)."),
    as_json: bool = AS_JSON,
) -> None:
    """Train a run's spec again, with changes."""
    found = find_run(context, run).clone(asked_changes(changes or []))
    return say_made(found, f"{escape(found.name)} is {found.status} as {found.id}.", as_json=as_json)


@app.command()
def steer(
    context: typer.Context,
    run: str = RUN,
    learning_rate: float = typer.Option(None, min=0, help="From the next batch on."),
    patience: int = typer.Option(None, min=0, help="Of early_stopping."),
    epochs: int = typer.Option(None, min=1, help="How many there shall be in all."),
    checkpoint_every: str = typer.Option(None, help="How often it is saved inside an epoch: 30s, 5m."),
) -> None:
    """Change a run under way."""
    asked = {
        "learning_rate": learning_rate,
        "patience": patience,
        "epochs": epochs,
        "checkpoint_every": checkpoint_every,
    }
    found = find_run(context, run).steer(**{name: value for name, value in asked.items() if value is not None})
    talk.print(f"{escape(found.name)} is changed after its current batch.")


def say_made(found: Run, words: str, *, as_json: bool) -> None:
    """A run that a verb has made."""
    if as_json:
        return print_json(found.about)
    data.print(found.id)
    return talk.print(f"{words} Watch it with: horngate runs watch {found.id}")


@app.command()
def cancel(context: typer.Context, run: str = RUN) -> None:
    """End a run at once."""
    found = find_run(context, run).cancel()
    talk.print(f"{escape(found.name)} is being cancelled.")


@app.command()
def rm(context: typer.Context, run: str = RUN) -> None:
    """Remove a run that has ended, with its files."""
    found = find_run(context, run)
    found.delete()
    talk.print(f"Removed {found.id}.")


def download(
    context: typer.Context,
    run: str = RUN,
    to: Path = typer.Option(None, help="The folder; else one named after the run."),
    as_json: bool = AS_JSON,
) -> None:
    """Fetch a run's files: the model, the snippet that loads it, its spec and history."""
    folder = find_run(context, run).download(to)
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    if as_json:
        return print_json(files)
    for file in files:
        data.print(file)
    if (folder / "load_model.py").is_file():
        talk.print(f"[green]✓[/] Load it in plain Keras as {folder / 'load_model.py'} shows.")
    return None


def eject(
    context: typer.Context,
    run: str = RUN,
    to: Path = typer.Option(None, help="The folder; else one named after the run."),
) -> None:
    """Leave: a run as a plain Keras script that ends with the same weights, its versions and data named beside it."""
    folder = find_run(context, run).eject(to)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data.print(str(path))
    talk.print(f"[green]✓[/] pip install -r {folder / 'requirements.txt'}, then python {folder / 'train.py'} DATA")


def board(
    context: typer.Context,
    runs: list[str] = typer.Argument(help="A run's id, or `latest`; several are shown on one board."),
    show: bool = typer.Option(False, "--open", help="Open it in the browser."),
) -> None:
    """The address of a TensorBoard over one run, or over several."""
    first, *others = [find_run(context, run) for run in runs]
    address = first.board_with(others) if others else first.address("tensorboard")
    data.print(address)
    if show:
        webbrowser.open(address)


def progress_words(run: Run) -> str:
    progress = run.about.get("progress") or {}
    if not progress.get("epochs"):
        return ""
    eta = progress.get("eta_seconds")
    left = f", {duration_words(eta)} left" if eta and run.status == "running" else ""
    return f"{progress.get('epoch') or 0}/{progress['epochs']}{left}"


def best_words(run: Run) -> str:
    """The one number that tells the runs of a list apart: what is judged on the validation part, if there is one."""
    metrics = (run.about.get("best") or {}).get("metrics") or {}
    name = next((name for name in ("val_loss", "loss") if name in metrics), None)
    return metrics_words({name: metrics[name]}) if name else ""
