"""The doctor finds every planted fault at its line, and blames nobody who is sound."""

import inspect
import os
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import pytest

from models_lib.build.objects import find_object
from models_lib.components.describing import describe_object
from models_lib.components.doctor.examine import examine, examine_one, guess_family
from models_lib.components.doctor.findings import Examined, Finding
from models_lib.components.doctor.subjects import Subject
from models_lib.spec.catalog import load_catalog
from models_lib.spec.objects import Family
from tests.models_lib.components import faulty, planted, public, sound

FAMILIES = {
    keras.Model: "model",
    keras.layers.Layer: "layer",
    keras.losses.Loss: "loss",
    keras.metrics.Metric: "metric",
    keras.callbacks.Callback: "callback",
    keras.optimizers.schedules.LearningRateSchedule: "schedule",
    keras.regularizers.Regularizer: "regularizer",
}
FUNCTIONS = {
    "my_glorot_initializer": "initializer",
    "fixed_initializer": "initializer",
    "my_l1_regularizer": "regularizer",
    "vector_regularizer": "regularizer",
    "my_positive_weights": "constraint",
    "flat_constraint": "constraint",
    "batch_metric": "metric",
}
ACTIVATIONS = {
    "doubled_gradient",
    "my_softplus",
    "noisy_activation",
    "clocked_activation",
    "self_gated",
    "stable_softplus",
}


def family_of(name: str, value: Any) -> str:
    if isinstance(value, type):
        return next(family for base, family in FAMILIES.items() if issubclass(value, base))
    return FUNCTIONS.get(name, "activation" if name in ACTIVATIONS else "loss")


def examined(module: Any, name: str) -> tuple[list[Finding], Examined]:
    value = getattr(module, name)
    return examine_one(Subject(name, value, family_of(name, value), is_factory=name.startswith("create_")))


def examined_as_uploaded(module: Any, name: str) -> tuple[list[Finding], Examined]:
    """As the predictor's child does it: taken for what its description says."""
    value = getattr(module, name)
    described = describe_object(name, value)
    assert described is not None
    subject = Subject(name, value, described.families[0], is_factory=described.kind == "factory")
    if described.kind == "function":
        subject.family = guess_family(subject, described.families)
    return examine_one(subject)


def objects_of(module: Any) -> Iterator[str]:
    for name, value in vars(module).items():
        if callable(value) and getattr(value, "__module__", "") == module.__name__:
            yield name


# Name, the rule that finds it, and what stands on the line that is pointed at.
PLANTED = [
    ("mean_loss", "one-value-per-instance", "def mean_loss"),
    ("BareHuber", "config-lost", "class BareHuber"),
    ("create_huber", "factory-config", "def create_huber"),
    ("hard_loss", "no-gradient", "def hard_loss"),
    ("distance", "non-finite", "def distance"),
    ("bare_crossentropy", "non-finite", "def bare_crossentropy"),
    ("numpy_loss", "numpy-in-graph", "np.abs"),
    ("misspelled_loss", "raises", "reduce_men"),
    ("branching_loss", "python-branch-on-tensor", "if tf.reduce_mean"),
    ("doubled_gradient", "gradient", "custom_gradient"),
    ("my_softplus", "non-finite-gradient", "def my_softplus"),
    ("my_softplus", "non-finite", "def my_softplus"),
    ("noisy_activation", "traced-constant", "np.random.normal"),
    ("clocked_activation", "traced-constant", "time.time"),
    ("DiceNoise", "traced-constant", "random.random"),
    ("Printing", "tracing-side-effect", "print"),
    ("Counting", "tracing-side-effect", "class Counting"),
    ("Collecting", "tracing-side-effect", "kept.append"),
    ("Growing", "variables-created-in-call", "tf.Variable"),
    ("Looping", "python-loop", "range(200)"),
    ("OverRows", "python-loop-over-tensor", "for row in x"),
    ("Squeezing", "batch-of-one", "class Squeezing"),
    ("FixedBatch", "unknown-batch-size", "x.shape[0]"),
    ("LostUnits", "config-lost", "class LostUnits"),
    ("NoKwargs", "config", "class NoKwargs"),
    ("AlwaysNoise", "random-at-inference", "class AlwaysNoise"),
    ("HalfBlind", "mixed-precision", "tf.ones"),
    ("SilentWeight", "weight-without-gradient", "class SilentWeight"),
    ("Overflowing", "non-finite", "class Overflowing"),
    ("BatchMean", "metric-does-not-stream", "class BatchMean"),
    ("LastBatch", "metric-does-not-stream", "class LastBatch"),
    ("NeverReset", "metric-not-reset", "class NeverReset"),
    ("batch_metric", "metric-mean-of-batches", "def batch_metric"),
    ("vector_regularizer", "regularizer", "def vector_regularizer"),
    ("flat_constraint", "constraint", "def flat_constraint"),
    ("fixed_initializer", "initializer", "def fixed_initializer"),
    ("BadCallback", "raises", 'logs["val_acc"]'),
    ("scaled_loss", "retracing", "tf.function"),
    ("WrongSchedule", "python-branch-on-tensor", "if step < 100"),
]


@pytest.mark.parametrize(("name", "rule", "line"), PLANTED, ids=[f"{name}-{rule}" for name, rule, _ in PLANTED])
def test_a_planted_fault_is_found_at_its_line_with_advice(name: str, rule: str, line: str) -> None:
    findings, _ = examined(faulty, name)

    found = next((finding for finding in findings if finding.rule == rule), None)
    assert found is not None, [finding.rule for finding in findings]
    assert line in inspect.getsource(faulty).splitlines()[(found.line or 0) - 1]
    assert name in found.message or "(…)" in found.message or "for …" in found.message
    assert found.advice.endswith((".", ")"))


def test_each_object_with_a_fault_has_a_line_in_the_table() -> None:
    assert set(objects_of(faulty)) == {name for name, _, _ in PLANTED}


RULES = dict(re.findall(r"^(?:class|def) (\w+).*  # ([a-z1-9-]+)$", inspect.getsource(planted), re.MULTILINE))


def test_each_planted_object_has_its_rule_beside_it() -> None:
    made = {"forgetful_square", "tempered"}  # by decorators: of no module, or another

    assert set(RULES) == set(objects_of(planted)) | made
    assert len(RULES) >= 45


@pytest.mark.parametrize("name", RULES)
def test_a_fault_found_in_the_wild_is_found_here(name: str) -> None:
    findings, _ = examined_as_uploaded(planted, name)

    found = next((finding for finding in findings if finding.rule == RULES[name]), None)
    assert found is not None, [(finding.rule, finding.message) for finding in findings]
    assert found.line is not None
    assert found.advice


def test_a_function_without_source_is_told() -> None:
    findings, _ = examined(faulty, "hidden_loss")

    assert [finding.rule for finding in findings] == ["source-not-available"]


@pytest.mark.parametrize("name", list(objects_of(sound)))
def test_of_a_sound_object_the_doctor_has_nothing_to_say(name: str) -> None:
    findings, about = examined(sound, name)

    assert findings == []
    assert about.not_checked is None


SAID_OF_PUBLIC = {"Sampling": ["mixed-precision"]}
"""keras.io's own draws float32 numbers whatever it is given, and fails under mixed_float16."""


@pytest.mark.parametrize("name", list(objects_of(public)))
def test_what_people_put_on_top_of_keras_is_not_blamed(name: str) -> None:
    findings, about = examined_as_uploaded(public, name)

    blamed = [finding for finding in findings if finding.severity != "info"]
    assert [finding.rule for finding in blamed] == SAID_OF_PUBLIC.get(name, []), blamed
    assert about.not_checked is None


KERAS_OWN = [
    *[("loss", name) for name in ("MeanSquaredError", "Huber", "BinaryCrossentropy", "CategoricalCrossentropy")],
    *[("loss", name) for name in ("SparseCategoricalCrossentropy", "KLDivergence", "Poisson", "Dice", "LogCosh")],
    *[("metric", name) for name in ("AUC", "Precision", "F1Score", "R2Score", "SparseTopKCategoricalAccuracy")],
    *[("metric", name) for name in ("MeanIoU", "CosineSimilarity", "RootMeanSquaredError", "PrecisionAtRecall")],
    *[("layer", name) for name in ("Dense", "Conv2D", "BatchNormalization", "LayerNormalization", "LSTM", "Embedding")],
    *[("layer", name) for name in ("Dropout", "GaussianNoise", "Concatenate", "Softmax", "AveragePooling3D", "PReLU")],
    *[("layer", name) for name in ("MultiHeadAttention", "LSTMCell", "SpectralNormalization", "Dot", "RandomInvert")],
    *[("activation", name) for name in ("relu", "exponential", "softmax", "softplus", "glu", "threshold", "sparsemax")],
    *[("callback", name) for name in ("SwapEMAWeights", "CSVLogger")],
]
QUICK: tuple[Family, ...] = ("loss", "regularizer", "constraint", "initializer", "schedule", "optimizer")
SLOW: tuple[Family, ...] = ("metric", "activation", "layer", "callback")
SETTLED_BY_SHAPE = ("accuracy", "crossentropy")
MADE_WITH: Mapping[str, Mapping[str, Any]] = {
    "LossScaleOptimizer": {"inner_optimizer": keras.optimizers.SGD()},
    "Bidirectional": {"layer": keras.layers.LSTM(4)},
    "CategoryEncoding": {"num_tokens": 4},
    "GroupNormalization": {"groups": 2},
    "RandomPosterization": {"factor": 4},
}


def whole_catalog() -> Iterator[tuple[str, str]]:
    """Of the quick families all, of the slow ones a few by a seed; all of all with HORNGATE_SWEEP=all."""
    catalog = load_catalog()
    quick, slow = (
        [(family, name) for family in families for name in catalog.names(family) if name not in SETTLED_BY_SHAPE]
        for families in (QUICK, SLOW)
    )
    yield from quick
    yield from slow if os.environ.get("HORNGATE_SWEEP") == "all" else random.Random(29).sample(slow, 6)


EXAMINED = list(dict.fromkeys([*KERAS_OWN, *whole_catalog()]))


@pytest.mark.parametrize(("family", "name"), EXAMINED, ids=[f"{family}-{name}" for family, name in EXAMINED])
def test_keras_own_objects_are_not_blamed(family: Any, name: str) -> None:
    subject = Subject(name, find_object(family, name), family, config=MADE_WITH.get(name, {}))

    findings, _ = examine_one(subject)

    assert [finding for finding in findings if finding.severity != "info"] == []


def test_what_a_subclass_takes_over_from_keras_is_not_its_author_s_fault() -> None:
    """Keras forgets the gain itself: told, and no error."""

    class Gained(keras.initializers.Identity):
        pass

    findings, _ = examine_one(Subject("Gained", Gained, "initializer"))

    assert [(finding.rule, finding.severity) for finding in findings] == [("config-lost", "info")]


def test_the_mended_softplus_passes_and_is_told_what_remains() -> None:
    import tensorflow as tf

    @tf.custom_gradient
    def my_better_softplus(z: Any) -> Any:
        exp = tf.exp(z)

        def my_softplus_gradients(grad: Any) -> Any:
            return grad / (1 + 1 / exp)

        return tf.math.log(exp + 1), my_softplus_gradients

    report = examine([Subject("my_better_softplus", my_better_softplus, "activation")])

    assert report.ok
    assert [(finding.rule, finding.severity) for finding in report.findings] == [("non-finite", "warning")]


def test_the_report_says_what_eager_costs_and_whether_xla_compiles_and_shows_autograph_code() -> None:
    report = examine([Subject("MyDense", sound.MyDense, "layer")], code=["MyDense"])

    [about] = report.to_json()["objects"]
    assert about["xla"] is True
    assert about["eager_slowdown"] > 0
    assert "ag__" in report.code["MyDense"]


def test_arguments_that_the_author_gives_are_used() -> None:
    """A layer that cannot be made by guessing is examined with them, and else says that it was not."""
    subject = Subject("CategoryEncoding", keras.layers.CategoryEncoding, "layer")
    assert "num_tokens" in str(examine_one(subject)[1].not_checked)

    findings, about = examine_one(
        Subject("CategoryEncoding", keras.layers.CategoryEncoding, "layer", config={"num_tokens": 4})
    )
    assert ([finding for finding in findings if finding.severity != "info"], about.not_checked) == ([], None)


def test_what_a_function_of_one_tensor_is_meant_for_is_guessed() -> None:
    def guessed(name: str) -> str:
        families = ("activation", "regularizer", "constraint", "transform")
        return guess_family(Subject(name, getattr(sound, name), "activation"), families)

    assert guessed("my_l1_regularizer") == "regularizer"
    assert guessed("self_gated") == "activation"
