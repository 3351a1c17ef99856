"""A trained model over a whole data set: predictions row by row, or the run's own scores."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.preparing import prepare_parts
from models_lib.data.read import read_table
from models_lib.export.artifacts import find_core
from models_lib.export.components import load_saved
from models_lib.export.rows import RowPredictor
from models_lib.spec.dataset import DatasetProfile
from models_lib.train.job import Job
from models_lib.train.reports import plain_metrics
from models_lib.train.session import build_model, enter_components, load_data, make_batches, use_devices

ROWS_AT_ONCE = 8192


def predict_dataset(predictor: RowPredictor, path: Path, profile: DatasetProfile, to: Path) -> int:
    """A line of JSON per row, in the file's order; how many there are. Raises DataFault, InstancesRefused."""
    absent = [name for name in predictor.columns if name not in profile.by_name]
    if absent:
        message = f"The data set has no column {', '.join(map(repr, absent))}, which the model takes."
        raise DataFault(data_fault("/dataset", message, found=absent, allowed=list(profile.by_name)))
    if not predictor.takes_plain_rows:
        message = "Whole data sets of images, lists or windows are not predicted in this version: send instances."
        raise DataFault(data_fault("/dataset", message))
    table = read_table(path, profile, predictor.columns)
    with to.open("w") as lines:
        for start in range(0, table.rows, ROWS_AT_ONCE):
            part = table.take(np.arange(start, min(start + ROWS_AT_ONCE, table.rows)))
            for prediction in predictor.predict_table(part):
                lines.write(json.dumps(prediction, separators=(",", ":")) + "\n")
    return table.rows


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
    return {"rows": batches.rows, "metrics": plain_metrics(core.evaluate(batches.dataset, return_dict=True, verbose=0))}
