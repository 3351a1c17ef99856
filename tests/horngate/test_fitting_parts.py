"""What `remote.fit` makes of its arguments before anything is sent."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from horngate.errors import FitRefused
from horngate.fitting.callbacks import describe_callbacks
from horngate.fitting.compiled import describe_compiled
from horngate.fitting.fit import Asked
from horngate.fitting.kept_arguments import kept_arguments
from horngate.fitting.models import describe_model
from horngate.fitting.naming import name_rows, settle_parts
from horngate.fitting.objects import MARK, OwnObjects
from horngate.fitting.sending import write_arrays
from horngate.fitting.sizes import settle_sizes
from horngate.fitting.structures import gather_rows
from tests.horngate import fitted_models as models

X, Y = np.ones((6, 2)), np.arange(6)


def test_arrays_are_typed_as_fit_types_them() -> None:
    rows = gather_rows({"a": X, "b": np.array(["x"] * 6, dtype=object)}, Y, None)
    assert rows.x["a"].dtype == "float32"
    assert rows.x["b"].dtype.kind == "U"
    assert rows.y.dtype == Y.dtype


def test_a_pipeline_that_shuffles_is_told_from_one_that_does_not() -> None:
    table = tf.data.Dataset.from_tensor_slices((X, Y))
    plain, mixed = table.batch(4), table.shuffle(6).batch(4).prefetch(1)
    assert (gather_rows(plain, None, None).batch_size, gather_rows(plain, None, None).is_shuffled) == (4, False)
    assert gather_rows(mixed, None, None).is_shuffled


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (None, Y, "x is missing"),
        (X, Y[:3], "y has 3 rows where x has 6"),
        (X * np.nan, Y, "x holds 12 values that are NaN"),
        ([[1, 2], [3, 4]], Y, "np.array"),
        ((row for row in X), Y, "x is a generator: .*steps_per_epoch"),
        (np.array([{}] * 6, dtype=object), Y, "give it a type"),
        (tf.ragged.constant([[1], [1, 2]]), Y, "pad it"),
        (tf.data.Dataset.from_tensor_slices((X, Y)).batch(2).repeat(), None, "never ends: .*steps_per_epoch"),
        (tf.data.Dataset.from_tensor_slices((X, Y)).batch(2), Y, "y comes out of the data set"),
        (
            tf.data.Dataset.zip((tf.data.Dataset.from_tensor_slices(X).batch(2), tf.data.Dataset.range(3).batch(1))),
            None,
            "y has 3 rows where x has 6: .* batched apart",
        ),
    ],
)
def test_data_that_cannot_be_sent_is_refused_with_the_argument_and_the_mend(x: Any, y: Any, said: str) -> None:
    with pytest.raises(FitRefused, match=said):
        gather_rows(x, y, None)


def test_epochs_that_would_run_out_of_rows_are_refused_with_one_that_fits() -> None:
    rows = gather_rows(X, Y, None)
    with pytest.raises(FitRefused, match=r"is 2, and x has 3 batches: .* such as 1"):
        settle_sizes(Asked(batch_size=2, epochs=2, steps_per_epoch=2), rows, None)
    assert settle_sizes(Asked(steps_per_epoch=2, epochs=2), rows, None)["batch_size"] == 3  # as Keras parts arrays

    with pytest.raises(FitRefused, match="ends after 3 batches, and 4 were asked for"):
        gather_rows(((X[at : at + 2], Y[at : at + 2]) for at in (0, 2, 4)), None, None, batches=4)


def test_parts_have_the_same_arrays_and_equal_ones_once() -> None:
    """An autoencoder's x is its y, in each part; weights of ones stand where only another part has some."""
    train = name_rows(gather_rows(X, X.copy(), np.arange(6.0)), None, None)
    held = name_rows(gather_rows(X[:2], X[:2].copy(), None), None, None)
    settle_parts([train, held])
    assert list(train.arrays) == list(held.arrays) == ["x", "sample_weight"]
    assert train.targets == held.targets == {"output": "x"}
    assert held.arrays["sample_weight"].tolist() == [1.0, 1.0]


def test_a_structure_that_is_not_the_models_is_refused_by_its_names() -> None:
    model = models.three_outputs()
    inputs = {tensor.name: tensor for tensor in model.inputs}
    with pytest.raises(FitRefused, match="x has no 'ape'"):
        name_rows(gather_rows({"zebra": X}, None, None), inputs, ("yak", "bee", "owl"))
    with pytest.raises(FitRefused, match="y is 2 arrays, and the model has 3: yak, bee, owl"):
        name_rows(gather_rows([X, X], [Y, Y], None), inputs, ("yak", "bee", "owl"))


def test_equal_arrays_make_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_arrays(tmp_path / name, {"x": X, "y": Y})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with np.load(tmp_path / "one", allow_pickle=False) as arrays:
        assert arrays["y"].tolist() == Y.tolist()


def test_callbacks_are_read_off_the_objects() -> None:
    watched = keras.callbacks.EarlyStopping("val_accuracy", patience=3, mode="max", min_delta=0.5)
    watched.set_model(models.classifier())
    described = describe_callbacks([watched, keras.callbacks.BackupAndRestore("x")], OwnObjects())
    [written] = described.written
    assert written["config"]["patience"] == 3
    assert written["config"]["min_delta"] == 0.5

    own = OwnObjects()
    [written] = describe_callbacks([models.Ratio("mine")], own).written
    assert written == {"class_name": f"{MARK}0", "config": {"word": "mine"}}
    assert own.found == [models.Ratio]


class Forgetful(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    def __init__(self, every: int) -> None:
        super().__init__()


@pytest.mark.parametrize(
    ("callback", "said"),
    [
        (
            keras.callbacks.ModelCheckpoint("x.keras", save_freq=7),
            "save_freq=7: leave save_freq out.*steps_per_epoch=7",
        ),
        (keras.callbacks.LearningRateScheduler(print), "LearningRateScheduler whose schedule is no plain function"),
        (Forgetful(3), "self.every = every"),
        (print, "no keras.callbacks.Callback"),
    ],
)
def test_callbacks_that_cannot_be_sent_are_refused_by_name(callback: Any, said: str) -> None:
    with pytest.raises(FitRefused, match=said):
        describe_callbacks([callback], OwnObjects())


def test_a_model_says_what_it_is_and_what_it_was_compiled_with() -> None:
    own = OwnObjects()
    model = models.three_outputs()
    described = describe_model(model, own)
    assert described.outputs == ("yak", "bee", "owl")
    compiled = describe_compiled(model, described.outputs, own)
    assert compiled["loss"] == {"yak": "mse", "bee": "mae", "owl": "mse"}
    assert compiled["optimizer"]["config"]["global_clipnorm"] == 1.0
    assert own.found == []

    lambdas = keras.Sequential(
        [keras.Input((2,)), keras.layers.Lambda(lambda x, k: x, arguments={"k": 1}), keras.layers.Dense(1)]
    )
    with pytest.raises(FitRefused, match=r"Lambda .* with arguments"):
        describe_model(lambdas, own)


def test_what_a_layer_was_given_and_cannot_say_is_refused_with_its_name() -> None:
    own, shared = OwnObjects(), layers.Dense(2)
    table = keras.Sequential([keras.Input((2,)), models.Table(X[:1])])
    with kept_arguments(own), pytest.raises(FitRefused, match="Table without a get_config, whose 'values' is a"):
        describe_model(table, own)

    inner = [models.Around(shared, keras.ops.tanh, name="one"), models.Around(shared, keras.ops.tanh)]
    with kept_arguments(own), pytest.raises(FitRefused, match="is a part of 'one', too"):
        describe_model(keras.Sequential([keras.Input((2,)), *inner]), own)
