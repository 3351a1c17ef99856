"""`horngate predict RUN ROWS`, `horngate evaluate RUN`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from horngate.cli.console import AS_JSON, data, number, print_json, print_table, talk
from horngate.cli.row_files import read_rows
from horngate.cli.runs import RUN, find_run
from horngate.client.jobs import DatasetJob
from horngate.client.runs import Run
from horngate.errors import NotFound, UsageError


def predict(
    context: typer.Context,
    run: str = RUN,
    rows: str | None = typer.Argument(
        None, help="Rows as JSON, a file (.json, .jsonl, .csv), or - for standard input."
    ),
    dataset: str | None = typer.Option(
        None, help="Instead of rows: every row of this data set, a line of JSON for each."
    ),
    to: Path | None = typer.Option(None, help="With --dataset: the file to write; else standard output."),
    as_json: bool = AS_JSON,
) -> None:
    """Predict raw rows, as they stood in the data set: horngate predict RUN '{"age": 41, "town": "Ulm"}'."""
    if dataset is not None and rows is None:
        return predict_dataset(find_run(context, run), dataset, to)
    if rows is None or dataset is not None or to is not None:
        raise UsageError("Give rows, horngate predict RUN ROWS, or a data set, horngate predict RUN --dataset NAME.")
    found = find_run(context, run)
    predictions = found.predict(read_rows(rows, lambda: column_types(found)))
    if as_json:
        return print_json(predictions)
    for prediction in predictions:
        data.print(escape(prediction_words(prediction)))
    return None


def predict_dataset(run: Run, dataset: str, to: Path | None) -> None:
    """Wait for the predictions, then write them where they are wanted."""
    job = wait_for(run.predict_dataset(dataset))
    if to is not None:
        return talk.print(f"[green]✓[/] {job.about['rows']:,} predictions in {job.download(to)}")
    for prediction in job.predictions():
        data.out(json.dumps(prediction, ensure_ascii=False))
    return None


def evaluate(
    context: typer.Context,
    run: str = RUN,
    dataset: str = typer.Option(..., help="Name, name@version or id."),
    as_json: bool = AS_JSON,
) -> None:
    """The run's loss and metrics on a whole data set: horngate evaluate RUN --dataset NAME."""
    job = wait_for(find_run(context, run).start_evaluation(dataset))
    if as_json:
        return print_json(job.about)
    return print_table(
        ("METRIC", "VALUE"), [(name, number(value)) for name, value in job.metrics.items()], right=("VALUE",)
    )


def wait_for(job: DatasetJob) -> DatasetJob:
    """Wait with a progress bar, which goes away when it is done."""
    columns = (TextColumn(job.about["dataset"]), BarColumn(), MofNCompleteColumn(), TextColumn("rows"))
    with Progress(*columns, console=talk, transient=True, disable=not talk.is_terminal) as progress:
        task = progress.add_task("", total=None)
        return job.wait(told=lambda rows, of: progress.update(task, completed=rows, total=of))


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
