"""`horngate demo`: local mode for a moment, a real table, a real training, a prediction from raw rows."""

import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from horngate.cli.console import PROGRAM, talk
from horngate.cli.watching import finish, watch
from horngate.client.connecting import Remote, connect
from horngate.client.runs import Run
from horngate.demo_data import TARGET, write_table
from horngate.up.background import background_local_mode

SPEC = """\
name: breast cancer
dataset: breast_cancer
targets: {column: diagnosis, classes: [benign, malignant]}
split: {validation: 0.2, test: 0.1, stratify: diagnosis}
model:
  kind: sequential
  layers:
    - Dense(32, activation="relu")
    - Dropout(0.2)
    - Dense(16, activation="relu")
    - Dense(1, activation="sigmoid")
compile:
  optimizer: Adam(1e-3)
  loss: binary_crossentropy
  metrics: [accuracy, AUC()]
fit:
  epochs: 80
  monitor: val_loss
  early_stopping: {patience: 5, restore_best_weights: true}
"""
SHOWN_ROWS = (0, 20, 100, 300, 568)


def run_demo() -> None:
    with ExitStack() as ending:
        ending.enter_context(term_as_interrupt())
        home, is_kept = demo_home(ending)
        step("Starting Horngate on this machine")
        ending.enter_context(background_local_mode(home))
        remote = connect(home=home)
        run, rows = train_breast_cancer(remote, Path(ending.enter_context(tempfile.TemporaryDirectory())))
        show_predictions(run, rows)
        show_addresses(remote, run, home, is_kept)
        if sys.stdout.isatty():
            talk.print("\nIt stays up until you press Ctrl-C.")
            with suppress(KeyboardInterrupt):
                threading.Event().wait()


def demo_home(ending: ExitStack) -> tuple[Path, bool]:
    """HORNGATE_HOME if it is set, and it stays; else a folder that is removed at the end."""
    if "HORNGATE_HOME" in os.environ:
        return Path(os.environ["HORNGATE_HOME"]).expanduser(), True
    return Path(
        ending.enter_context(tempfile.TemporaryDirectory(prefix="horngate-demo-", ignore_cleanup_errors=True))
    ), False


def train_breast_cancer(remote: Remote, folder: Path) -> tuple[Run, list[dict[str, str]]]:
    step("Uploading 569 tumours, measured (shipped by scikit-learn)")
    rows = write_table(folder / "breast_cancer.csv")
    dataset = remote.datasets.add(folder / "breast_cancer.csv")
    talk.print(f"  {dataset!r}", markup=False)
    step("Training this spec through the REST API")
    if talk.is_terminal:
        talk.print(Syntax(SPEC, "yaml", background_color="default", padding=(0, 2)))
    else:
        talk.print(SPEC, markup=False)
    run = watch(remote.runs.create(SPEC))
    finish(run)
    return run, rows


def show_predictions(run: Run, rows: list[dict[str, str]]) -> None:
    """Raw rows in, words out, with the truth beside."""
    step("Predicting raw rows")
    chosen = [rows[number] for number in SHOWN_ROWS]
    predictions = run.predict([raw(row) for row in chosen])
    table = Table(box=None, header_style="bold", padding=(0, 3, 0, 2))
    for head in ("mean_radius", "worst_area", "predicted", "probability", "truth"):
        table.add_column(head)
    for row, prediction in zip(chosen, predictions, strict=True):
        colour = "green" if prediction["label"] == row[TARGET] else "red"
        likely = prediction["probabilities"][prediction["label"]]
        table.add_row(
            row["mean_radius"], row["worst_area"], f"[{colour}]{prediction['label']}[/]", f"{likely:.1%}", row[TARGET]
        )
    talk.print(table)


def raw(row: dict[str, str]) -> dict[str, Any]:
    return {name: float(value) for name, value in row.items() if name != TARGET}


def show_addresses(remote: Remote, run: Run, home: Path, is_kept: bool) -> None:
    step("Look around")
    say_lines(
        {
            "sign in, once": remote.service.post("/v1/sign-in-links")["url"],
            "then the run": run.url,
            "and TensorBoard": run.address("tensorboard"),
        }
    )
    if not is_kept:
        talk.print(f"  All of it lies in {home} and is removed at the end; to keep it: HORNGATE_HOME=DIR make demo")
    step("Now your own")
    is_up = sys.stdout.isatty()
    where = f"HORNGATE_HOME={shlex.quote(str(home))} " if is_up or is_kept else ""
    say_lines(
        {
            **({} if is_up else {"start it": f"{where}{PROGRAM} up"}),
            "train a table": f"{where}{PROGRAM} train --data FILE.csv --target COLUMN --watch",
            "from Python": f"import horngate; remote = horngate.connect({f'home={str(home)!r}' if where else ''})",
            "your own model": "history = remote.fit(model, x, y, validation_split=0.2, epochs=20)",
        }
    )


def say_lines(lines: dict[str, str]) -> None:
    for what, line in lines.items():
        talk.print(f"  [bold]{what:<15}[/] {escape(line)}", soft_wrap=True)


def step(title: str) -> None:
    talk.print(f"\n[bold cyan]●[/] [bold]{title}[/]")


@contextmanager
def term_as_interrupt() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C, so that nothing is left behind."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
