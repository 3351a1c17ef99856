"""The fused engine computes what Keras' own fit computes, bit for bit, whatever is trained."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, optimizers
from keras.optimizers import schedules

from models_lib.data.order import order
from models_lib.data.preparing import PreparedPart
from models_lib.data.profile import profile_dataset
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.failures import NonFinite
from models_lib.train.fitting import Fitted, fit_core
from models_lib.train.fused import pacing, trying
from models_lib.train.fused.choosing import choose_engine
from models_lib.train.fused.compiled import CompiledSteps
from models_lib.train.state import take_state
from models_lib.train.wishes import Wishes
from tests.models_lib.train.attempts import houses, write_table

ROWS, HELD, BATCH, EPOCHS = 85, 27, 16, 3
DRAW = np.random.default_rng(0)
IMAGES = DRAW.normal(size=(ROWS, 8, 8, 1)).astype("float32")
FLAT = IMAGES.reshape(ROWS, -1)[:, :12].copy()
WORDS = DRAW.integers(0, 20, (ROWS, 6))
CLASSES = DRAW.integers(0, 3, ROWS)
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
NUMBERS = FLAT[:, :1] * 2
WEIGHTS = DRAW.uniform(0.2, 2, ROWS).astype("float32")
SPARSE = "sparse_categorical_crossentropy"
SPEC = """
dataset: houses
seed: 5
targets: price
split: {{validation: 0.2}}
model: {{kind: sequential, layers: [Dense(1)]}}
compile: {{loss: mse{compiled}}}
fit: {{epochs: {epochs}, batch_size: {batch}, tensorboard: false, engine: {engine}, {more}}}
"""


class Penalty(layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """A loss and a metric of its own, inside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = keras.metrics.Mean(name="seen")

    def call(self, x: Any) -> Any:
        self.add_loss(1e-2 * keras.ops.mean(x**2))
        self.seen.update_state(keras.ops.mean(x))
        return x


class OwnStep(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """A training step of its own, whose logs are not the model's metrics."""

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss, "norms": {"gradient": tf.linalg.global_norm(gradients)}, "rows": tf.shape(x)[0]}


def _compiled(model: keras.Model, optimizer: Any = None, loss: Any = SPARSE, **more: Any) -> keras.Model:
    given = {"metrics": ["accuracy"], "jit_compile": False} | more
    model.compile(optimizer or optimizers.Adam(2e-3), loss, **given)
    return model


def _stack(*inner: Any, cls: Any = keras.Model, **compiled: Any) -> keras.Model:
    given = x = keras.Input((12,), name="x")
    for layer in inner or (layers.GaussianNoise(0.1), layers.Dense(8, "relu"), layers.BatchNormalization()):
        x = layer(x)
    x = layers.Dropout(0.3)(x)
    return _compiled(cls(given, layers.Dense(3, "softmax", dtype="float32", name="y")(x)), **compiled)


def _conv() -> keras.Model:
    given = x = keras.Input((8, 8, 1), name="x")
    for layer in (
        layers.RandomFlip(),
        layers.RandomRotation(0.1),
        layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2"),
        layers.MaxPooling2D(),
        layers.Flatten(),
    ):
        x = layer(x)
    return _compiled(keras.Model(given, layers.Dense(3, "softmax", name="y")(x)))


def _several() -> keras.Model:
    image, flat = keras.Input((8, 8, 1), name="image"), keras.Input((12,), name="flat")
    x = layers.Concatenate()([layers.Flatten()(layers.Conv2D(2, 3)(image)), layers.Dense(4, "tanh")(flat)])
    outputs = {"kind": layers.Dense(3, "softmax", name="kind")(x), "price": layers.Dense(1, name="price")(x)}
    model = keras.Model({"image": image, "flat": flat}, outputs)
    losses, curves = {"kind": SPARSE, "price": "mse"}, {"kind": ["accuracy"], "price": ["mae"]}
    return _compiled(model, loss=losses, loss_weights={"kind": 1.0, "price": 0.3}, metrics=curves)


def _words(*inner: Any, optimizer: Any = None) -> keras.Model:
    given = keras.Input((6,), dtype="int64", name="x")
    x = layers.Embedding(20, 4)(given)
    if inner:
        for layer in inner:
            x = layer(x)
    else:
        x = layers.GlobalAveragePooling1D()(layers.MultiHeadAttention(2, 4, dropout=0.1)(x, x))
    return _compiled(keras.Model(given, layers.Dense(3, "softmax", name="y")(x)), optimizer)


@dataclass(frozen=True)
class Case:
    """A model, and what is fed to it."""

    make: Callable[[], keras.Model]
    inputs: dict[str, Any] = field(default_factory=lambda: {"x": FLAT})
    targets: dict[str, Any] = field(default_factory=lambda: {"y": CLASSES})
    weights: dict[str, Any] = field(default_factory=dict)
    fit: str = ""
    compiled: str = ""
    policy: str = "float32"


CASES = {
    "augmentation, convolution, penalty": Case(_conv, {"x": IMAGES}),
    "several inputs and outputs": Case(_several, {"image": IMAGES, "flat": FLAT}, {"kind": CLASSES, "price": NUMBERS}),
    "counted metrics": Case(
        lambda: _stack(
            loss="categorical_crossentropy", metrics=["auc", keras.metrics.F1Score(average="macro", name="f1")]
        ),
        targets={"y": ONE_HOT},
    ),
    "weights of rows, several steps an execution": Case(
        lambda: _stack(weighted_metrics=["accuracy"], steps_per_execution=4), weights={"y": WEIGHTS}
    ),
    "losses and metrics inside": Case(lambda: _stack(layers.Dense(6), Penalty())),
    "a step of its own": Case(lambda: _stack(cls=OwnStep, metrics=None)),
    "accumulated gradients": Case(lambda: _stack(optimizer=optimizers.Adam(gradient_accumulation_steps=4))),
    "averaged weights": Case(
        lambda: _stack(optimizer=optimizers.Adam(use_ema=True, ema_overwrite_frequency=4)),
        compiled=", use_ema: true",
        fit="callbacks: [SwapEMAWeights(swap_on_epoch=True)]",
    ),
    "a schedule, clipped gradients, mixed_bfloat16": Case(
        lambda: _stack(optimizer=optimizers.AdamW(schedules.CosineDecay(3e-3, 12), global_clipnorm=1.0)),
        policy="mixed_bfloat16",
    ),
    "mixed_float16": Case(_stack, policy="mixed_float16"),
    "centred RMSprop, validated every second epoch": Case(
        lambda: _stack(optimizer=optimizers.RMSprop(1e-3, momentum=0.9, centered=True)), fit="validation_freq: 2"
    ),
    "recurrent, Lamb": Case(
        lambda: _words(
            layers.LSTM(4, dropout=0.2, return_sequences=True), layers.GRU(3), optimizer=optimizers.Lamb(1e-3)
        ),
        {"x": WORDS},
    ),
    "attention": Case(_words, {"x": WORDS}),
    "compiled by XLA": Case(lambda: _stack(layers.Dense(4, "relu"), jit_compile=True)),
    "falling rates, going back to the best": Case(
        _stack,
        fit="callbacks: ['ReduceLROnPlateau(patience=0, min_delta=0.5)', TerminateOnNaN()], "
        "early_stopping: {patience: 1, min_delta: 0.2, restore_best_weights: true}",
    ),
}


@pytest.fixture(scope="module")
def spec_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RunSpec]:
    path = write_table(tmp_path_factory.mktemp("data") / "houses.csv", houses(40, gaps=False))
    profile = profile_dataset(path, path.name)

    def make(engine: str, case: Case, *, exact: bool = True) -> RunSpec:
        more = ", ".join(filter(None, [case.fit, "" if exact else "exact: false"]))
        text = SPEC.format(engine=engine, more=more, compiled=case.compiled, epochs=EPOCHS, batch=BATCH)
        return resolve_spec(read_document(text), {"houses": profile}).spec

    return make


def _part(case: Case, rows: slice) -> PreparedPart:
    groups = (case.inputs, case.targets, case.weights)
    return PreparedPart(*({name: array[rows] for name, array in group.items()} for group in groups))


def _train(case: Case, spec: RunSpec, out: Path) -> tuple[keras.Model, Fitted, list[dict[str, Any]]]:
    keras.utils.set_random_seed(3)
    keras.config.set_dtype_policy(case.policy)
    core = case.make()
    keras.config.set_dtype_policy("float32")
    parts = {"train": _part(case, slice(None)), "validation": _part(case, slice(0, HELD))}
    batches = {name: Batches(core, part, BATCH) for name, part in parts.items()}
    said: list[dict[str, Any]] = []
    fitted = fit_core(core, spec, batches, out=out, report=said.append, wishes=Wishes())
    return core, fitted, said


def _of_kind(said: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    """The reports without what the clock says."""
    return [{key: value for key, value in r.items() if key != "seconds"} for r in said if r["kind"] in kinds]


@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_keras_computes(
    tmp_path: Path, spec_of: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Chunks of one, eight and more steps; weights, optimizer, seeds, metrics, curves and scores."""
    monkeypatch.setattr(pacing, "GROWTH", 2)
    case = CASES[name]
    plain, theirs, _ = _train(case, spec_of("keras", case), tmp_path / "keras")
    core, ours, said = _train(case, spec_of("auto", case), tmp_path / "fused")

    assert [report["name"] for report in _of_kind(said, "engine")] == ["fused"]
    assert (ours.history, ours.best, ours.last) == (theirs.history, theirs.best, theirs.last)
    assert (ours.ended_by, ours.restored_epoch) == (theirs.ended_by, theirs.restored_epoch)
    expected, found = take_state(plain, [], step=1).arrays, take_state(core, [], step=1).arrays
    assert len(expected) == len(found) > 0
    for (place, one), other in zip(expected.items(), found.values(), strict=True):
        assert np.array_equal(one, other, equal_nan=True), place


def _calm(*inner: Any, cls: Any = keras.Model, **compiled: Any) -> keras.Model:
    """Without a layer that draws random numbers: XLA draws others."""
    given = x = keras.Input((12,), name="x")
    for layer in inner:
        x = layer(x)
    return _compiled(cls(given, layers.Dense(3, "softmax", name="y")(x)), **compiled)


COMPILED = {
    "several inputs and outputs": CASES["several inputs and outputs"],
    "weights of rows, losses and metrics inside": Case(
        lambda: _calm(layers.Dense(6), Penalty(), weighted_metrics=["accuracy"]),
        weights={"y": WEIGHTS},
    ),
    "a step of its own": Case(lambda: _calm(cls=OwnStep, metrics=None)),
    "recurrent": Case(lambda: _words(layers.LSTM(4, return_sequences=True), layers.GRU(3)), {"x": WORDS}),
}


@pytest.mark.parametrize("name", COMPILED)
def test_xla_computes_what_keras_computes_within_rounding(
    tmp_path: Path, spec_of: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With its smaller last batch, in several calls."""
    monkeypatch.setattr(pacing, "GROWTH", 2)
    case = COMPILED[name]
    plain, theirs, _ = _train(case, spec_of("keras", case), tmp_path / "keras")
    core, ours, said = _train(case, spec_of("xla", case, exact=False), tmp_path / "xla")

    assert [report["name"] for report in _of_kind(said, "engine")] == ["xla"]
    assert ours.engine is not None
    assert ours.engine.is_compiled
    assert ours.history.keys() == theirs.history.keys()
    for curve, values in theirs.history.items():
        np.testing.assert_allclose(_numbers(ours.history[curve]), _numbers(values), rtol=2e-3, atol=1e-5)
    for one, other in zip(plain.get_weights(), core.get_weights(), strict=True):
        np.testing.assert_allclose(other, one, rtol=2e-3, atol=1e-4)


def _numbers(values: list[Any]) -> Any:
    return np.asarray([value["gradient"] if isinstance(value, dict) else value for value in values])


@pytest.mark.parametrize(("factor", "chosen"), [(3.0, "xla"), (0.5, "fused")])
def test_exact_false_has_xla_tried_and_leaves_no_trace_of_it(
    tmp_path: Path, spec_of: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch, factor: float, chosen: str
) -> None:
    """The clock is set: how fast XLA is on this machine is nothing that a test knows."""

    def clock(steps: Any, count: int) -> float:
        steps.run(0, count)
        return 100 * count * (1.0 if isinstance(steps, CompiledSteps) else factor)

    monkeypatch.setattr(trying, "_time", clock)
    case = CASES["accumulated gradients"]
    plain, theirs, _ = _train(case, spec_of("keras", case), tmp_path / "keras")
    core, ours, said = _train(case, spec_of("auto", case, exact=False), tmp_path / "tried")

    trying_it, engine = _of_kind(said, "engine")
    assert trying_it["name"] == "fused"  # what another attempt takes, where compiling ends this one
    assert engine["name"] == chosen
    assert f"{factor:.2g} times as fast" in engine["why"]
    if chosen == "fused":
        assert ours.history == theirs.history
        expected, found = take_state(plain, [], step=1).arrays, take_state(core, [], step=1).arrays
        assert all(np.array_equal(one, other) for one, other in zip(expected.values(), found.values(), strict=True))


def test_a_long_run_says_what_exact_false_would_gain_and_keeps_its_bits(
    tmp_path: Path, spec_of: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its second epoch; a run that is not long is not asked."""

    def clock(steps: Any, count: int) -> float:
        steps.run(0, count)
        return count * (1.0 if isinstance(steps, CompiledSteps) else 3.0)

    monkeypatch.setattr(trying, "_time", clock)
    case = CASES["averaged weights"]
    plain, theirs, short = _train(case, spec_of("auto", case), tmp_path / "short")
    monkeypatch.setattr(trying, "LONG_SECONDS", 0)
    core, ours, long = _train(case, spec_of("auto", case), tmp_path / "long")

    assert [report["name"] for report in _of_kind(short, "engine")] == ["fused"]
    assert [report["kind"] for report in long if report["kind"] in ("engine", "epoch")] == [
        *("engine", "epoch", "epoch", "engine", "epoch"),
    ]
    assert "3 times as fast: exact: false would take it" in _of_kind(long, "engine")[-1]["why"]
    assert ours.history == theirs.history
    expected, found = take_state(plain, [], step=1).arrays, take_state(core, [], step=1).arrays
    assert all(np.array_equal(one, other) for one, other in zip(expected.values(), found.values(), strict=True))


def test_a_short_training_is_not_held_up_by_compiling(tmp_path: Path, spec_of: Callable[..., RunSpec]) -> None:
    _, _, said = _train(Case(_stack), spec_of("auto", Case(_stack), exact=False), tmp_path)

    *_, engine = _of_kind(said, "engine")
    assert engine["name"] == "fused"
    assert "compiling them with XLA could take longer" in engine["why"]


class InNumpy(layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Computed by Python in the middle of the graph."""

    def call(self, x: Any) -> Any:
        return tf.ensure_shape(tf.numpy_function(lambda given: given, [tf.stop_gradient(x)], x.dtype), x.shape)


def test_what_xla_cannot_compile_is_trained_without_it(tmp_path: Path, spec_of: Callable[..., RunSpec]) -> None:
    case = Case(lambda: _calm(InNumpy()))

    _, _, said = _train(case, spec_of("xla", case, exact=False), tmp_path)

    assert [report["name"] for report in _of_kind(said, "engine")] == ["fused"]
    (warned,) = _of_kind(said, "warning")
    assert (warned["code"], warned["pointer"]) == ("engine_not_fused", "/fit/engine")


class Listens(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Wants to be called at each batch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Nothing to do."""


class OwnFit(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """A way of its own to go through the epochs."""

    def fit(self, *given: Any, **more: Any) -> Any:
        return super().fit(*given, **more)


KERAS = {
    "asked for": (lambda: _stack(run_eagerly=False), "keras", None, "The spec asks for it."),
    "eager": (lambda: _stack(run_eagerly=True), "auto", None, "run_eagerly"),
    "a callback that hears batches": (_stack, "auto", Listens(), "Listens is called at each batch."),
    "a function for each batch": (
        _stack,
        "fused",
        keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None),
        "LambdaCallback is called at each batch.",
    ),
    "a fit of its own": (lambda: _stack(cls=OwnFit), "fused", None, "OwnFit has a fit of its own."),
}


@pytest.mark.parametrize("name", KERAS)
def test_what_needs_python_at_each_batch_takes_keras_and_says_why(spec_of: Callable[..., RunSpec], name: str) -> None:
    """Asked for by name it is told in a warning, since the numbers are the same."""
    make, engine, callback, why = KERAS[name]
    core, case, said = make(), Case(make), []
    batches = {"train": Batches(core, _part(case, slice(None)), BATCH)}

    chosen = choose_engine(core, spec_of(engine, case), batches, [callback] if callback else [], said.append)

    assert chosen is None
    assert said[0]["name"] == "keras"
    assert why in said[0]["why"]
    assert [report["code"] for report in said[1:]] == (["engine_not_fused"] if engine == "fused" else [])


def test_a_step_that_cannot_be_traced_takes_keras(spec_of: Callable[..., RunSpec]) -> None:
    class Untraceable(keras.Model):  # type: ignore[misc]  # Keras ships no types
        def train_step(self, data: Any) -> Any:
            raise TypeError("no graph of this")

    core, case, said = _stack(cls=Untraceable), Case(_stack), []
    batches = {"train": Batches(core, _part(case, slice(None)), BATCH)}

    assert choose_engine(core, spec_of("auto", case), batches, [], said.append) is None
    assert "no graph of this" in said[0]["why"]


@pytest.mark.parametrize("engine", ["fused", "xla"])
def test_a_loss_that_is_no_number_ends_the_training_at_its_batch(
    tmp_path: Path, spec_of: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """However many batches one call takes."""
    monkeypatch.setattr(pacing, "GROWTH", 1000)
    monkeypatch.setattr(pacing, "CHUNK_SECONDS", 1000)
    rows = order(5, 0, ROWS)
    weights = WEIGHTS.copy()
    weights[rows[3 * BATCH]] = np.nan
    case = Case(_stack, weights={"y": weights})

    with pytest.raises(NonFinite) as caught:
        _train(case, spec_of(engine, case, exact=engine == "fused"), tmp_path)

    assert (caught.value.epoch, caught.value.batch) == (1, 4)
