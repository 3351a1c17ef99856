"""The JSON Schema agrees with the reader, on what is written and on what is resolved."""

import json
from copy import deepcopy
from typing import Any

import jsonschema
import pytest

from models_lib.spec.component_schema import component_names, schema_with
from models_lib.spec.components import ComponentManifest, ComponentObject, Components, Package
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from models_lib.spec.schema import run_schema
from models_lib.spec.templates import TEMPLATES, Template

VALIDATOR = jsonschema.Draft202012Validator(run_schema())


def test_the_schema_is_one() -> None:
    """The rules of each layer's arguments are alike: a handful stands for all of them, which would take seconds."""
    schema = deepcopy(run_schema())
    layers = schema["$defs"]["layer"]["anyOf"][2]
    layers["allOf"] = layers["allOf"][:5]
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_example_fits_as_written_and_as_resolved(desk, california) -> None:
    VALIDATOR.validate(california)
    VALIDATOR.validate(desk.resolve(california).spec.model_dump(mode="json"))


def test_short_notations_fit(small) -> None:
    small["compile"] |= {"metrics": ["mae", "AUC()"], "loss_weights": 1.0}
    small["fit"] = {"tensorboard": False, "class_weight": {"a": 1}, "callbacks": ["TerminateOnNaN()"]}
    small["export"] = "keras"
    VALIDATOR.validate(small)
    VALIDATOR.validate(small | {"targets": {"main": "price", "aux": {"column": "price", "normalize": True}}})


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ("colour", "red"),
        ("fit", {"epoch": 3}),
        ("fit", {"epochs": 0}),
        ("model", {"kind": "sequential", "layers": [{"class_name": "Dense", "config": {"unit": 3}}]}),
        ("model", {"kind": "sequential", "layers": [{"class_name": "Dens", "config": {}}]}),
        (
            "model",
            {"kind": "sequential", "layers": [{"class_name": "Conv2D", "config": {"filters": 0, "kernel_size": 3}}]},
        ),
        ("compile", {"optimizer": "adam"}),
        ("compile", {"loss": "msee"}),
    ],
)
def test_what_the_reader_refuses_does_not_fit(small: dict[str, Any], section: str, value: Any) -> None:
    assert list(VALIDATOR.iter_errors(small | {section: value}))


def test_a_keras_config_may_bring_what_it_was_compiled_with(small) -> None:
    del small["compile"]
    assert list(VALIDATOR.iter_errors(small))
    VALIDATOR.validate(small | {"model": {"kind": "keras", "config": "{}"}})


def test_a_model_may_stand_in_place_of_a_layer(small) -> None:
    inner = {"kind": "sequential", "layers": ["Dense(3)", {"model": {"kind": "keras", "config": {}}}]}
    layer = {"name": "tower", "model": inner, "inputs": [["x"], ["x"]]}
    VALIDATOR.validate(small | {"model": {"kind": "functional", "layers": [layer], "outputs": "tower"}})


def test_every_name_and_argument_is_documented_for_editors() -> None:
    dense = next(
        rule
        for rule in run_schema()["$defs"]["layer"]["anyOf"][2]["allOf"]
        if rule["if"]["properties"]["class_name"] == {"const": "Dense"}
    )
    config = dense["then"]["properties"]["config"]
    assert config["properties"]["units"]["description"] == "Positive integer, dimensionality of the output space."
    assert config["required"] == ["units"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
def test_a_template_is_a_sound_spec(template: Template) -> None:
    document = read_document(template.text)
    VALIDATOR.validate(document)
    copied = ["/inputs/x"] if template.id == "autoencoder" else []  # it shall say its input again, and is told so
    assert [warning.pointer for warning in resolve_spec(document).warnings] == copied


def test_what_own_code_compiles_fits() -> None:
    gan = {"dataset": "t", "targets": "none", "model": {"kind": "component", "class_name": "gan.GAN"}}
    VALIDATOR.validate(gan | {"compile": {"d_optimizer": "Adam(1e-4)", "loss_fn": {"class_name": "gan.Loss"}}})
    loop = {"dataset": "t", "targets": "total", "model": {"kind": "sequential", "layers": ["Dense(1)"]}}
    VALIDATOR.validate(loop | {"compile": {"optimizer": "adam"}, "fit": {"loop": "loops.train"}})
    assert list(VALIDATOR.iter_errors(loop | {"compile": {"loss": "mse", "d_optimizer": "adam"}}))


def test_a_projects_own_names_fit_bare_and_no_others_do() -> None:
    part = ComponentObject(name="HuberLoss", kind="class", families=("loss",))
    halved = ComponentObject(name="halved", kind="function", families=("activation", "transform"))
    package = Package("robust", 1, ComponentManifest(objects=(part, halved)))
    schema = schema_with(component_names(Components([package])))
    document = {"dataset": "t", "targets": "total", "model": {"kind": "sequential", "layers": ["halved", "Dense(1)"]}}

    def errors(loss: Any) -> list[Any]:
        return list(jsonschema.Draft202012Validator(schema).iter_errors(document | {"compile": {"loss": loss}}))

    assert errors("HuberLoss") == errors({"class_name": "HuberLoss", "config": {"threshold": 2.0}}) == []
    assert errors("HuberLos")
    assert errors({"class_name": "HuberLos", "config": {}})


def test_what_names_a_component_is_known_to_editors() -> None:
    document = {
        "dataset": "t",
        "targets": "total",
        "components": ["robust@1"],
        "model": {"kind": "component", "class_name": "parts.Wide", "config": {"units": 3, "head": ["Dense(1)"]}},
        "compile": {"loss": "robust.huber_fn", "metrics": ["robust.HuberMetric(2.0)"]},
        "fit": {"loop": {"function": "loops.train", "config": {"n_steps": 3}}, "callbacks": ["parts.Everything()"]},
    }

    assert list(VALIDATOR.iter_errors(document)) == []
    assert "ConfigValue" not in json.dumps(run_schema())


def test_a_script_fits_without_what_it_does_by_itself() -> None:
    document = {"model": {"kind": "script", "package": "trainer", "entry": "train.py", "args": ["--epochs", 5]}}

    VALIDATOR.validate(document)
    VALIDATOR.validate(document | {"dataset": "digits", "split": {"test_dataset": "more"}, "components": ["trainer@1"]})
    assert list(VALIDATOR.iter_errors(document | {"fit": {"epochs": 3}}))
