"""`horngate validate` and `horngate schema`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from horngate.cli.console import AS_JSON, print_json, print_table, remote, size_words, talk
from horngate.cli.faults import draw_warnings
from horngate.cli.spec_files import asked_changes, refusals_point_at, submission

SPEC = typer.Argument(help="A spec as YAML or JSON; - reads standard input.")
CHANGES = typer.Option(
    [], "--set", help="Change a field first: --set fit.epochs=5 --set 'compile.optimizer=Adam(1e-3)'."
)


def validate(
    context: typer.Context,
    spec: Path = SPEC,
    changes: list[str] = CHANGES,
    model_only: bool = typer.Option(False, help="Judge the model without its data set."),
    preflight: bool = typer.Option(False, help="Also train a batch, save, load and export, in some seconds."),
    as_json: bool = AS_JSON,
) -> None:
    """Judge a spec without training it: every fault at once, or the model's layers and sizes."""
    body = submission(spec, asked_changes(changes))
    if preflight:
        return fly(context, spec, body, as_json=as_json)
    with refusals_point_at(str(spec), body["text"]):
        answer = remote(context).service.post("/v1/specs:validate", {**body, "model_only": model_only})
    if as_json:
        return print_json(answer)
    draw_warnings(talk, answer["warnings"])
    talk.print("[green]✓[/] Sound." + ("" if answer["checked"] else " Only its structure: the shape checker is away."))
    return draw_summary(answer["summary"]) if answer["summary"] else None


def fly(context: typer.Context, spec: Path, body: Mapping[str, Any], *, as_json: bool) -> None:
    with refusals_point_at(str(spec), body["text"]):
        answer = remote(context).service.post("/v1/specs:preflight", body)
    if as_json:
        return print_json(answer)
    draw_warnings(talk, answer["warnings"])
    if answer["summary"]:
        draw_summary(answer["summary"])
    for step in answer["steps"]:
        talk.print(f"[green]✓[/] {step['name']} ({step['seconds']:.1f} s)")
    for export in answer["exports"]:
        if export["ok"]:
            found = f"differs by {export['max_difference']:.2g}, {export['latency_ms']:.2g} ms a row"
            talk.print(f"[green]✓[/] export {export['format']}: {found}, {size_words(export['bytes'])}")
    if not (whole := answer["estimate"]):
        return talk.print("A script is read, and not run: how long it takes is not known.")
    return talk.print(
        f"About {whole['seconds']:.0f} s for {whole['epochs']} epochs of {whole['steps']} steps, "
        f"{size_words(whole['memory_bytes'])} of memory"
    )


def schema(context: typer.Context) -> None:
    """The JSON Schema of a run spec, for editors."""
    print_json(remote(context).service.get("/v1/schema/run"))


def draw_summary(summary: Mapping[str, Any]) -> None:
    rows = [
        (layer["name"], layer["class"], shape_words(layer.get("output_shape")), f"{layer.get('parameters') or 0:,}")
        for layer in summary["layers"]
    ]
    print_table(("LAYER", "CLASS", "OUTPUT", "PARAMETERS"), rows, right=("PARAMETERS",))
    size = f", {size_words(summary['bytes'])}" if summary.get("bytes") else ""
    talk.print(f"{summary['parameters']:,} parameters, {summary['trainable_parameters']:,} of them trained{size}")


def shape_words(shape: Any) -> str:
    if isinstance(shape, list) and all(side is None or isinstance(side, int) for side in shape):
        return "(" + ", ".join("batch" if side is None and not at else str(side) for at, side in enumerate(shape)) + ")"
    return str(shape or "")
