"""Models of `keras.applications` by name."""

from typing import Any

import pytest


@pytest.fixture
def document(small) -> dict[str, Any]:
    config = {"include_top": False, "pooling": "avg", "input_shape": [32, 32, 3]}
    backbone = {"kind": "application", "class_name": "MobileNet", "config": config}
    small["model"] = {
        "kind": "functional",
        "layers": [
            {"name": "backbone", "model": backbone, "inputs": "x"},
            {"name": "price", "layer": "Dense(1)", "inputs": "backbone"},
        ],
        "outputs": "price",
        "trainable": {"backbone/*": False, "backbone/conv_pw_13*": True},
    }  # fmt: skip
    return small


def test_a_backbone_stands_under_a_head_and_resolves_to_itself(desk, document) -> None:
    resolved = desk.resolve(document).spec
    model = resolved.model.layers[0].model
    assert (model.class_name, model.config["alpha"], model.config["classes"]) == ("MobileNet", 1.0, 1000)
    assert desk.resolve(resolved.model_dump(mode="json")).spec == resolved


def test_alone_its_output_is_called_as_the_target_is(desk, small) -> None:
    small["model"] = {"kind": "application", "class_name": "MobileNet"}
    small["targets"] = {"kind": {"column": "median_house_value"}}
    assert desk.resolve(small).spec.model.output_names == ("kind",)
    small["targets"] = "median_house_value"
    assert desk.resolve(small).spec.model.output_names == ("mobile_net",)


def test_weights_that_would_be_downloaded_are_refused_with_what_to_do(desk, document) -> None:
    document["model"]["layers"][0]["model"]["weights"] = "imagenet"
    fault = desk.faults(document)["/model/layers/0/model/weights"]
    assert (fault.code, fault.found) == ("forbidden", "imagenet")
    assert "leave weights out" in fault.message


@pytest.mark.parametrize(
    ("field", "value", "at", "words"),
    [
        ("class_name", "MobilNet", "class_name", "did you mean 'MobileNet'?"),
        ("class_name", "Dense", "class_name", "Dense is a layer"),
        ("config", {"pooling": "sum"}, "config/pooling", "no choice 'sum'"),
        ("config", {"weights": "/etc/passwd"}, "config/weights", "takes no weights"),
        ("config", {"input_tensor": 1}, "config/input_tensor", "leave it out"),
        ("config", {"include_tp": False}, "config/include_tp", "did you mean 'include_top'?"),
        ("colour", 1, "colour", "no field 'colour'"),
    ],
)
def test_what_it_does_not_take_is_refused(desk, document, field, value, at, words) -> None:
    document["model"]["layers"][0]["model"][field] = value
    assert words in desk.messages(document)[f"/model/layers/0/model/{at}"]
