"""Documents that mean harm or nonsense are refused with a pointer, and never by an accident."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_lib.spec.faults import SpecRefused
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from tests.hostile.specs import CALLS, LONG_FORMS

from .conftest import CALIFORNIA, PROFILE

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
)
PIECES = st.sampled_from(
    [
        "Dense(1)",
        "Dense",
        "mse",
        "Lambda(lambda x: x)",
        "((((",
        "Dense(**{})",
        "Dense(Dense(1))",
        "L2(0.1)",
        "x" * 5000,
        {"class_name": "Dense"},
        {"class_name": "Dense", "config": {"units": [1]}},
        {"class_name": {}, "config": 3},
        [],
        {},
        "hidden1",
        "concat",
        "concat@2",
        "concat:9",
        ["hidden1"],
        [["hidden1"], ["hidden2"]],
        10**400,
        -1,
        0.5,
        "val_loss",
        "longitude",
        "ocean_proximity",
        ["ocean_proximity", "longitude"],
        {"column": "longitude"},
        "none",
        None,
        True,
    ]
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, member in members for below in _paths(member, (*path, key)))]


def _replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], value)
    return copy


EXAMPLE = read_document(CALIFORNIA)
PATHS = _paths(EXAMPLE)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_any_value_is_resolved_or_refused(document: Any) -> None:
    _resolve_or_refuse(document)


@given(st.lists(st.tuples(st.sampled_from(PATHS), PIECES | VALUES), min_size=1, max_size=3))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_change_of_a_good_document_is_resolved_or_refused(changes: list[tuple[Any, Any]]) -> None:
    document = EXAMPLE
    for path, value in changes:
        try:
            document = _replaced(document, path, value)
        except (KeyError, IndexError, TypeError):
            continue
    _resolve_or_refuse(document)


@pytest.mark.parametrize("reference", ["Lambda(lambda x: x)", "hidden1:", "hidden1:one", "hidden1@", "@2:", ":1"])
def test_a_reference_that_is_none_is_refused(reference: str) -> None:
    with pytest.raises(SpecRefused):
        resolve_spec(_replaced(EXAMPLE, ("model", "layers", 2, "inputs"), reference), {"california": PROFILE})


def _resolve_or_refuse(document: Any) -> None:
    """Every fault has a message and can be sent as JSON; what is resolved resolves to itself."""
    try:
        resolved = resolve_spec(document, {"california": PROFILE})
    except SpecRefused as refused:
        _check_faults(refused)
        return
    stored = json.loads(json.dumps(resolved.spec.model_dump(mode="json"), allow_nan=False))
    assert resolve_spec(stored, {"california": PROFILE}).spec == resolved.spec


def _check_faults(refused: SpecRefused) -> None:
    assert refused.faults
    for fault in refused.faults:
        assert fault.message
        json.dumps(fault.model_dump(mode="json"), allow_nan=False)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_document(text)
    except SpecRefused as refused:
        _check_faults(refused)


NOT_FINITE = {"class_name": "Dense", "config": {"units": float("nan")}}


@pytest.mark.parametrize("layer", [*CALLS, *LONG_FORMS, NOT_FINITE], ids=lambda layer: repr(layer)[:40])
def test_a_hostile_layer_is_refused_where_it_stands(desk, small, layer) -> None:
    small["model"]["layers"] = [{"name": "hidden", "layer": layer}, "Dense(1)"]
    faults = desk.faults(small)
    assert faults
    assert all(pointer.startswith("/model/layers/0") for pointer in faults)


def test_a_document_too_deep_is_refused(desk) -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    assert next(iter(desk.faults({"model": deep}).values())).code == "too_large"


def test_a_document_too_large_is_refused(desk) -> None:
    assert next(iter(desk.faults({"tags": [0] * 200_000}).values())).code == "too_large"


def test_not_a_number_is_refused_wherever_it_stands(desk, small) -> None:
    small["split"] = {"validation": float("nan")}
    assert desk.faults(small)["/split/validation"].code == "out_of_range"


def test_names_that_show_other_than_they_are_are_refused(desk, small) -> None:
    small["inputs"] = {"x\u200b": {"column": "longitude"}}
    assert {fault.code for fault in desk.faults(small).values()} == {"forbidden"}
