"""What a required argument is given where nobody said: by its name, its annotation, a word in its name, else a size."""

import inspect
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

BY_NAME: Mapping[str, Callable[[], Any]] = {
    "layer": lambda: keras.layers.Dense(4),
    "layers": lambda: [keras.layers.Dense(4)],
    "cell": lambda: keras.layers.LSTMCell(4),
    "cells": lambda: [keras.layers.LSTMCell(4)],
    "axis": lambda: -1,
    "axes": lambda: 1,
    "dims": lambda: (1,),
    "target_shape": lambda: (-1,),
    "shape": lambda: (4,),
    "boundaries": lambda: [10, 20],
    "values": lambda: [0.1, 0.05, 0.01],
    "target_class_ids": lambda: [0],
    "base_loss": lambda: keras.losses.MeanSquaredError(),
    "loss_fn": lambda: keras.losses.MeanSquaredError(),
    "optimizer": lambda: keras.optimizers.SGD(),
    "equation": lambda: "...x,xy->...y",
}
"""Made anew for each: a layer that two instances share would be built by the first."""

BY_WORD: tuple[tuple[str, Any], ...] = (
    ("activation", "relu"),
    ("initializer", "glorot_uniform"),
    ("decay_steps", 10),
    ("rate", 0.25),
    ("threshold", 0.75),
    ("alpha", 0.25),
    ("beta", 0.25),
    ("gamma", 1.5),
    ("epsilon", 1e-3),
    ("momentum", 0.5),
    ("factor", 0.25),
    ("weight", 0.5),
    ("scale", 1.5),
    ("std", 0.5),
    ("lambda", 0.25),
    ("temperature", 2.0),
    ("lr", 0.05),
    ("recall", 0.5),
    ("precision", 0.5),
    ("sensitivity", 0.5),
    ("specificity", 0.5),
    ("prob", 0.5),
    ("ratio", 0.5),
    ("kernel_size", 3),
    ("head", 2),
    ("block", 2),
    ("depth", 2),
    ("layer", 2),
)
PLACES = frozenset({"path", "filepath", "file", "filename", "dir", "logdir", "directory", "folder"})
BY_TYPE: Mapping[Any, Any] = {
    int: 4,
    "int": 4,
    float: 0.5,
    "float": 0.5,
    bool: True,
    "bool": True,
    str: "a",
    "str": "a",
}


def guess(parameter: inspect.Parameter) -> Any:
    """A value for an argument without a default."""
    name = parameter.name.lower()
    if PLACES.intersection(name.split("_")):
        return _fresh_place()
    if name in BY_NAME and parameter.annotation not in BY_TYPE:
        return BY_NAME[name]()
    if parameter.annotation in BY_TYPE:
        return BY_TYPE[parameter.annotation]
    return next((value for word, value in BY_WORD if word in name), 4)


def _fresh_place() -> str:
    """A path where nothing is yet: a callback may make a file of it, or a folder."""
    return str(Path(tempfile.gettempdir()) / f"examined-{os.getpid()}")
