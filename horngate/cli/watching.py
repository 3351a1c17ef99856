"""Watching a run: a live view on a terminal, a line an epoch elsewhere."""

import json
import time

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from horngate.cli.console import PROGRAM, data, duration_words, metrics_words, talk
from horngate.cli.faults import draw_failure, draw_warnings
from horngate.cli.watched import Watched
from horngate.client.runs import Run

LINE_PAUSE_SECONDS = 1.0
OF_THE_RESULT = ("model_not_saved", "export_failed", "not_served")
"""Warnings that came with the end of a run: those of its spec were shown when it was submitted."""


def watch(run: Run, *, as_json: bool = False) -> Run:
    """Show a run until it ends. Ctrl-C stops the watching, not the run."""
    view = watch_events if as_json else watch_live if talk.is_terminal else watch_lines
    try:
        view(run)
    except KeyboardInterrupt:
        talk.print(f"\nNo longer watching; [bold]{escape(run.name)}[/] goes on.")
        talk.print(f"  Come back:  {PROGRAM} runs watch {run.id}\n  End it:     {PROGRAM} runs stop {run.id}")
        raise typer.Exit(130) from None
    return run.refresh()


def finish(run: Run) -> None:
    """Say how it ended; leaves with exit status 1 when it did not succeed."""
    if run.status != "succeeded":
        draw_failure(talk, run.about)
        raise typer.Exit(1)
    draw_scores(run)


def draw_scores(run: Run) -> None:
    about = run.about
    how = {"early_stopping": ", stopped early", "stop": ", stopped as asked"}.get(str(about["ended_by"]), "")
    talk.print(f"[green]✓[/] {escape(run.name)} succeeded{how}.")
    draw_warnings(talk, [said for said in about["warnings"] if said.get("code") in OF_THE_RESULT])
    rows = [(f"best epoch ({best['epoch']})", best) for best in [about.get("best")] if best]
    rows += [(title, about[part]) for part, title in (("last", "last epoch"), ("test", "test part")) if about.get(part)]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    for title, scores in rows:
        table.add_row(f"  {title}", metrics_words(scores["metrics"], "bold"))
    talk.print(table)


def watch_events(run: Run) -> None:
    """Each event as a line of JSON."""
    for event in run.events():
        data.out(json.dumps(event, ensure_ascii=False))


def watch_lines(run: Run) -> None:
    """A line for each phase and each epoch, but no more than one a second: a fast run shall not flood a log."""
    watched, phase, said_at, unsaid = Watched(), "", 0.0, ""
    for event in run.events():
        watched.take(event)
        if event["kind"] == "phase" and watched.phase != phase:
            said_at, unsaid = say_epoch(unsaid), ""
            phase = watched.phase
            talk.print(phase)
        if event["kind"] == "metrics":
            unsaid = epoch_line(watched)
            if time.monotonic() - said_at >= LINE_PAUSE_SECONDS:
                said_at, unsaid = say_epoch(unsaid), ""
    say_epoch(unsaid)


def say_epoch(line: str) -> float:
    if line:
        talk.print(line, soft_wrap=True)
    return time.monotonic()


def epoch_line(watched: Watched) -> str:
    seconds = f"  {duration_words(watched.epoch_seconds)}" if watched.epoch_seconds is not None else ""
    return f"epoch {watched.epoch}/{watched.epochs or '?'}  {metrics_words(watched.epoch_metrics)}{seconds}"


def watch_live(run: Run) -> None:
    watched = Watched()
    with Live(get_renderable=lambda: live_view(run, watched), console=talk, refresh_per_second=8, transient=True):
        for event in run.events():
            watched.take(event)


def live_view(run: Run, watched: Watched) -> RenderableType:
    """Three lines: what runs and how far, the bar, the numbers."""
    place = watched.phase if watched.status == "running" else watched.status
    attempt = f" · attempt {watched.attempt}" if watched.attempt > 1 else ""
    head = Text.from_markup(f"[bold]{escape(run.name)}[/] [dim]{run.id}[/] [cyan]{place}[/]{attempt}")
    if not watched.epochs:
        return head
    bar = Table.grid(padding=(0, 1))
    bar.add_row(
        f"epoch {watched.epoch}/{watched.epochs}",
        ProgressBar(total=1.0, completed=watched.share, width=40),
        steps_words(watched),
    )
    return Group(head, bar, *number_lines(watched))


def steps_words(watched: Watched) -> str:
    steps = f"step {watched.step}/{watched.steps}" if watched.steps else ""
    is_training = watched.phase == "training" and watched.eta_seconds is not None
    return f"{steps}  {duration_words(watched.eta_seconds or 0)} left" if is_training else steps


def number_lines(watched: Watched) -> list[Text]:
    lines = []
    if watched.metrics:
        lines.append(f"[dim]now       [/] {metrics_words(watched.metrics, 'bold')}")
    if watched.epoch_metrics:
        lines.append(f"[dim]last epoch[/] {metrics_words(watched.epoch_metrics, 'bold')}")
    if watched.best_epoch:
        lines.append(f"[dim]best so far: epoch {watched.best_epoch}[/]")
    return [Text.from_markup(line) for line in lines]
