"""A trained `.keras` file read by the catalog, never by Keras' own loader."""

import importlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from models_lib.data.faults import DataFault
from models_lib.export.rows import RowPredictor
from models_lib.train.importing import Extras, import_model
from tests.models_lib.train.attempts import lay_packages

SAID = {"config.json": "{}", "model.weights.h5": b"x", "metadata.json": "{}"}


@pytest.fixture
def model() -> keras.Model:
    left, right = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    tower = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.BatchNormalization()])
    both = layers.Concatenate()([tower(left) * 2.0, right])
    model = keras.Model([left, right], [layers.Dense(1, name="z")(both), layers.Dense(1, name="a")(both)])
    model.compile("adam", "mse")
    model.fit([np.ones((8, 3)), np.ones((8, 2))], [np.ones((8, 1))] * 2, verbose=0)
    return model


def test_an_imported_model_predicts_by_its_tensors_what_it_predicted_before(model: keras.Model, tmp_path: Path) -> None:
    file = tmp_path / "trained.keras"
    model.save(file)

    made = import_model(file, "trained", tmp_path)

    instance = {"left": [0.1, 0.2, 0.3], "right": [1.0, -1.0]}
    [told] = RowPredictor(tmp_path / "out" / "artifacts").predict([instance])
    z, a = (float(x[0, 0]) for x in model([np.array([instance["left"]]), np.array([instance["right"]])]))
    assert (told["z"], told["a"]) == (pytest.approx(z, rel=1e-5), pytest.approx(a, rel=1e-5))
    assert made.summary["parameters"] == model.count_params()
    assert {report["name"] for report in made.checkpoints} == {"best", "last"}
    assert {"model.keras", "inputs.json", "preprocessing.json"} <= set(made.files)


def _members(file: Path, changes: dict[str, Any]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (SAID | changes).items():
            if content is not None:
                archive.writestr(name, content)


def _custom(config: dict[str, Any]) -> None:
    config["config"]["layers"][-1] |= {"class_name": "MyDense", "module": "mine", "registered_name": "mine>MyDense"}


def _lambda(config: dict[str, Any]) -> None:
    config["config"]["layers"][-1] |= {"class_name": "Lambda"}


def _module(config: dict[str, Any]) -> None:
    config["config"]["layers"][-1]["config"]["kernel_initializer"] = {
        "module": "os",
        "class_name": "system",
        "config": {},
    }


@pytest.mark.parametrize("change", [_custom, _lambda, _module])
def test_what_keras_does_not_ship_is_refused_at_its_place_in_the_config(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    file = tmp_path / "m.keras"
    keras.Sequential([keras.Input((3,)), layers.Dense(2)]).save(file)
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(held["config.json"])
    change(config)
    _members(file, held | {"config.json": json.dumps(config)})

    with pytest.raises(DataFault) as raised:
        import_model(file, "m", tmp_path)

    assert all(fault.pointer.startswith("/file/config.json") for fault in raised.value.faults)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"config.json": None}, "no config.json"),
        ({"config.json": "{"}, "is no JSON"),
        ({"config.json": "[]"}, "is no mapping"),
        ({"config.json": " " * (40 << 20)}, "unpack to"),
        ({"assets/words.txt": "a"}, "vocabularies"),
        ({"run.py": "import os"}, "holds what no .keras file holds"),
        ({"../out.txt": "a"}, "leads out of the archive"),
        ({}, "class_name"),
    ],
)
def test_an_archive_that_is_none_of_keras_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    file = tmp_path / "m.keras"
    _members(file, changes)
    with pytest.raises(DataFault, match=words):
        import_model(file, "m", tmp_path)


@pytest.mark.parametrize(("content", "words"), [(b"\x89HDF\r\n\x1a\nrest", "legacy .h5"), (b"a,b\n1,2\n", "no .keras")])
def test_what_is_no_archive_is_refused_with_what_to_do(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "m.keras"
    file.write_bytes(content)
    with pytest.raises(DataFault, match=words):
        import_model(file, "m", tmp_path)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    files = [tmp_path / "a.keras", tmp_path / "b.keras"]
    for file, units in zip(files, (2, 3), strict=True):
        keras.Sequential([keras.Input((3,)), layers.Dense(units, name="d")]).save(file)
    with zipfile.ZipFile(files[0]) as one, zipfile.ZipFile(files[1]) as other:
        mixed = {"config.json": one.read("config.json"), "model.weights.h5": other.read("model.weights.h5")}
    _members(files[0], mixed)
    with pytest.raises(DataFault, match=r"'d' wants its kernel of shape \(3, 2\), and the file holds \(3, 3\)"):
        import_model(files[0], "a", tmp_path)


def test_weights_that_are_no_hdf5_are_refused_and_a_model_without_any_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "m.keras"
    keras.Sequential([keras.Input((3,)), layers.Rescaling(2.0)]).save(file)
    with zipfile.ZipFile(file) as archive:
        config = archive.read("config.json")
    assert import_model(file, "m", tmp_path / "made").summary["parameters"] == 0
    _members(file, {"config.json": config})
    with pytest.raises(DataFault, match="cannot be read as HDF5"):
        import_model(file, "m", tmp_path)


def test_an_open_shape_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.keras"
    inputs = keras.Input((None, 3))
    keras.Model(inputs, layers.GlobalAveragePooling1D()(layers.Dense(2)(inputs))).save(file)
    with pytest.raises(DataFault, match="give every axis but the batch a size"):
        import_model(file, "m", tmp_path)


OWN = """
import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mine")
class Scale(keras.layers.Layer):
    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.scale * self.by

    def get_config(self):
        return {**super().get_config(), "by": self.by}


def squash(x):
    return ops.tanh(x) * 0.5


class Graph(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class Whole(keras.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden, self.last = keras.layers.Dense(units), keras.layers.Dense(1)

    def call(self, x):
        return self.last(self.hidden(x))

    def get_config(self):
        return {**super().get_config(), "units": self.units}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Extras]]:
    """A user's module, and the same as a component; both are known by one name, as on two machines."""
    folder = tmp_path_factory.mktemp("own")
    known = dict(keras.saving.get_custom_objects())
    packages = tuple(lay_packages(folder, {"imported_own": OWN}))
    yield importlib.import_module("imported_own"), Extras(packages, ("weights",), folder)
    keras.saving.get_custom_objects().clear()
    keras.saving.get_custom_objects().update(known)


@pytest.mark.parametrize("kind", ["layers", "graph", "whole"])
def test_own_classes_are_those_of_the_components_that_are_named(
    tmp_path: Path, own: tuple[Any, Extras], kind: str
) -> None:
    mine, extras = own
    inputs = keras.Input((3,), name="x")
    hidden = layers.Dense(2, activation=mine.squash, name="hidden")(mine.Scale(3.0)(inputs))
    made = {"layers": keras.Model, "graph": mine.Graph, "whole": lambda *_: mine.Whole(4)}[kind](inputs, hidden)
    rows = np.array([[0.1, 0.2, 0.3]])
    told = made(rows).numpy()[0]
    made.save(tmp_path / "mine.keras")

    imported = import_model(tmp_path / "mine.keras", "mine", tmp_path, extras)

    artifacts = tmp_path / "out" / "artifacts"
    [found] = RowPredictor(artifacts).predict([{"inputs" if kind == "whole" else "x": [0.1, 0.2, 0.3]}])
    assert np.ravel(found) == pytest.approx(told, rel=1e-5)
    assert imported.spec.components == ("imported_own@1",)
    assert {"components/imported_own/__init__.py", "core.weights.h5"} <= set(imported.files)


def test_own_classes_without_their_component_say_how_to_name_it(tmp_path: Path, own: tuple[Any, Extras]) -> None:
    mine, _ = own
    keras.Sequential([keras.Input((3,)), mine.Scale()]).save(tmp_path / "mine.keras")

    with pytest.raises(DataFault, match="components=package@1"):
        import_model(tmp_path / "mine.keras", "mine", tmp_path)


def test_an_export_that_cannot_be_made_refuses_the_import_at_its_place(tmp_path: Path) -> None:
    text = keras.Input((1,), name="word", dtype="string")
    lookup = layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=2)(text)
    keras.Model(text, layers.Dense(1)(layers.Embedding(4, 2)(lookup))).save(tmp_path / "m.keras")

    with pytest.raises(DataFault) as refused:
        import_model(tmp_path / "m.keras", "m", tmp_path, Extras(export=("h5", "onnx")))
    assert refused.value.faults[0].pointer == "/export/1"
