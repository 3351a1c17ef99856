"""Following a run from Python: live in a terminal or a notebook, and what Ctrl-C means there."""

import html
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from horngate.cli.console import metrics_words, talk
from horngate.cli.faults import draw_warnings
from horngate.cli.watched import Watched
from horngate.cli.watching import steps_words, watch_lines, watch_live
from horngate.client.runs import Run
from horngate.errors import Detached

PAUSE_SECONDS = 0.25
QUESTION = "[d]etach and let it go on, [s]top it and keep its work, [c]ancel it, or Enter to go on watching: "


def follow_run(run: Run, verbose: str | int, *, is_new: bool = False) -> Run:
    """Show the run until it ends, and come back when it has succeeded; raises RunFailed, Detached."""
    view = choose_view(verbose)
    while True:
        try:
            if is_new and verbose:
                announce(run)
                is_new = False
            view(run)
            return run.refresh().wait()
        except KeyboardInterrupt:
            answer_interrupt(run)


def announce(run: Run) -> None:
    """Where it is to be seen, and what the service thinks of its spec."""
    draw_warnings(talk, run.about["warnings"])
    talk.print(f"{run.name} trains as {run.id}: {run.url}", markup=False, soft_wrap=True)


def choose_view(verbose: str | int) -> Callable[[Run], None]:
    """As `verbose` of Keras' fit: 0 is silent, 2 a line an epoch, 1 and "auto" whatever the place can show."""
    if verbose in (0, False):
        return watch_silently
    if find_notebook() is not None:
        return watch_in_notebook
    return watch_live if verbose != 2 and talk.is_terminal else watch_lines


def watch_silently(run: Run) -> None:
    for _ in run.events():
        pass


def answer_interrupt(run: Run) -> None:
    """Ask what to do where somebody can answer; nobody's run goes on without us."""
    answer = ask()
    if answer.startswith("c"):
        run.cancel()
    elif answer.startswith("s"):
        run.stop()
    elif answer.startswith("d"):
        raise Detached(run.id)


def ask() -> str:
    """The first letter of an answer; `d` where nobody is there to give one."""
    if find_notebook() is None and not sys.stdin.isatty():
        return "d"
    with suppress(EOFError, KeyboardInterrupt, OSError, NotImplementedError):
        return input(f"\n{QUESTION}").strip().lower()
    return "d"


def find_notebook() -> Any:
    """IPython's shell in a notebook's kernel; None in a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if shell is not None and getattr(shell, "kernel", None) is not None else None


def watch_in_notebook(run: Run) -> None:
    """One output cell, drawn anew a few times a second."""
    shown: Any = import_module("IPython.display")  # it is there, since we run in a notebook
    watched, drawn_at = Watched(), 0.0
    handle = shown.display(shown.HTML(draw(run, watched)), display_id=True)
    for event in run.events():
        watched.take(event)
        if time.monotonic() - drawn_at >= PAUSE_SECONDS or watched.has_ended:
            handle.update(shown.HTML(draw(run, watched)))
            drawn_at = time.monotonic()


def draw(run: Run, watched: Watched) -> str:
    """The run as a few lines of HTML."""
    place = watched.phase if watched.status == "running" else watched.status
    lines = [f'<b>{html.escape(run.name)}</b> · <a href="{html.escape(run.url)}">{run.id}</a> · {html.escape(place)}']
    if watched.epochs:
        bar = f'<progress value="{watched.share:.4f}" max="1"></progress>'
        lines.append(f"epoch {watched.epoch}/{watched.epochs} {bar} {html.escape(steps_words(watched))}")
    for title, metrics in (("now", watched.metrics), ("last epoch", watched.epoch_metrics)):
        if metrics:
            lines.append(f"{title}: {html.escape(metrics_words(metrics))}")
    return "<div>" + "<br>".join(lines) + "</div>"
