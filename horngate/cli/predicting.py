"""`horngate predict RUN ROWS`."""

from collections.abc import Mapping
from typing import Any

import typer
from rich.markup import escape

from horngate.cli.console import AS_JSON, data, number, print_json
from horngate.cli.row_files import read_rows
from horngate.cli.runs import RUN, find_run
from horngate.client.runs import Run
from horngate.errors import NotFound


def predict(
    context: typer.Context,
    run: str = RUN,
    rows: str = typer.Argument(help="Rows as JSON, a file (.json, .jsonl, .csv), or - for standard input."),
    as_json: bool = AS_JSON,
) -> None:
    """Predict raw rows, as they stood in the data set: horngate predict RUN '{"age": 41, "town": "Ulm"}'."""
    found = find_run(context, run)
    predictions = found.predict(read_rows(rows, lambda: column_types(found)))
    if as_json:
        return print_json(predictions)
    for prediction in predictions:
        data.print(escape(prediction_words(prediction)))
    return None


def column_types(run: Run) -> dict[str, str]:
    """The types of the columns that the model takes, by the data set: a CSV file does not tell `007` from 7."""
    spec = run.spec
    targets = {target["column"] for target in (spec.get("targets") or {}).values() if isinstance(target, Mapping)}
    trained_on = next(part for part in run.about["datasets"] if part["part"] == "train")
    try:
        columns = run.service.get(f"/v1/datasets/{trained_on['id']}")["columns"]
    except NotFound:
        return {}
    return {column["name"]: column["dtype"] for column in columns if column["name"] not in targets}


def prediction_words(prediction: Any) -> str:
    """A number, a label with its probability, or all outputs by name."""
    if isinstance(prediction, Mapping) and "label" in prediction:
        likely = (prediction.get("probabilities") or {}).get(str(prediction["label"]))
        return f"{prediction['label']}" + (f"  {likely:.1%}" if likely is not None else "")
    if isinstance(prediction, Mapping):
        return "  ".join(f"{name}: {prediction_words(value)}" for name, value in prediction.items())
    return number(prediction) if isinstance(prediction, int | float) else str(prediction)
