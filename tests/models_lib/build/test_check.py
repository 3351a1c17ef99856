"""Shapes, as Keras judges them."""

import time
from typing import Any

import numpy as np
import pytest

from models_lib.build.check import Checked, check_model
from models_lib.data.profile import profile_dataset
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from tests.models_lib.train.attempts import houses, write_table


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> DatasetProfile:
    path = write_table(tmp_path_factory.mktemp("data") / "houses.csv", houses(60))
    return profile_dataset(path, path.name)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> DatasetProfile:
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez(path, images=np.zeros((20, 8, 8, 1), "uint8"), digit=np.arange(20) % 10)
    return profile_dataset(path, path.name)


def _check(text: str, profile: DatasetProfile) -> Checked:
    spec = resolve_spec(read_document(text), {"houses": profile}).spec
    return check_model(spec, {"houses": profile})


def _stack(layers: list[str], target: str = "price", loss: str = "mse", metrics: str = "mae") -> str:
    listed = "".join(f"\n    - '{layer}'" for layer in layers)
    return f"""
dataset: houses
inputs: {{x: {{columns: [rooms, age], missing: median}}, place: {{column: place name}}}}
targets: {target}
model:
  kind: sequential
  layers:{listed}
compile: {{loss: '{loss}', metrics: ['{metrics}']}}
"""


def test_a_model_that_fits_is_summarised(profile: DatasetProfile) -> None:
    checked = _check(_stack(['Dense(8, activation="relu")', "Dense(1)"]), profile)

    assert (checked.faults, checked.warnings) == ((), ())
    assert checked.summary is not None
    # Two numbers, and three words beside the unknown one.
    assert [layer["output_shape"] for layer in checked.summary["layers"]] == [
        [None, 2],
        [None, 4],
        [None, 6],
        [None, 8],
        [None, 1],
    ]
    assert checked.summary["parameters"] == 6 * 8 + 8 + 8 + 1
    assert checked.summary["bytes"] == 65 * 4
    assert checked.summary["training_bytes"] > checked.summary["bytes"]


@pytest.mark.parametrize(
    ("layers", "at", "got", "needs"),
    [
        (["Dense(8)", "Conv2D(4, 3)", "Dense(1)"], 1, [None, 8], "at least 4 axes"),
        (["LSTM(4)", "Dense(1)"], 0, [None, 6], "3 axes"),
        (["Reshape([3, 3])", "Flatten()", "Dense(1)"], 0, [None, 6], "as many values as (3, 3)"),
        (["Reshape([3, 2])", "Conv1D(2, 5)", "Flatten()", "Dense(1)"], 1, [None, 3, 2], None),
        (["Dense(8)", "MaxPooling1D(2)", "Dense(1)"], 1, [None, 8], "3 axes"),
    ],
)
def test_a_layer_that_does_not_fit_is_named_with_what_it_got_and_needs(
    profile: DatasetProfile, layers: list[str], at: int, got: Any, needs: str | None
) -> None:
    [fault] = _check(_stack(layers), profile).faults

    assert (fault.pointer, fault.code, fault.found) == (f"/model/layers/{at}", "bad_shape", got)
    if needs is None:
        assert "zero or negative" in fault.message
    else:
        assert needs in fault.allowed


def test_every_branch_of_a_graph_is_judged(profile: DatasetProfile) -> None:
    text = """
dataset: houses
inputs: {x: {columns: [rooms, age], missing: median}, place: {column: place name}}
targets: {price: price}
model:
  kind: functional
  layers:
    - {name: sum, layer: Add(), inputs: [x, place]}
    - {name: narrow, layer: Dense(1), inputs: sum}
    - {name: steps, layer: Conv1D(2, 2), inputs: place}
    - {name: fine, layer: Dense(3), inputs: x}
    - {name: price, layer: Concatenate(), inputs: [narrow, fine, steps]}
  outputs: price
compile: {loss: mse}
"""
    text = text.replace("Conv1D(2, 2)", "'Conv1D(2, 2)'")

    faults = _check(text, profile).faults

    assert [(fault.pointer, fault.found) for fault in faults] == [
        ("/model/layers/0", [[None, 2], [None, 4]]),
        ("/model/layers/2", [None, 4]),
    ]
    assert "equal shapes" in faults[0].allowed


@pytest.mark.parametrize(
    ("layers", "target", "loss", "needs"),
    [
        (["Dense(4)", "Softmax()"], "grade", "categorical_crossentropy", [None, 3]),
        (["Dense(2)", "Softmax()"], "grade", "sparse_categorical_crossentropy", [None, 3]),
        (["Dense(3)", 'Activation("sigmoid")'], "rooms", "binary_crossentropy", [None, 1]),
    ],
)
def test_a_loss_that_does_not_fit_its_output_is_named_with_both_shapes(
    profile: DatasetProfile, layers: list[str], target: str, loss: str, needs: list[Any]
) -> None:
    text = _stack(layers, target, loss, "accuracy").replace("[rooms, age]", "[age]")

    [fault] = _check(text, profile).faults

    assert (fault.pointer, fault.code, fault.allowed) == ("/compile/loss", "bad_shape", needs)
    assert set(fault.found) == {"output", "target"}


def test_a_metric_that_does_not_fit_is_named(profile: DatasetProfile) -> None:
    text = _stack(["Dense(3)", "Softmax()"], "grade", "sparse_categorical_crossentropy", "F1Score()")

    [fault] = _check(text, profile).faults

    assert fault.pointer == "/compile/metrics"
    assert "F1Score" in fault.message


def test_a_metric_of_a_number_for_each_class_is_refused_with_the_mend(profile: DatasetProfile) -> None:
    text = _stack(["Dense(3)", "Softmax()"], "grade", "categorical_crossentropy", "F1Score()")

    [fault] = _check(text, profile).faults

    assert 'average="macro"' in fault.message


def test_categorical_crossentropy_on_numbers_of_classes_names_the_loss_that_takes_them(digits: DatasetProfile) -> None:
    def checked(loss: str) -> Checked:
        document = {
            "dataset": "d",
            "inputs": {"x": {"array": "images"}},
            "targets": "digit",
            "model": {"kind": "sequential", "layers": ["Flatten()", 'Dense(10, activation="softmax")']},
            "compile": {"loss": loss},
        }
        return check_model(resolve_spec(document, {"d": digits}).spec, {"d": digits})

    [fault] = checked("categorical_crossentropy").faults
    assert fault.did_you_mean == "sparse_categorical_crossentropy"
    assert fault.patch == [{"op": "replace", "path": "/compile/loss", "value": fault.did_you_mean}]
    assert checked(fault.did_you_mean).faults == ()
    [warning] = checked("kl_divergence").warnings
    assert "classes: auto" in warning.message


def test_a_target_that_keras_would_stretch_is_warned_of(profile: DatasetProfile) -> None:
    checked = _check(_stack(["Dense(3)"]), profile)

    assert checked.faults == ()
    assert ["stretch" in warning.message for warning in checked.warnings] == [True]


def test_arguments_that_keras_refuses_are_faults_of_their_layer(profile: DatasetProfile) -> None:
    [fault] = _check(_stack(["LeakyReLU(negative_slope=-3)", "Dense(1)"]), profile).faults

    assert fault.pointer == "/model/layers/0"
    assert "negative_slope" in fault.message


def test_a_curve_that_has_no_better_and_worse_needs_a_mode(profile: DatasetProfile) -> None:
    text = _stack(["Dense(1)"], "rooms", "mse", "TruePositives()").replace("[rooms, age]", "[age]")

    [fault] = _check(text + "fit: {monitor: val_true_positives}\n", profile).faults
    settled = _check(text + "fit: {monitor: val_true_positives, mode: max}\n", profile)

    assert (fault.pointer, fault.allowed) == ("/fit/mode", ["min", "max"])
    assert settled.faults == ()


def test_an_array_has_the_shape_that_its_profile_says(digits: DatasetProfile) -> None:
    text = """
dataset: houses
inputs: {images: {array: images, preprocess: Rescaling(1/16)}}
targets: {digit: {array: digit}}
model:
  kind: sequential
  layers: ['Conv2D(4, 3)', Flatten(), {name: digit, layer: 'Dense(10, activation="softmax")'}]
compile: {loss: sparse_categorical_crossentropy, metrics: [accuracy]}
"""
    checked = _check(text, digits)

    assert checked.faults == ()
    assert checked.summary is not None
    assert checked.summary["layers"][1]["output_shape"] == [None, 6, 6, 4]


def test_a_model_alone_is_checked_without_its_data() -> None:
    text = """
inputs: {x: {columns: [a, b, c]}}
model: {kind: sequential, layers: [Dense(4), 'Conv2D(4, 3)']}
"""
    spec = resolve_spec(read_document(text), model_only=True).spec

    [fault] = check_model(spec, None).faults

    assert (fault.pointer, fault.found) == ("/model/layers/1", [None, 4])


def test_fifty_layers_are_checked_in_half_a_second_without_their_weights(profile: DatasetProfile) -> None:
    """The bound is generous, since this machine does other things too; no weight means no gigabytes."""
    small = _stack(['Dense(64, activation="relu")', "BatchNormalization()"] * 25 + ["Dense(1)"])
    huge = _stack(["Dense(60_000)", "Dense(60_000)", "Dense(1)"])
    _check(small, profile)

    started = time.process_time()
    checked = _check(small, profile)
    spent = time.process_time() - started

    assert checked.faults == ()
    assert spent < 0.5
    [summary] = [_check(huge, profile).summary]
    assert summary is not None
    assert summary["bytes"] > 14 * 10**9
