"""`horngate backup`, `horngate restore`: a home as one file, and back."""

from pathlib import Path

import typer
from rich.markup import escape

from horngate.cli.console import data, talk
from horngate.cli.local import HOME
from horngate.up.home import find_home
from horngate.up.keeping import back_up
from horngate.up.keeping import restore as restore_home


def backup(
    target: Path = typer.Argument(help="A new folder, or a new .tar or .tar.gz file. It will hold secrets."),
    home: Path = HOME,
) -> None:
    """Copy local mode's database, files and keys, also while runs are going."""
    is_whole, said = back_up(find_home(home), target)
    data.print(escape(said.strip()))
    talk.print(f"[green]✓[/] {escape(str(target))}. Back again: horngate restore {escape(str(target))} --home NEW")
    raise typer.Exit(0 if is_whole else 1)


def restore(source: Path = typer.Argument(help="What `horngate backup` wrote."), home: Path = HOME) -> None:
    """Make a new home of a backup: every byte is compared with its hash first."""
    folder = find_home(home)
    is_whole, said = restore_home(folder, source)
    data.print(escape(said.strip()))
    talk.print(f"[green]✓[/] Restored. Start it: horngate up --home {escape(str(folder))}")
    raise typer.Exit(0 if is_whole else 1)
