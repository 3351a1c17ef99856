"""Where things are written: data on standard output, talk on standard error."""

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from horngate.client.connecting import Remote, connect

# Where another program reads, nothing is wrapped or cut to the width of a window that is not there.
data = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 4_000)
talk = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 4_000)

PROGRAM = "horngate" if shutil.which("horngate") or Path(sys.argv[0]).name != "horngate" else sys.argv[0]
"""What to type: the name where the shell finds it, else the way that we were called by."""

AS_JSON = typer.Option(False, "--json", help="Write JSON, for scripts.")
STATUS_COLOUR = {
    "queued": "yellow",
    "running": "cyan",
    "paused": "yellow",
    "succeeded": "green",
    "failed": "red",
    "cancelled": "bright_black",
}


def remote(context: typer.Context) -> Remote:
    """The service that the options before the command, or the surroundings, mean."""
    asked: dict[str, Any] = context.find_root().obj or {}
    return connect(**asked)


def print_json(value: Any) -> None:
    data.out(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(head: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """A table; `right` names the columns of numbers."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 3, 0, 0))
    for name in head:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    data.print(table)


def status_words(status: str) -> str:
    colour = STATUS_COLOUR.get(status, "white")
    return f"[{colour}]{status}[/{colour}]"


def number(value: float | None) -> str:
    """Four significant digits, as one reads a metric."""
    if value is None:
        return "nan"
    return f"{value:,.0f}" if abs(value) >= 100_000 else f"{value:.4g}"


def metrics_words(metrics: dict[str, float | None], style: str = "") -> str:
    mark = (f"[{style}]", f"[/{style}]") if style else ("", "")
    return "  ".join(f"{name} {mark[0]}{number(value)}{mark[1]}" for name, value in metrics.items())


def size_words(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration_words(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if minutes else f"{seconds:.1f} s"


def when_words(moment: str | None) -> str:
    """The local time of an RFC 3339 one."""
    if moment is None:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
