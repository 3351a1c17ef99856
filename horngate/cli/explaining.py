"""`horngate weights RUN` and `horngate explain RUN ROWS`: what a trained model is made of, and what it looks at."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from rich.markup import escape

from horngate.cli.console import AS_JSON, data, number, print_json, print_table, talk
from horngate.cli.predicting import column_types
from horngate.cli.row_files import read_rows
from horngate.cli.runs import RUN, find_run


def weights(
    context: typer.Context,
    run: str = RUN,
    checkpoint: str = typer.Option(None, help="best, last or an epoch's number; else best."),
    against: str = typer.Option(None, help="Another checkpoint to compare with."),
    against_run: str = typer.Option(None, help="The run whose checkpoint that is; alone: its best."),
    as_json: bool = AS_JSON,
) -> None:
    """The weights of a checkpoint in numbers; with --against how far they are from another's."""
    told = find_run(context, run).weights(checkpoint, against=against, against_run=against_run)
    if as_json:
        return print_json(told)
    head = ["WEIGHT", "SHAPE", "MEAN", "SPREAD", "MIN", "MAX", "NOT FINITE"]
    rows = [weight_words(part) for part in told["data"]]
    if told["against"]:
        head.append("DIFFERENCE")
        differences = [shown((part["difference"] or {}).get("max")) for part in told["data"]]
        rows = [[*row, difference] for row, difference in zip(rows, differences, strict=True)]
    print_table(head, rows, right=head[2:])
    return talk.print(f"The checkpoint {told['checkpoint']['name']} of epoch {told['checkpoint']['epoch']}.")


def explain(
    context: typer.Context,
    run: str = RUN,
    rows: str = typer.Argument(help="Rows as JSON, a file (.json, .jsonl, .csv), or - for standard input."),
    method: str = typer.Option("gradients", help="gradients, jacobian or integrated_gradients."),
    output: str = typer.Option(None, help="One output alone."),
    as_json: bool = AS_JSON,
) -> None:
    """What predictions depend on: gradients for raw rows, by column."""
    found = find_run(context, run)
    told = found.explain(read_rows(rows, lambda: column_types(found)), method=method, output=output)
    if as_json:
        return print_json(told)
    for explanation in told:
        for name, about in explanation.items():
            data.print(escape(f"{name}: " + "  ".join(explanation_words(about[method]))))
    return None


def explanation_words(values: Mapping[str, Any]) -> Iterator[str]:
    """Numbers by column, the largest first; then what has more than one number."""
    single = {name: value for name, value in values.items() if isinstance(value, int | float)}
    for name in sorted(single, key=lambda name: -abs(single[name])):
        yield f"{name} {number(single[name])}"
    for name in values.keys() - single.keys():
        yield f"{name} {values[name]}"


def weight_words(part: Mapping[str, Any]) -> list[str]:
    numbers = [shown(part[name]) for name in ("mean", "spread", "min", "max")]
    return [part["name"], "×".join(map(str, part["shape"])), *numbers, str(part["non_finite"] or "")]


def shown(value: float | None) -> str:
    return "" if value is None else number(value)
