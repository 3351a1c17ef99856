"""A patch that comes with a fault mends it."""

from copy import deepcopy
from typing import Any

import pytest

from models_lib.spec.faults import Fault


def _walk(document: Any, pointer: str) -> tuple[Any, str]:
    """The member's parent and its key."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in path:
        document = document[int(part) if isinstance(document, list) else part]
    return document, last


def _take(document: Any, pointer: str) -> Any:
    parent, key = _walk(document, pointer)
    return parent.pop(int(key) if isinstance(parent, list) else key)


def _put(document: Any, pointer: str, value: Any) -> None:
    parent, key = _walk(document, pointer)
    parent[int(key) if isinstance(parent, list) else key] = value


def _mended(document: Any, fault: Fault) -> Any:
    document = deepcopy(document)
    for step in fault.patch or []:
        if step["op"] == "remove":
            _take(document, step["path"])
        else:
            _put(document, step["path"], _take(document, step["from"]) if step["op"] == "move" else step["value"])
    return document


@pytest.mark.parametrize(
    "change",
    [
        {"model": {"kind": "Sequential", "layers": ["Dense(1)"]}},
        {"model": {"layers": ["Dense(1)"]}},
        {"model": {"kind": "sequential", "layers": ["Dens(1)"]}},
        {"model": {"kind": "sequential", "layers": ["keras.layers.Dense(1)"]}},
        {"model": {"kind": "sequential", "layers": ['Dense(1, activation="rlu")']}},
        {"model": {"kind": "sequential", "layers": ["Dense(1, activation=relu)"]}},
        {"model": {"kind": "sequential", "layers": ["Dense(unit=1)"]}},
        {"model": {"kind": "sequential", "layers": [{"class_name": "Dense", "config": {"unit": 1}}]}},
        {
            "model": {
                "kind": "sequential",
                "layers": [{"class_name": "Dense", "config": {"units": 1}, "module": "keras"}],
            }
        },
        {"model": {"kind": "sequential", "layers": ["Dense(1)"], "inputs": "x"}},
        {"compile": {"optimizer": "SGD(lr=0.1)", "loss": "mse"}},
        {"compile": {"optimizer": "adam", "loss": "mean_sqared_error"}},
        {"model": {"kind": "sequential", "layers": ["Dense(1, activation=tf.nn.relu)"]}},
        {"model": {"kind": "sequential", "layers": ["experimental.preprocessing.Rescaling(0.1)", "Dense(1)"]}},
        {"compile": {"optimizer": "adam", "loss": "MeanSquaredError(reduction=tf.keras.losses.Reduction.SUM)"}},
        {"compile": {"optimiser": "adam", "loss": "mse"}},
        {"compile": {"loss": "mse", "dynamic": True}},
        {"compile": {"loss": "mse", "epochs": 3}},
        {"compile": {"loss": {"dense_": "mse"}}},
        {"fit": {"epoch": 3}},
        {"fit": {"validation_split": 0.3}},
        {"fit": {"verbose": 0}},
        {"fit": {"monitor": "val_los"}},
        {"fit": {"callbacks": ["ReduceLROnPlateau(monitor='val_los')"]}},
        {"fit": {"callbacks": [{"class_name": "TensorBoard", "config": {"log_dir": "x"}}]}},
        {"fit": {"jit_compile": True}},
        {"inputs": {"x": "latitude"}},
        {"inputs": {"x": ["latitude", "longitude"]}},
        {"inputs": {"x y": {"column": "latitude"}}},
        {"inputs": {"x": {"array": "latitude"}}},
        {"inputs": {"x": {"columns": ["lattitude"]}}},
        {"targets": "median_house_valu"},
        {"targets": {"y": {"column": "median_house_valu"}}},
        {"targets": {"y": {"column": "latitude", "normalise": True}}},
        {"split": {"validaton": 0.2}},
        {"epochs": 3},
        {"metrics": ["mae"]},
        {"prioriti": 3},
    ],
)
def test_a_patch_mends_its_fault_and_makes_no_other(desk, small, change) -> None:
    document = small | change
    faults = list(desk.faults(document).values())
    assert len(faults) == 1
    assert faults[0].patch
    assert not desk.faults(_mended(document, faults[0]))
