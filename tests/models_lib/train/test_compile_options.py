"""What `compile` and the layers say of training reaches Keras: equal to a plain script, and other than without it."""

import csv
import functools
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, optimizers

from models_lib.build.check import check_model
from models_lib.data import order
from models_lib.data.profile import profile_dataset
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from models_lib.train.checkpoints import read_checkpoint
from tests.models_lib.train.attempts import Attempt, houses, make_attempt, write_table
from tests.models_lib.train.test_resuming import Killed, _kill_after

ROWS, EPOCHS = 90, 2
SPEC = """
dataset: houses
seed: 5
inputs: {{x: {{columns: [rooms, age], preprocess: null}}}}
targets: price
split: {{validation: 0}}
model:
  kind: functional
  layers:
    - {{name: hidden, layer: 'Dense(6, activation="tanh"{hidden})', inputs: x}}
    - {{name: price, layer: Dense(1), inputs: hidden}}
  outputs: price
compile: {{loss: mse, {compiled}}}
fit: {{epochs: 2, batch_size: 32, tensorboard: false}}
"""
PLAIN = "optimizer: SGD(0.01)"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = houses(ROWS, gaps=False)
    columns["price"] = [price / 50_000 for price in columns["price"]]
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", columns)


def _train(folder: Path, table: Path, compiled: str = PLAIN, hidden: str = "") -> tuple[Attempt, list[Any]]:
    attempt = make_attempt(folder, SPEC.format(compiled=compiled, hidden=hidden), {"houses": table})
    attempt.train()
    return attempt, _core(attempt).get_weights()


def _core(attempt: Attempt) -> Any:
    return keras.models.load_model(attempt.artifacts / "model.keras").get_layer("core")


def _script(table: Path, optimizer: Any, hidden: dict[str, Any], policy: str, **compiled: Any) -> tuple[Any, list[Any]]:
    """The plain script: history and weights."""
    with table.open() as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row["rooms"]), float(row["age"])] for row in rows], "float32")
    y = np.array([[float(row["price"])] for row in rows], "float32")
    keras.utils.set_random_seed(5)
    keras.config.set_dtype_policy(policy)
    inputs = keras.Input((2,), name="x")
    h = layers.Dense(6, activation="tanh", name="hidden", **hidden)(inputs)
    model = keras.Model(inputs, layers.Dense(1, name="price")(h))
    model.compile(optimizer() if callable(optimizer) else optimizer, "mse", jit_compile=False, **compiled)
    keras.config.set_dtype_policy("float32")
    losses: list[float] = []
    for epoch in range(EPOCHS):
        at = order(5, epoch, ROWS)
        history = model.fit(
            x[at], y[at], batch_size=32, shuffle=False, verbose=0, initial_epoch=epoch, epochs=epoch + 1
        )
        losses += history.history["loss"]
    return losses, model.get_weights()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory, table: Path) -> list[Any]:
    """The weights that come of nothing but SGD(0.01)."""
    return _train(tmp_path_factory.mktemp("plain") / "run", table)[1]


SGD, SCHEDULES = optimizers.SGD, optimizers.schedules
OPTIONS: dict[str, tuple[str, str, Any, dict[str, Any]]] = {
    "clipnorm": ("optimizer: 'SGD(0.01, clipnorm=0.5)'", "", lambda: SGD(0.01, clipnorm=0.5), {}),
    "clipvalue": ("optimizer: 'SGD(0.01, clipvalue=0.1)'", "", lambda: SGD(0.01, clipvalue=0.1), {}),
    "global": ("optimizer: SGD(0.01), global_clipnorm: 0.5", "", lambda: SGD(0.01, global_clipnorm=0.5), {}),
    "accumulation": (
        "optimizer: SGD(0.01), gradient_accumulation_steps: 3", "",
        lambda: SGD(0.01, gradient_accumulation_steps=3), {},
    ),
    "schedule": (
        "optimizer: 'SGD(ExponentialDecay(0.01, decay_steps=2, decay_rate=0.5))'", "",
        lambda: SGD(SCHEDULES.ExponentialDecay(0.01, 2, 0.5)), {},
    ),
    "activity": (PLAIN, ", activity_regularizer=L2(0.1)", lambda: SGD(0.01), {"activity_regularizer": "L2(0.1)"}),
    "constraint": (PLAIN, ", kernel_constraint=MaxNorm(0.3)", lambda: SGD(0.01), {"kernel_constraint": "MaxNorm(0.3)"}),
    "mixed": (f"{PLAIN}, dtype_policy: mixed_bfloat16", "", lambda: SGD(0.01), {"policy": "mixed_bfloat16"}),
    "scaled": (f"{PLAIN}, dtype_policy: mixed_float16", "", lambda: SGD(0.01), {"policy": "mixed_float16"}),
}  # fmt: skip
OBJECTS = {
    "L2(0.1)": lambda: keras.regularizers.L2(0.1), "MaxNorm(0.3)": lambda: keras.constraints.MaxNorm(0.3),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_does_what_it_does_in_keras(tmp_path: Path, table: Path, untouched: list[Any], name: str) -> None:
    compiled, hidden, optimizer, more = OPTIONS[name]
    policy = more.get("policy", "float32")
    arguments = {key: OBJECTS[value]() for key, value in more.items() if key != "policy"}

    attempt, weights = _train(tmp_path / "run", table, compiled, hidden)
    losses, wanted = _script(table, optimizer, arguments, policy)

    assert [metrics["loss"] for _, metrics in attempt.curves] == losses
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(weights, wanted, strict=True))
    assert not all(np.array_equal(ours, before) for ours, before in zip(weights, untouched, strict=True))


def test_the_average_of_the_weights_is_what_remains_of_use_ema(tmp_path: Path, table: Path) -> None:
    compiled = "optimizer: SGD(0.01), use_ema: true, ema_momentum: 0.5"
    _, weights = _train(tmp_path / "run", table, compiled)
    _, plain = _train(tmp_path / "plain", table)
    state = read_checkpoint(sorted((tmp_path / "run" / "out" / "checkpoints").glob("last-*"))[-1])
    averages = [array for name, array in state.arrays.items() if "average" in name]
    assert len(averages) == len(weights)
    assert not all(np.array_equal(ours, before) for ours, before in zip(weights, plain, strict=True))


def test_run_eagerly_calls_the_layers_at_every_step(tmp_path: Path, table: Path) -> None:
    """A graph calls them when it is traced and never again."""
    calls: dict[str, int] = {}

    def count(compiled: str) -> int:
        attempt = make_attempt(tmp_path / compiled[-4:], SPEC.format(compiled=compiled, hidden=""), {"houses": table})
        with pytest.MonkeyPatch.context() as patch:
            original = layers.Dense.call

            @functools.wraps(original)
            def call(layer: Any, *args: Any, **named: Any) -> Any:
                calls[compiled] = calls.get(compiled, 0) + 1
                return original(layer, *args, **named)

            patch.setattr(layers.Dense, "call", call)
            attempt.train()
        return calls[compiled]

    assert count(f"{PLAIN}, run_eagerly: true") - count(PLAIN) >= 2 * (2 * 3 - 1)


TWO = (
    "optimizer: {slow: {use: 'SGD(0.001, clipnorm=0.5)', layers: [hid*]}, "
    "fast: {use: 'Adam(ExponentialDecay(0.1, 2, 0.5))'}}"
)


def _two() -> Any:
    slow = SGD(0.001, clipnorm=0.5, name="slow")
    fast = optimizers.Adam(SCHEDULES.ExponentialDecay(0.1, 2, 0.5), name="fast")
    return optimizers.MultiOptimizer(lambda variable: slow if "hidden" in variable.path else fast)


def test_two_optimizers_train_their_own_layers_and_have_curves(tmp_path: Path, table: Path) -> None:
    attempt, weights = _train(tmp_path / "run", table, TWO)
    losses, wanted = _script(table, _two(), {}, "float32")
    assert [metrics["loss"] for _, metrics in attempt.curves] == losses
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(weights, wanted, strict=True))
    rates = [(m["learning_rate/slow"], round(m["learning_rate/fast"], 6)) for _, m in attempt.curves]
    assert [round(slow, 6) for slow, _ in rates] == [0.001, 0.001]
    assert [fast for _, fast in rates] == [round(0.1 * 0.5 ** (steps / 2), 6) for steps in (3, 6)]


def test_two_optimizers_go_on_from_a_checkpoint_as_if_nothing_had_happened(tmp_path: Path, table: Path) -> None:
    whole, weights = _train(tmp_path / "whole", table, TWO)
    text = SPEC.format(compiled=TWO, hidden="")
    first = make_attempt(tmp_path / "first", text, {"houses": table})
    with pytest.raises(Killed):
        first.train(hear=_kill_after(1))
    second = make_attempt(
        tmp_path / "second", text, {"houses": table}, resume=first.folder / "out/checkpoints/last-0001", attempt=2
    )
    second.train()
    assert second.curves == whole.curves[1:]
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(_core(second).get_weights(), weights, strict=True))


@pytest.mark.parametrize(
    ("optimizer", "pointer", "code"),
    [
        ("{a: {use: sgd, layers: ['hid*']}, b: {use: sgd, layers: ['*']}}", "/compile/optimizer/b/layers", "duplicate"),
        ("{a: {use: sgd, layers: ['hid*']}}", "/compile/optimizer", "missing"),
        ("{a: {use: 'SGD(clipnorm=1.0, clipvalue=1.0)'}}", "/compile/optimizer/a/use", "out_of_range"),
    ],
)
def test_weights_with_two_optimizers_or_none_are_refused(table: Path, optimizer: str, pointer: str, code: str) -> None:
    profiles = {"houses": profile_dataset(table, table.name)}
    spec = resolve_spec(read_document(SPEC.format(compiled=f"optimizer: {optimizer}", hidden="")), profiles).spec
    assert [(fault.pointer, fault.code) for fault in check_model(spec, profiles).faults] == [(pointer, code)]
