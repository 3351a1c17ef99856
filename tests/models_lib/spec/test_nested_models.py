"""Models inside models: in place of a layer, called again, frozen by path."""

from typing import Any

import pytest

from models_lib.spec.nesting import walk_layers
from models_lib.spec.planning import plan_model

TOWER: dict[str, Any] = {
    "kind": "functional",
    "layers": [
        {"name": "h", "layer": "Dense(4)", "inputs": "side"},
        {"name": "deep", "model": {"kind": "sequential", "layers": ["Dense(3)", "Dense(2)"]}, "inputs": "h"},
    ],
    "outputs": "deep",
}


@pytest.fixture
def document(small) -> dict[str, Any]:
    small["inputs"] = {"a": {"columns": ["longitude", "latitude"]}, "b": {"columns": ["latitude", "median_income"]}}
    small["model"] = {
        "kind": "functional",
        "layers": [
            {"name": "tower", "model": TOWER, "inputs": [["a"], ["b"]]},
            {"name": "both", "layer": "Concatenate()", "inputs": ["tower", "tower@2"]},
            {"name": "price", "layer": "Dense(1)", "inputs": "both"},
        ],
        "outputs": "price",
    }
    return small


def test_a_shared_tower_is_planned_once_and_resolves_to_itself(desk, document) -> None:
    resolved = desk.resolve(document).spec
    assert resolved.model.layers[0].model.inputs == ("side",)
    assert desk.resolve(resolved.model_dump(mode="json")).spec == resolved
    plan = plan_model(resolved.model, ("a", "b"))
    assert [call.key for call in plan.calls] == ["tower", "tower@2", "both", "price"]
    assert [path for path, _ in walk_layers(plan)] == [
        "tower", "tower/h", "tower/deep", "tower/deep/dense", "tower/deep/dense_1", "both", "price",
    ]  # fmt: skip


def test_layers_are_frozen_by_their_paths_and_the_last_match_wins(desk, document) -> None:
    document["model"]["trainable"] = {"tower/*": False, "tower/deep/dense_1": True}
    plan = plan_model(desk.resolve(document).spec.model, ("a", "b"))
    leaves = {path: layer.trainable for path, layer in walk_layers(plan) if layer.class_name}
    assert leaves == {
        "tower/h": False, "tower/deep/dense": False, "tower/deep/dense_1": True, "both": True, "price": True,
    }  # fmt: skip


def test_a_frozen_model_freezes_all_that_is_inside(desk, document) -> None:
    document["model"]["layers"][0]["trainable"] = False
    plan = plan_model(desk.resolve(document).spec.model, ("a", "b"))
    assert {path for path, layer in walk_layers(plan) if layer.class_name and layer.trainable} == {"both", "price"}


def test_faults_inside_are_pointed_at(desk, document) -> None:
    inner = {"kind": "functional", "layers": [{"name": "h", "layer": "Dens(4)", "inputs": "side"}], "outputs": "g"}
    document["model"]["layers"][0]["model"] = inner
    assert set(desk.faults(document)) == {"/model/layers/0/model/layers/0/layer", "/model/layers/0/model/outputs"}


def test_a_model_that_takes_two_tensors_is_not_called_on_one(desk, document) -> None:
    inner = {
        "kind": "functional",
        "inputs": ["left", "right"],
        "layers": [{"name": "h", "layer": "Concatenate()", "inputs": ["left", "right"]}],
        "outputs": "h",
    }
    document["model"]["layers"][0]["model"] = inner
    fault = desk.faults(document)["/model/layers/0/inputs"]
    assert (fault.code, fault.allowed) == ("bad_graph", 2)


def test_several_inner_inputs_that_nobody_can_order_are_asked_for(desk, document) -> None:
    inner = {
        "kind": "functional",
        "layers": [{"name": "h", "layer": "Concatenate()", "inputs": ["left", "right"]}],
        "outputs": "h",
    }
    document["model"]["layers"][0] = {"name": "tower", "model": inner, "inputs": ["a", "b"]}
    document["model"]["layers"][1]["inputs"] = ["tower", "a"]
    fault = desk.faults(document)["/model/layers/0/model/inputs"]
    assert (fault.code, fault.found) == ("missing", ["left", "right"])


def test_a_glob_that_matches_no_path_is_refused(desk, document) -> None:
    document["model"]["trainable"] = {"towr/*": False}
    assert set(desk.faults(document)) == {"/model/trainable/towr~1*"}
