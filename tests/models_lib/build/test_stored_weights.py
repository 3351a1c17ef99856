"""Files of weights that Keras wrote elsewhere, put into models that are made here."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from models_lib.build.stored_weights import compare_weights, load_weights
from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset


def _two_heads(*, stack: type = keras.Sequential, named: bool = True, order: int = 1) -> keras.Model:
    """A tower, and two heads of one class and one shape, so that only their names or their order tell them apart."""
    keras.backend.clear_session()
    image = keras.Input((6, 6, 2))
    parts = [layers.Conv2D(3, 3, name="conv"), layers.BatchNormalization(name="norm"), layers.Flatten()]
    if stack is keras.Sequential:
        inner = keras.Sequential(parts, name="tower")
    else:
        inside = keras.Input((6, 6, 2))
        inner = keras.Model(inside, parts[2](parts[1](parts[0](inside))), name="tower")
    dropped = layers.Dropout(0.2)(inner(image))
    left = layers.Dense(2, name="left" if named else None)(dropped)
    right = layers.Dense(2, name="right" if named else None)(dropped)
    return keras.Model(image, [left, right][::order])


def _equal(one: keras.Model, other: keras.Model) -> bool:
    """Whether both have the same values; a stack says its own name before those of its layers."""
    held = {weight.path.removeprefix("tower/"): weight.numpy() for weight in one.weights}
    return all(np.array_equal(weight.numpy(), held[weight.path.removeprefix("tower/")]) for weight in other.weights)


@pytest.mark.parametrize("file", ["model.weights.h5", "model.keras", "legacy.h5"])
def test_every_layout_of_keras_is_loaded_into_an_equal_model(tmp_path: Path, file: str) -> None:
    source = _two_heads()
    source.compile("adam", "mse")
    source.fit(np.ones((4, 6, 6, 2)), [np.ones((4, 2))] * 2, verbose=0)
    (source.save_weights if ".weights." in file else source.save)(tmp_path / file)
    profile = profile_dataset(tmp_path / file, file)
    model = _two_heads()

    assert profile.format == "weights"
    counts = [stored.count for stored in profile.weights if not stored.path.startswith("optimizer")]
    assert sum(counts) == 57 + 12 + 2 * 98
    assert compare_weights(model, profile, "/model/weights").unused == ()
    load_weights(model, tmp_path / file, profile, "/model/weights")
    assert _equal(source, model)


def test_a_stack_is_found_where_a_graph_stands_and_heads_by_their_names_whatever_their_order(tmp_path: Path) -> None:
    source, file = _two_heads(), tmp_path / "s.weights.h5"
    source.save_weights(file)
    model = _two_heads(stack=keras.Model, order=-1)

    load_weights(model, file, profile_dataset(file, file.name), "/model/weights")

    assert _equal(source, model)


def test_what_does_not_fit_is_told_by_its_layer_and_nothing_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "s.weights.h5"
    _two_heads().save_weights(file)
    inputs = keras.Input((6, 6, 2))
    flat = layers.Flatten()(layers.Conv2D(3, 5, name="conv")(inputs))
    model = keras.Model(inputs, layers.Dense(2, name="left")(flat))
    before = model.get_weights()

    with pytest.raises(DataFault) as raised:
        load_weights(model, file, profile_dataset(file, file.name), "/model/weights")

    messages = [fault.message for fault in raised.value.faults]
    assert any("'left' wants its kernel of shape (12, 2), and the file holds (48, 2)" in text for text in messages)
    assert {fault.pointer for fault in raised.value.faults} == {"/model/weights"}
    assert any("Layer 'conv' wants its kernel of shape (5, 5, 2, 3), and the file has no" in text for text in messages)
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))


def test_a_file_of_another_number_of_layers_is_refused_in_the_legacy_layout_too(tmp_path: Path) -> None:
    file = tmp_path / "legacy.h5"
    _two_heads().save(file)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])

    [fault] = compare_weights(model, profile_dataset(file, file.name), "/model/weights").faults

    assert (fault.found, fault.allowed) == (3, 1)


def test_what_the_file_holds_beside_the_model_is_told(tmp_path: Path) -> None:
    file = tmp_path / "s.weights.h5"
    source = _two_heads()
    source.save_weights(file)

    compared = compare_weights(source.get_layer("tower"), profile_dataset(file, file.name), "/x")

    assert compared.faults  # the tower of the file lies deeper
    whole: Any = keras.Model(source.input, source.output[0])
    assert len(compare_weights(whole, profile_dataset(file, file.name), "/x").unused) == 2
