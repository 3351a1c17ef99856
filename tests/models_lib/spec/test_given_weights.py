"""`weights` names a data set that holds them, and rows come from one that does not."""

from typing import Any

import pytest

from models_lib.spec.dataset import DatasetProfile, StoredWeight
from models_lib.spec.faults import SpecRefused
from models_lib.spec.given_weights import GivenWeights, list_weights
from models_lib.spec.resolve import resolve_spec
from tests.models_lib.spec.conftest import PROFILE

KERNEL = StoredWeight(path="layers/dense/vars/0", shape=(8, 1), dtype="float32", count=8)
WEIGHTS = DatasetProfile(format="weights", rows=0, columns=(), weights=(KERNEL,))


@pytest.fixture
def profiles() -> dict[str, DatasetProfile]:
    return {"california": PROFILE, "backbone": WEIGHTS}


def _nested(small: dict[str, Any]) -> dict[str, Any]:
    tower = {"kind": "sequential", "layers": ["Dense(4)"], "weights": "backbone"}
    small["model"] = {"kind": "sequential", "layers": [{"name": "tower", "model": tower}, "Dense(1)"]}
    return small


def test_weights_are_found_wherever_a_model_stands(small, profiles) -> None:
    spec = resolve_spec(_nested(small), profiles).spec
    assert list(list_weights(spec.model)) == [
        GivenWeights("/model/layers/0/model/weights", "backbone", ("tower",)),
    ]
    assert resolve_spec(spec.model_dump(mode="json"), profiles).spec == spec


@pytest.mark.parametrize(
    ("weights", "code", "words"),
    [
        ("california", "bad_reference", "holds rows (csv)"),
        ("bakbone", "bad_reference", "did you mean 'backbone'?"),
        ("imagenet", "forbidden", "nothing is downloaded: upload the file"),
        (3, "wrong_type", "weights is a string"),
    ],
)
def test_other_weights_are_refused_where_they_stand(small, profiles, weights, code, words) -> None:
    small["model"]["weights"] = weights
    with pytest.raises(SpecRefused) as refused:
        resolve_spec(small, profiles)
    [fault] = [fault for fault in refused.value.faults if fault.pointer == "/model/weights"]
    assert fault.code == code
    assert words in fault.message


def test_a_file_of_weights_is_no_data_to_train_on(small, profiles) -> None:
    small["dataset"] = "backbone"
    with pytest.raises(SpecRefused) as refused:
        resolve_spec(small, profiles)
    assert "name it under model.weights" in {f.pointer: f for f in refused.value.faults}["/dataset"].message
    small |= {"dataset": "california", "split": {"validation_dataset": "backbone"}}
    with pytest.raises(SpecRefused) as refused:
        resolve_spec(small, profiles)
    assert "/split/validation_dataset" in {fault.pointer for fault in refused.value.faults}
