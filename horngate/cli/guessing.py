"""`horngate train --data`: upload a table, let the service guess a sound spec, show and keep it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from horngate.cli.console import PROGRAM, talk
from horngate.cli.datasets import describe, upload
from horngate.client.connecting import Remote
from horngate.client.datasets import Dataset
from horngate.client.runs import Run

MANY_COLUMNS = 40


@dataclass(frozen=True)
class Guess:
    """What was uploaded, what is to be predicted, and the file that the guessed spec is kept in."""

    dataset: Dataset
    target: str
    file: Path


def guess_spec(remote: Remote, file: Path, target: str, name: str | None) -> Guess:
    dataset = upload(remote, file, name)
    talk.print(f"[green]✓[/] {describe(dataset)}")
    suggestion = remote.service.post("/v1/specs:suggest", {"dataset": dataset.reference, "target": target})
    draw_columns(dataset, suggestion["spec"], target)
    draw_choices(suggestion["spec"])
    for note in suggestion["notes"]:
        talk.print(f"[yellow]·[/] {escape(note)}")
    kept = keep_spec(file.expanduser().parent / f"{dataset.name}.horngate.yaml", suggestion["text"])
    talk.print(f"[green]✓[/] The spec is kept in [bold]{escape(str(kept))}[/]: change it and train it again with")
    talk.print(f"  {PROGRAM} train {shlex.quote(str(kept))}", markup=False, soft_wrap=True)
    return Guess(dataset, target, kept)


def draw_columns(dataset: Dataset, spec: Mapping[str, Any], target: str) -> None:
    """Each column with its type and the part that it was given."""
    used = input_columns(spec)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 3, 0, 0))
    for head in ("COLUMN", "TYPE", "MISSING", "PART"):
        table.add_column(head)
    for column in dataset.about["columns"][:MANY_COLUMNS]:
        name = column["name"]
        part = "[magenta]target[/]" if name == target else "input" if not used or name in used else "[dim]left out[/]"
        table.add_row(escape(name), column["dtype"], str(column.get("missing") or ""), part)
    more = len(dataset.about["columns"]) - MANY_COLUMNS
    talk.print(table)
    if more > 0:
        talk.print(f"[dim]and {more} more[/]")


def input_columns(spec: Mapping[str, Any]) -> set[str]:
    """The columns that the inputs of a spec take; none when it leaves them to the service."""
    bindings = (spec.get("inputs") or {}).values()
    return {name for binding in bindings for name in bound_columns(binding)}


def bound_columns(binding: Any) -> list[str]:
    if isinstance(binding, str):
        return [binding]
    return list(binding.get("columns") or []) + ([binding["column"]] if binding.get("column") else [])


def draw_choices(spec: Mapping[str, Any]) -> None:
    """What was chosen, in the spec's own words."""
    layers = [
        layer if isinstance(layer, str) else layer.get("layer", layer) for layer in spec["model"].get("layers", [])
    ]
    compile_, fit = spec.get("compile", {}), spec.get("fit", {})
    split = ", ".join(
        f"{part} {share:.0%}" for part, share in (spec.get("split") or {}).items() if isinstance(share, float)
    )
    choices = {
        "model": " → ".join(as_call(layer) for layer in layers),
        "loss": as_call(compile_.get("loss")),
        "optimizer": as_call(compile_.get("optimizer")),
        "split": split,
        "epochs": f"{fit.get('epochs')}, early stopping" if fit.get("early_stopping") else str(fit.get("epochs", "")),
    }
    table = Table.grid(padding=(0, 3, 0, 0))
    for name, choice in choices.items():
        if choice:
            table.add_row(f"[bold]{name}[/]", escape(choice))
    talk.print(table)


def as_call(value: Any) -> str:
    if isinstance(value, Mapping) and "class_name" in value:
        arguments = ", ".join(f"{name}={item}" for name, item in (value.get("config") or {}).items())
        return f"{value['class_name']}({arguments})"
    return value if isinstance(value, str) else json.dumps(value) if value else ""


def keep_spec(file: Path, text: str) -> Path:
    """Write the spec beside the data; what is there is replaced only by consent, else the next free name is taken."""
    if file.is_file() and file.read_text(encoding="utf-8") != text and not may_replace(file):
        stem = file.name.removesuffix(".horngate.yaml")
        numbered = (file.with_name(f"{stem}-{number}.horngate.yaml") for number in range(2, 10_000))
        file = next(other for other in numbered if not other.exists())
    file.write_text(text, encoding="utf-8")
    return file


def may_replace(file: Path) -> bool:
    return talk.is_terminal and typer.confirm(f"{file} is there already and differs. Replace it?", err=True)


def show_next_steps(run: Run, guess: Guess | None) -> None:
    """The predict line to type, with a real row, and where to look."""
    if guess:
        row = json.dumps(sample_row(guess), ensure_ascii=False)
        talk.print(f"  Predict:    {PROGRAM} predict {run.id} {shlex.quote(row)}", soft_wrap=True, markup=False)
    talk.print(f"  Download:   {PROGRAM} download {run.id}\n  In a page:  {run.url}", markup=False)


def sample_row(guess: Guess) -> dict[str, Any]:
    """The first row of the table that lacks nothing, without the target."""
    preview = guess.dataset.preview(20)
    rows = [dict(zip(preview["columns"], row, strict=True)) for row in preview["rows"]]
    row = next((row for row in rows if None not in row.values()), rows[0])
    return {name: value for name, value in row.items() if name != guess.target}
