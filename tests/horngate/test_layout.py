"""Weights in the layout of the service, brought into that of the model here."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from horngate.fitting.layout import lay_out


def stack(name: str, units: int) -> keras.Model:
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(units), keras.layers.Dense(2)], name=name)


def graph(name: str, units: int) -> keras.Model:
    made = stack(name, units)
    return keras.Model(made.inputs, made.outputs, name=name)


class Distiller(keras.Model):
    """Two models, given; and one of its own making."""

    def __init__(self, student: Any, teacher: Any) -> None:
        super().__init__()
        self.student, self.teacher = student, teacher
        self.head = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])

    def call(self, x: Any) -> Any:
        return self.head(self.student(x) + self.teacher(x))


def test_a_stack_that_was_given_to_a_model_is_a_graph_there(tmp_path: Path) -> None:
    here, there = Distiller(stack("s", 4), stack("t", 5)), Distiller(graph("s", 4), graph("t", 5))
    row = np.ones((1, 3), "float32")
    wanted = np.asarray(there(row))
    here(row)
    there.save_weights(tmp_path / "came.weights.h5")

    here.load_weights(lay_out(here, tmp_path / "came.weights.h5", tmp_path / "laid.weights.h5"))

    assert np.array_equal(here(row), wanted)


def test_what_has_one_layout_here_and_there_is_as_it_was(tmp_path: Path) -> None:
    here, there = Distiller(stack("s", 4), stack("t", 5)), Distiller(stack("s", 4), stack("t", 5))
    row = np.ones((1, 3), "float32")
    wanted = np.asarray(there(row))
    here(row)
    there.save_weights(tmp_path / "came.weights.h5")

    here.load_weights(lay_out(here, tmp_path / "came.weights.h5", tmp_path / "laid.weights.h5"))

    assert np.array_equal(here(row), wanted)
