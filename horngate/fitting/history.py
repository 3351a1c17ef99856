"""What `remote.fit` gives back: Keras' History, with the run that it is the history of."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from horngate.client.runs import Run
from horngate.fitting.weights import fetch_file

CURVES = "history.json"


class History(keras.callbacks.History):  # type: ignore[misc]  # Keras ships no types
    """`history`, `epoch`, `params` and `model` as Keras' `fit` has them, and `run`."""

    def __init__(self, run: Run, curves: Mapping[str, list[Any]], model: Any) -> None:
        super().__init__()
        self.run = run
        self.history = {name: list(values) for name, values in curves.items() if name != "epoch"}
        self.epoch = [epoch - 1 for epoch in curves["epoch"]]
        fit = run.spec["fit"]
        progress = run.about.get("progress") or {}
        self.params = {"verbose": 0, "epochs": fit["epochs"], "steps": progress.get("steps")}
        self.set_model(model)

    def __repr__(self) -> str:
        return f"<History of {self.run!r}: {len(self.epoch)} epochs of {', '.join(self.history)}>"


def read_history(run: Run, model: Any) -> History:
    """The history of a run that has succeeded, its numbers as the training had them."""
    with tempfile.TemporaryDirectory(prefix="horngate-") as folder:
        curves = json.loads(fetch_file(run, CURVES, Path(folder)).read_text())
    return History(run, curves, model)
