"""Weights on their way: as they are before the training, and as it left them."""

import tempfile
import warnings
from pathlib import Path
from typing import Any

import keras

from horngate.client.artifacts import download_artifact
from horngate.client.datasets import Dataset, Datasets
from horngate.client.runs import Run
from horngate.errors import UsageError
from horngate.fitting.layout import lay_out
from horngate.fitting.sending import send_file

WEIGHTS = "core.weights.h5"
MODEL = "model.keras"
CORE = "core"


def send_weights(datasets: Datasets, name: str, model: Any) -> Dataset:
    """The model's weights as a data set of their own."""
    return send_file(datasets, f"{name}.weights.h5", f"{name}-weights", model.save_weights)


def take_weights(model: Any, run: Run) -> None:
    """Leave in the model what the training left: weights, and the optimizer's state."""
    with tempfile.TemporaryDirectory(prefix="horngate-") as folder:
        put_weights(model, fetch_file(run, WEIGHTS, Path(folder)))


def put_weights(model: Any, came: Path) -> None:
    """Put what a run or its checkpoint has left into the model; the file's folder is one to write in."""
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    with warnings.catch_warnings():
        # An optimizer beside Keras' one (a GAN has two) has no state before its first step here: it keeps none.
        warnings.filterwarnings("ignore", message="Skipping variable loading for optimizer")
        model.load_weights(lay_out(model, came, came.with_name("laid.weights.h5")))


def load_core(run: Run) -> Any:
    """The model that the run trained, out of the saved one around it, which takes raw rows."""
    whole = run.load_model()
    inner = [layer for layer in whole.layers if isinstance(layer, keras.Model)]
    named = [layer for layer in inner if layer.name == CORE]
    return (named or inner or [whole])[-1]


def fetch_file(run: Run, path: str, folder: Path) -> Path:
    """One of the run's files."""
    files = {file["path"]: file for file in run.service.list(f"{run.path}/artifacts")}
    if path not in files:
        raise UsageError(f"Run {run.id} has left no {path}: it was no remote.fit, or it has not succeeded.")
    return download_artifact(run.service, run.path, files[path], folder)
