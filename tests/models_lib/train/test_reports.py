"""What a training step gives, as curves."""

import json

import keras
import numpy as np

from models_lib.train.recording import History, epoch_line
from models_lib.train.reports import plain_metrics

LOGS = {"loss": np.float32(0.5), "inner": {"mae": 0.25}, "recall": np.array([0.5, np.nan]), "confusion": np.eye(2)}


def test_a_row_of_numbers_has_a_curve_for_each_and_what_is_more_has_none() -> None:
    assert plain_metrics(LOGS) == {"loss": 0.5, "mae": 0.25, "recall/0": 0.5}
    assert epoch_line(1, 2, 0.1, LOGS).endswith("loss: 0.5000 - mae: 0.2500 - recall/0: 0.5000 - recall/1: nan")


def test_the_history_of_such_a_step_can_be_kept() -> None:
    history = History()
    history.set_model(keras.Sequential())
    history.on_train_begin()
    history.on_epoch_end(0, LOGS)
    assert json.loads(json.dumps(history.history["confusion"])) == [[[1.0, 0.0], [0.0, 1.0]]]
