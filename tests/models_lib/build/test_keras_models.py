"""Models that came as `model.to_json()` are the models that Keras itself makes of it."""

import json
import time
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from models_lib.build.catalog_rules import APPLICATION_LAYERS
from models_lib.build.check import check_model
from models_lib.build.model import InputTensor, build_core
from models_lib.build.operation_generator import render_operations
from models_lib.build.weightless import without_weights
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.models import KerasModel, Model
from models_lib.spec.operations import OPERATIONS_PATH
from models_lib.spec.resolve import resolve_spec


def _read(text: str, **model: Any) -> Model:
    """The model as a run's spec has it; its data are of no matter here."""
    config = json.loads(text)
    names = [
        layer["config"]["name"] for layer in config["config"]["layers"] if layer["class_name"] == "InputLayer"
    ]  # fmt: skip
    inputs = {name: {"columns": ["a", "b"], "preprocess": None} for name in names or ["x"]}
    document = {"model": {"kind": "keras", "config": text, **model}, "inputs": inputs}
    return resolve_spec(document, model_only=True).spec.model


def _built(model: keras.Model, **options: Any) -> keras.Model:
    inputs = {tensor.name: InputTensor(tuple(tensor.shape[1:]), str(tensor.dtype)) for tensor in model.inputs}
    return build_core(_read(model.to_json(), **options), inputs)


def _assert_same(model: keras.Model, *tensors: Any, training: bool | None = None) -> None:
    """The rebuilt model has these weights' shapes, and their predictions once it has the weights."""
    core = _built(model)
    assert [w.shape for w in core.weights] == [w.shape for w in model.weights]
    core.set_weights(model.get_weights())
    named = {tensor.name: value for tensor, value in zip(model.inputs, tensors, strict=True)}
    wanted = keras.tree.flatten(model(list(tensors) if len(tensors) > 1 else tensors[0], training=training))
    found = core(named if len(tensors) > 1 else tensors[0], training=training)
    found = list(found.values()) if isinstance(found, dict) else [found]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(one, other)


def _tower() -> keras.Model:
    x = keras.Input((4,), name="t")
    inner = keras.Sequential([keras.Input((5,)), layers.Dense(3, activation="gelu"), layers.Dropout(0.5)], name="stack")
    h = layers.Dense(5)(x)
    return keras.Model(x, [inner(h), h], name="tower")


def test_shared_nested_models_operators_and_several_outputs() -> None:
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    tower = _tower()
    (one, h), (two, _) = tower(a), tower(b)
    scaled = (one * 2.0 - two) / ops.sqrt(ops.square(h[:, :3]) + 1.0)
    top = ops.where(scaled > 0, scaled, 0.25 * scaled)
    joined = ops.concatenate([top, h], axis=-1)
    out = layers.Dense(2, name="out", kernel_regularizer="l2")(joined)
    model = keras.Model([a, b], {"out": out, "mean": ops.mean(joined, axis=-1, keepdims=True)})
    rows = np.random.default_rng(1).normal(size=(2, 6, 4)).astype("float32")

    core = _built(model)
    core.set_weights(model.get_weights())
    wanted, found = model([rows[0], rows[1]]), core({"a": rows[0], "b": rows[1]})
    assert list(found) == ["out", "mean"]
    assert all(np.array_equal(found[name], wanted[name]) for name in found)


def test_attention_states_masks_and_wrapped_layers() -> None:
    words = keras.Input((7,), dtype="int32", name="words")
    x = layers.Embedding(11, 8, mask_zero=True)(words)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x, state = layers.GRU(6, return_sequences=True, return_state=True)(x)
    x = layers.MultiHeadAttention(2, 3)(x, value=x, use_causal_mask=True)
    x = layers.TimeDistributed(layers.Dense(4, activation="relu"))(x)
    x = layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2)]))(x)
    model = keras.Model(words, layers.Concatenate(name="end")([x, state]))
    _assert_same(model, np.array([[1, 2, 3, 4, 0, 0, 0], [5, 6, 7, 8, 9, 10, 0]], dtype="int32"))


def test_a_stack_without_an_input_takes_its_shape_from_the_data() -> None:
    model = keras.Sequential([layers.Dense(3, activation="relu"), layers.Dense(1)])
    core = build_core(_read(model.to_json()), {"x": InputTensor((5,), "float32")})
    assert core.count_params() == 5 * 3 + 3 + 3 + 1


def test_slices_constants_and_mixed_precision() -> None:
    x = keras.Input((6, 3), name="x")
    y = layers.Dense(4, dtype="mixed_float16")(x[:, ::2])
    y = ops.cast(y, "float32") + np.arange(4, dtype="float32")
    y = ops.einsum("bij,bkj->bik", y, y)[..., -1]
    _assert_same(keras.Model(x, layers.Dense(2, name="end")(y)), np.ones((2, 6, 3), "float32"))


SMALL = {"MobileNetV3Small": 64, "EfficientNetB0": 64, "ResNet50": 64, "ConvNeXtTiny": 64, "InceptionResNetV2": 96}


@pytest.mark.parametrize(("name", "size"), SMALL.items())
def test_an_application_predicts_what_keras_predicts(name: str, size: int) -> None:
    """Headless and pooled, so that a small picture does; these five hold what the other families hold, too."""
    made = getattr(keras.applications, name)
    model = made(weights=None, include_top=False, pooling="avg", input_shape=(size, size, 3))
    _assert_same(model, np.random.default_rng(0).uniform(0, 255, (1, size, size, 3)).astype("float32"))


def test_the_largest_application_is_read_whole() -> None:
    with without_weights():
        text = keras.applications.NASNetLarge(weights=None).to_json()
    model = _read(text)
    assert isinstance(model, KerasModel)
    assert len(model.plan.layers) == 1_040
    assert model.output_names == ("predictions",)


def test_resnet_50_is_judged_within_two_seconds() -> None:
    with without_weights():
        text = keras.applications.ResNet50(weights=None).to_json()
    columns = (
        Column(name="pictures", dtype="uint8", shape=(224, 224, 3), min=0, max=255),
        Column(name="label", dtype="int64", min=0, max=9, unique=10),
    )
    profile = DatasetProfile(format="npz", rows=100, columns=columns)
    document = {
        "dataset": "d",
        "inputs": {"pictures": {"array": "pictures", "preprocess": None}},
        "targets": {"predictions": {"array": "label"}},
        "model": {"kind": "keras", "config": text},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }
    began = time.process_time()
    checked = check_model(resolve_spec(document, {"d": profile}).spec, {"d": profile})
    took = time.process_time() - began
    assert checked.faults == ()
    assert checked.summary is not None
    assert checked.summary["parameters"] == 25_636_712
    assert took < 2


def test_a_shape_that_the_model_does_not_take_is_a_fault_of_the_input() -> None:
    model = keras.Sequential([keras.Input((5,), name="x"), layers.Dense(1, name="y")])
    columns = tuple(Column(name=name, dtype="float64", min=0, max=1) for name in ("a", "b", "y"))
    profile = DatasetProfile(format="csv", rows=10, columns=columns)
    document = {
        "dataset": "d",
        "inputs": {"x": {"columns": ["a", "b"]}},
        "targets": "y",
        "model": {"kind": "keras", "config": model.to_json()},
        "compile": {"loss": "mse"},
    }
    [fault] = check_model(resolve_spec(document, {"d": profile}).spec, {"d": profile}).faults
    assert (fault.pointer, fault.found, fault.allowed) == ("/inputs/x", [None, 2], [None, 5])


def test_a_tensor_that_a_layer_does_not_give_is_a_fault() -> None:
    x = keras.Input((2,), name="x")
    config = json.loads(keras.Model(x, layers.Dense(1, name="y")(layers.Dense(3, name="h")(x))).to_json())
    for at, named in ((("output_layers", 2), "'y' gives 1 tensors"), (("layers", 2), "'h' gives 1 tensors")):
        broken = json.loads(json.dumps(config))
        if at[0] == "output_layers":
            broken["config"]["output_layers"][2] = 4
        else:
            broken["config"]["layers"][2]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][2] = 4
        inputs = {"x": {"columns": ["a", "b"], "preprocess": None}}
        spec = resolve_spec({"model": {"kind": "keras", "config": broken}, "inputs": inputs}, model_only=True).spec
        [fault] = check_model(spec, None).faults
        assert named in fault.message


def test_what_a_check_made_is_not_filled_with_values_later() -> None:
    """Else every check in one process would end in the memory that it was to spare."""
    with without_weights():
        huge = keras.Sequential([keras.Input((60_000,)), layers.Dense(60_000)])
    layer = layers.Lambda(lambda x: x + 1)
    assert layer(keras.Input((3,))).shape == (None, 3)
    assert huge.weights[0]._value is None


def test_the_operations_are_those_of_the_installed_keras() -> None:
    assert render_operations() == OPERATIONS_PATH.read_text(encoding="utf-8"), (
        "run python -m models_lib.build.operation_generator"
    )


def test_layers_of_applications_that_are_not_public_are_known() -> None:
    model = keras.Sequential([keras.Input((4, 4, 2))])
    names = set()
    for name, module in APPLICATION_LAYERS.items():
        made = getattr(__import__(module, fromlist=[name]), name)
        arguments = {"LayerScale": (0.5, 2), "StochasticDepth": (0.25,), "CustomScaleLayer": (0.5,)}[name]
        names.add(name)
        if name != "CustomScaleLayer":  # which takes two tensors
            model.add(made(*arguments))
    assert names == {"LayerScale", "StochasticDepth", "CustomScaleLayer"}
    _assert_same(model, np.ones((2, 4, 4, 2), "float32"), training=False)
