"""A trained model over a whole data set: predictions row by row, or the run's own scores."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.formats import read_rows
from models_lib.data.preparing import prepare_parts
from models_lib.data.read import Table
from models_lib.data.windows import windows_to_each_row
from models_lib.export.artifacts import find_core
from models_lib.export.components import load_saved
from models_lib.export.rows import RowPredictor
from models_lib.spec.bindings import Windows
from models_lib.spec.dataset import DatasetProfile
from models_lib.train.building import build_model, enter_components, load_data, make_batches
from models_lib.train.devices import use_devices
from models_lib.train.job import Job
from models_lib.train.reports import plain_metrics

ROWS_AT_ONCE = 8192
BYTES_AT_ONCE = 64 << 20
TOLD_AT_ONCE = 100
PROGRESS = Path("out/progress.json")


def predict_dataset(
    predictor: RowPredictor, path: Path, profile: DatasetProfile, to: Path, windows: Windows | None = None
) -> int:
    """A line of JSON per row, in the file's order; how many there are. Raises DataFault.

    Of windows a row's prediction is that of the window which ends there, and null where there is no whole one.
    """
    if faults := predictor.find_faults(profile):
        raise DataFault(*faults)
    beside = [name for name in (windows.time, windows.by) if name] if windows else []
    absent = [name for name in beside if name not in profile.by_name]
    if absent:
        raise DataFault(data_fault("/dataset", f"The data set has no column {absent[0]!r}, which orders its rows."))
    table = read_rows(path, profile, list(dict.fromkeys([*predictor.columns, *beside])))
    cut = windows_to_each_row(windows, table) if windows else None
    steps = cut.steps if cut else np.arange(table.rows)[:, None]
    at_once = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // predictor.bytes_of_a_row))
    predictions: Iterator[Any] = _predict(predictor, table, steps, at_once)
    if cut is not None:
        known = dict(zip(cut.targets.tolist(), predictions, strict=True))
        predictions = (known.get(row) for row in range(table.rows))
    with to.open("w") as lines:
        for prediction in predictions:
            lines.write(json.dumps(prediction, separators=(",", ":")) + "\n")
    return table.rows


def _predict(predictor: RowPredictor, table: Table, steps: NDArray[np.int64], at_once: int) -> Iterator[Any]:
    for start in range(0, len(steps), at_once):
        tell_progress(start, len(steps))
        yield from predictor.predict_table(table.take(steps[start : start + at_once].ravel()))


def tell_progress(done: int, total: int) -> None:
    """How far it is, for whoever asks meanwhile; read whole or not at all."""
    draft = PROGRESS.with_suffix(".new")
    draft.write_text(json.dumps({"rows": done, "of": total}))
    draft.replace(PROGRESS)


class TellProgress(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Tells how far an evaluation is, a hundred times at most."""

    def __init__(self, rows: int, batches: int) -> None:
        super().__init__()
        self.rows, self.batches = rows, max(1, batches)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if batch % max(1, self.batches // TOLD_AT_ONCE) == 0:
            tell_progress(self.rows * batch // self.batches, self.rows)


def evaluate_dataset(job: Job, folder: Path, model: Path) -> dict[str, Any]:
    """The run's loss and metrics on the data set that `job` has as its test part; raises DataFault.

    What the inputs need is learned from the run's own training part again, as it was; the data set stands in for the
    run's own test part. The weights are the model's, whose artifacts lie in `model`.
    """
    use_devices(job.threads)
    enter_components(job.spec, folder)
    data = load_data(job.spec, job, folder)
    core, targets = build_model(job.spec, data)
    core.set_weights(find_core(load_saved(folder / model), core).get_weights())
    parts = prepare_parts(job.spec, data.rows, data.tensors, targets)
    batches = make_batches(core, job.spec, parts, "test")
    telling = TellProgress(batches.rows, -(-batches.rows // job.spec.fit.batch_size))
    metrics = core.evaluate(batches.dataset, return_dict=True, verbose=0, callbacks=[telling])
    return {"rows": batches.rows, "metrics": plain_metrics(metrics)}
