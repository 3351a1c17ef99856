"""Core models from specs."""

from typing import Any

import keras
import numpy as np
import pytest

from models_lib.build.model import InputTensor, build_core
from models_lib.build.objects import MODULES, SETTLED_BY_SHAPE, UnknownObject, construct, find_object
from models_lib.spec.catalog import load_catalog
from models_lib.spec.objects import KerasObject
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec


def _build(text: str, **shapes: tuple[int, ...]) -> keras.Model:
    inputs = "".join(f"\n  {name}: {{columns: [{name}]}}" for name in shapes)
    spec = resolve_spec(read_document(f"inputs:{inputs}\nmodel:\n{text}"), model_only=True).spec
    return build_core(spec.model, {name: InputTensor(shape, "float32") for name, shape in shapes.items()})


def test_a_layer_that_is_called_twice_shares_its_weights() -> None:
    core = _build(
        """
  kind: functional
  layers:
    - {name: out, layer: Subtract(), inputs: [twin, twin@2]}
    - {name: twin, layer: Dense(3), inputs: [[a], [b]]}
  outputs: out
""",
        a=(4,),
        b=(4,),
    )
    same = np.ones((1, 4), "float32")

    assert core.count_params() == 4 * 3 + 3
    assert np.asarray(core({"a": same, "b": same})).tolist() == [[0, 0, 0]]


def test_second_outputs_and_named_arguments_find_their_tensors() -> None:
    core = _build(
        """
  kind: functional
  layers:
    - {name: read, layer: 'LSTM(5, return_state=True)', inputs: x}
    - {name: spread, layer: RepeatVector(7), inputs: 'read:1'}
    - {name: look, layer: 'MultiHeadAttention(2, 4)', call: {query: spread, value: x, use_causal_mask: false}}
    - {name: out, layer: Concatenate(), inputs: [look, spread]}
  outputs: out
""",
        x=(7, 3),
    )

    assert core.output_shape == (None, 7, 10)


def test_several_inputs_of_a_stack_are_concatenated() -> None:
    core = _build("  kind: sequential\n  layers: [Dense(2)]\n", a=(3,), b=(4,))

    assert core.count_params() == 7 * 2 + 2
    assert set(core.input) == {"a", "b"}


def test_layers_are_frozen_one_by_one_and_by_glob_and_the_last_match_wins() -> None:
    core = _build(
        """
  kind: sequential
  layers:
    - {name: base_1, layer: Dense(2)}
    - {name: base_2, layer: Dense(2)}
    - {name: head, layer: Dense(2), trainable: false}
  trainable: {'base_*': false, base_2: true}
""",
        x=(2,),
    )

    assert [layer.trainable for layer in core.layers[1:]] == [False, True, False]


def test_outputs_go_by_their_layers_names() -> None:
    core = _build(
        """
  kind: functional
  layers:
    - {name: left, layer: Dense(1), inputs: x}
    - {name: right, layer: Dense(2), inputs: x}
  outputs: [right, left]
""",
        x=(2,),
    )

    assert {name: tensor.shape for name, tensor in core.output.items()} == {"right": (None, 2), "left": (None, 1)}


def test_only_catalog_names_can_be_constructed() -> None:
    for name in ("Lambda", "TFSMLayer", "__lambda__", "Layer", "os.system"):
        with pytest.raises(UnknownObject):
            construct("layer", KerasObject(class_name=name))


def test_nested_objects_are_constructed_in_their_own_families() -> None:
    """`L2` is a regularizer where a regularizer is taken; `MeanSquaredError` is a loss and a metric."""
    described = KerasObject(
        class_name="Dense",
        config={
            "units": 3,
            "activation": KerasObject(class_name="relu"),
            "kernel_regularizer": KerasObject(class_name="L2", config={"l2": 0.5}),
        },
    )

    layer = construct("layer", described, name="d")

    assert isinstance(layer.kernel_regularizer, keras.regularizers.L2)
    assert layer.activation is keras.activations.relu
    error = KerasObject(class_name="MeanSquaredError")
    assert isinstance(construct("loss", error), keras.losses.MeanSquaredError)
    assert isinstance(construct("metric", error), keras.metrics.MeanSquaredError)


def test_every_name_of_the_catalog_stands_for_something_of_keras() -> None:
    catalog = load_catalog()
    for family in MODULES:
        for name in set(catalog.names(family)) - SETTLED_BY_SHAPE:
            assert callable(find_object(family, name))


@pytest.mark.parametrize("family", ["initializer", "regularizer", "constraint", "activation", "optimizer"])
def test_every_name_of_a_family_that_needs_no_argument_can_be_constructed(family: Any) -> None:
    catalog = load_catalog()
    for name in catalog.names(family):
        entry = catalog.find(family, name)
        assert entry is not None
        if not any(argument.required for argument in entry.arguments.values()):
            construct(family, KerasObject(class_name=name))
