"""Valid specs with a thing or two changed: what is accepted is built by Keras, what is refused is refused by place."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models_lib.build.check import check_model
from models_lib.data.profile import profile_dataset
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import Fault, SpecRefused
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from tests.models_lib.eject.random_specs import make_tables, whole_specs

EXAMPLES = int(os.environ.get("HORNGATE_MUTATIONS", "40"))
PIECES: list[Any] = [
    "Dense(1)",
    "Dense(3, activation='softmax')",
    "Conv2D(4, 3)",
    "LSTM(4)",
    "Flatten()",
    "Reshape((2, -1))",
    "Dropout(2.0)",
    "Embedding(3, 2)",
    "mse",
    "sparse_categorical_crossentropy",
    "binary_crossentropy",
    "Accuracy()",
    "AUC()",
    "Adam(ExponentialDecay(0.1, 10, 0.5))",
    "SGD(0.1, clipnorm=1.0)",
    "none",
    "mean",
    0,
    1,
    7,
    0.5,
    True,
    None,
    [],
    {},
    ["a", "b"],
]


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DatasetProfile]:
    tables = make_tables(tmp_path_factory.mktemp("tables"))
    return {name: profile_dataset(Path(path), Path(path).name) for name, path in tables.items()}


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(below for key, member in members for below in places(member, (*way, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A valid spec of which one value or two were replaced, left out, or swapped with another's."""
    document = read_document(draw(whole_specs()))
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from([place for place in places(document) if place]))
        holder: Any = document
        for key in way:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "remove", "double"]))
        if how == "remove":
            del holder[last]
        elif how == "double" and isinstance(holder, list):
            holder.insert(last, holder[last])
        else:
            holder[last] = draw(st.sampled_from(PIECES))
    return document


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="HORNGATE_MUTATIONS" not in os.environ,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(document=mutated())
def test_a_changed_spec_is_built_or_refused_where_its_fault_stands(
    document: Any, profiles: dict[str, DatasetProfile]
) -> None:
    try:
        spec = resolve_spec(document, profiles).spec
    except SpecRefused as refused:
        are_typed(refused.faults)
        return
    checked = check_model(spec, profiles)

    are_typed(checked.faults)
    assert checked.faults or checked.summary is not None, json.dumps(document)


def are_typed(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        assert fault.code
        assert fault.message
        assert "Traceback" not in fault.message
        assert json.dumps(fault.model_dump(mode="json"), allow_nan=False)
