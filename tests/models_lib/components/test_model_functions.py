"""Functions that make models, and objects that do not say how they are saved: built, saved, loaded alone."""

import importlib
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from models_lib.build.arrangement import arrange_inputs
from models_lib.build.component_model import build_component
from models_lib.build.component_objects import construct_component
from models_lib.components.describing import describe_object
from models_lib.components.doctor.package import examine_object
from models_lib.components.importing import import_components
from models_lib.export.components import lay_components, load_objects, load_saved
from models_lib.spec.models import ComponentModel
from models_lib.spec.objects import KerasObject

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
NAMES = tuple(sorted(path.stem for path in EXAMPLES.glob("*.py")))
PINNING: Any = SimpleNamespace(components=NAMES)
"""Of a spec what is asked of it here."""
IMAGE = {"image": ((16, 16, 1), "float32")}
MADE: dict[str, dict[str, tuple[tuple[int, ...], str]]] = {
    "transformer.create_model": {"x": ((16,), "int32")},
    "similarity.make_siamese": {"right": ((6,), "float32"), "left": ((6,), "float32")},
    "similarity.make_triplet_model": dict.fromkeys(("anchor", "positive", "negative"), ((6,), "float32")),
    "vision.create_vit_classifier": IMAGE,
    "distillation.make_distiller": IMAGE,
    "tabular.make_endpoint_model": {"inputs": ((3,), "float32"), "targets": ((1,), "float32")},
    "vae.build_vae": IMAGE,
    "wgan_gp.get_wgan": IMAGE,
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    for name in NAMES:
        (folder / name).mkdir()
        shutil.copy(EXAMPLES / f"{name}.py", folder / name / "__init__.py")
    import_components(NAMES, folder)
    return folder


@pytest.mark.parametrize("name", MADE)
def test_a_model_that_a_function_makes_is_saved_and_loads_alone(source: Path, tmp_path: Path, name: str) -> None:
    symbols = {given: keras.Input(shape, dtype=dtype, name=given) for given, (shape, dtype) in MADE[name].items()}
    core, named = build_component(ComponentModel(kind="component", class_name=name), symbols)
    saved = keras.Model(symbols, core(arrange_inputs(core, symbols))) if named else core
    saved.built = True
    lay_components(source, PINNING, tmp_path)
    saved.save(tmp_path / "model.keras")
    loaded = load_saved(tmp_path)

    assert len(saved.get_weights()) > 1
    assert all(np.array_equal(one, other) for one, other in zip(saved.get_weights(), loaded.get_weights(), strict=True))
    loaded.save(tmp_path / "again.keras")


def test_a_function_of_a_model_is_told_with_what_the_models_class_takes(source: Path) -> None:
    package: Any = importlib.import_module("wgan_gp")
    made = describe_object("get_wgan", package.get_wgan)
    loss = describe_object("generator_loss", package.generator_loss)

    assert made is not None
    assert loss is not None
    assert (made.kind, made.families) == ("factory", ("model", "layer"))
    assert "train_step" in made.methods
    assert [argument.name for argument in made.compile] == ["d_optimizer", "g_optimizer", "d_loss_fn", "g_loss_fn"]
    assert loss.kind == "function"


def test_a_function_that_makes_a_graph_makes_what_can_be_called(source: Path) -> None:
    package: Any = importlib.import_module("transformer")
    made = describe_object("create_model", package.create_model)

    assert made is not None
    assert made.methods == ("call",)


def test_a_schedule_without_get_config_is_saved_with_its_arguments_and_loaded_and_saved_again(
    source: Path, tmp_path: Path
) -> None:
    lay_components(source, PINNING, tmp_path)
    objects = load_objects(tmp_path)
    schedule = construct_component(KerasObject(class_name="tabular.CustomSchedule", config={"d_model": 128}), {})
    written = keras.saving.serialize_keras_object(schedule)
    back = keras.saving.deserialize_keras_object(written, custom_objects=objects)

    assert float(back.d_model) == 128
    assert keras.saving.serialize_keras_object(back)["config"] == written["config"] == {"d_model": 128}


def test_the_doctor_has_nothing_to_say_of_a_helper_that_no_part_of_keras_calls(source: Path) -> None:
    package: Any = importlib.import_module("vision")
    described = describe_object("mlp", package.mlp)

    assert described is not None
    assert described.families == ()
    assert examine_object(source / "vision", described).findings == ()
