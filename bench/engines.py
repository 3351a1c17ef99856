"""An epoch by each engine against one of plain `model.fit`, in turns in one process. `python -m bench.engines 7`.

All train the same model on the same rows, one epoch after the other, so that a busy machine is busy for each.
"""

import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

from models_lib.data.order import order
from models_lib.data.preparing import PreparedPart
from models_lib.train.batches import Batches
from models_lib.train.devices import use_devices
from models_lib.train.fused.running import FusedEngine

BATCH, SEED = 32, 1
DRAW = np.random.default_rng(7)
SPARSE = "sparse_categorical_crossentropy"


@dataclass(frozen=True)
class Workload:
    """A model, compiled anew at each call, and what it is fed."""

    name: str
    make: Callable[[], keras.Model]
    inputs: dict[str, Any]
    target: Any
    batch: int = BATCH


class NoHooks:
    """What the engine asks of hooks where nobody listens."""

    batches_done, seconds_to_save = 0, math.inf

    def on_train_batch_end(self, batch: int, logs: Any) -> None:
        """Nothing to do."""

    def check_losses(self) -> None:
        """Nothing to do."""


class InTurns(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Times each epoch of `fit`, and after it one of each engine's."""

    def __init__(self, engines: Mapping[str, Callable[[int], None]]) -> None:
        super().__init__()
        self.seconds: dict[str, list[float]] = {name: [] for name in ("fit", *engines)}
        self._engines, self._began = engines, 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._note("fit")
        for name, train in self._engines.items():
            self._began = time.perf_counter()
            train(epoch)
            self._note(name)

    def _note(self, name: str) -> None:
        self.seconds[name].append(time.perf_counter() - self._began)


def measure(workload: Workload, rounds: int) -> InTurns:
    """The first epoch of each holds the tracing and does not count."""
    turns = InTurns({name: _engine(workload, name) for name in ("fused", "xla")})
    theirs = _make(workload)
    inputs = workload.inputs if len(workload.inputs) > 1 else workload.inputs["x"]
    theirs.fit(inputs, workload.target, batch_size=workload.batch, epochs=rounds + 1, verbose=0, callbacks=[turns])
    return turns


def _engine(workload: Workload, name: str) -> Callable[[int], None]:
    core = _make(workload)
    batches = Batches(core, PreparedPart(workload.inputs, {"y": workload.target}, {}), workload.batch)
    engine = FusedEngine(core, {"train": batches})
    if name == "xla":
        engine.use(engine.compile())

    def epoch(number: int) -> None:
        core.reset_metrics()
        batches.set_order(order(SEED, number, batches.rows))
        engine.train_epoch(NoHooks())

    return epoch


def _make(workload: Workload) -> keras.Model:
    keras.utils.set_random_seed(SEED)
    model = workload.make()
    model.optimizer.build(model.trainable_variables)
    return model


def _stack(given: Any, *inner: Any, optimizer: str = "adam", loss: str = "mse", **more: Any) -> keras.Model:
    x = given
    for layer in inner:
        x = layer(x)
    model = keras.Model(given, x)
    model.compile(optimizer, loss, jit_compile=False, **more)
    return model


def _housing(optimizer: str, *after: Callable[[], Any], width: int = 30) -> keras.Model:
    hidden = [layer for _ in range(2) for layer in (layers.Dense(width, "relu"), *(make() for make in after))]
    curves = ["mae"] if after else []
    return _stack(keras.Input((8,), name="x"), *hidden, layers.Dense(1, name="y"), optimizer=optimizer, metrics=curves)


def _wide_and_deep() -> keras.Model:
    wide, deep = keras.Input((5,), name="wide"), keras.Input((6,), name="deep")
    hidden = layers.Dense(30, "relu")(layers.Dense(30, "relu")(deep))
    model = keras.Model({"wide": wide, "deep": deep}, layers.Dense(1, name="y")(layers.Concatenate()([wide, hidden])))
    model.compile("adam", "mse", jit_compile=False)
    return model


def _embeddings() -> keras.Model:
    users, items = keras.Input((1,), name="users", dtype="int64"), keras.Input((1,), name="items", dtype="int64")
    towers = [layers.Flatten()(layers.Embedding(1000, 16)(given)) for given in (users, items)]
    hidden = layers.Dense(32, "relu")(layers.Concatenate()(towers))
    model = keras.Model({"users": users, "items": items}, layers.Dense(1, name="y")(hidden))
    model.compile("adam", "mse", jit_compile=False)
    return model


def _classifier(given: Any, *inner: Any, classes: int) -> keras.Model:
    return _stack(given, *inner, layers.Dense(classes, "softmax", name="y"), loss=SPARSE, metrics=["accuracy"])


def _digits() -> keras.Model:
    inner = layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(32, "relu")
    return _classifier(keras.Input((8, 8, 1), name="x"), *inner, classes=10)


def _lstm() -> keras.Model:
    return _stack(keras.Input((64, 1), name="x"), layers.LSTM(32), layers.Dense(1, name="y"))


def _text() -> keras.Model:
    inner = layers.Embedding(5000, 32), layers.GlobalAveragePooling1D(), layers.Dense(16, "relu")
    return _classifier(keras.Input((80,), name="x", dtype="int64"), *inner, classes=2)


def _autoencoder() -> keras.Model:
    inner = layers.Dense(32, "relu"), layers.Dense(8, "relu"), layers.Dense(32, "relu"), layers.Dense(64, name="y")
    return _stack(keras.Input((64,), name="x"), *inner)


def _pixels() -> keras.Model:
    return _classifier(keras.Input((784,), name="x"), layers.Dense(128, "relu"), classes=10)


def _floats(*shape: int) -> Any:
    return DRAW.normal(size=shape).astype("float32")


def _workloads() -> list[Workload]:
    houses = {"x": _floats(11_610, 8)}
    price, digits, series = _floats(11_610, 1), _floats(1_797, 8, 8, 1), _floats(1_000, 64, 1)
    pairs = {name: DRAW.integers(0, 1000, (8_000, 1)) for name in ("users", "items")}
    flat = digits.reshape(-1, 64)
    return [
        Workload("housing MLP, SGD", lambda: _housing("sgd"), houses, price),
        Workload("housing MLP, Adam", lambda: _housing("adam"), houses, price),
        Workload(
            "MLP, batch norm, dropout, metric",
            lambda: _housing("adam", layers.BatchNormalization, lambda: layers.Dropout(0.2)),
            houses,
            price,
        ),
        Workload("wide MLP 2 x 1024", lambda: _housing("adam", width=1024), {"x": houses["x"][:2_000]}, price[:2_000]),
        Workload("wide & deep", _wide_and_deep, {"wide": _floats(8_000, 5), "deep": _floats(8_000, 6)}, price[:8_000]),
        Workload("digits CNN", _digits, {"x": digits}, DRAW.integers(0, 10, 1_797)),
        Workload("LSTM 32, 64 steps", _lstm, {"x": series}, price[:1_000]),
        Workload("text, 80 words", _text, {"x": DRAW.integers(0, 5000, (4_000, 80))}, DRAW.integers(0, 2, 4_000)),
        Workload("embeddings, two towers", _embeddings, pairs, price[:8_000]),
        Workload("autoencoder", _autoencoder, {"x": flat}, flat),
        Workload(
            "MLP, 784 columns, batch 1024", _pixels, {"x": _floats(20_000, 784)}, DRAW.integers(0, 10, 20_000), 1024
        ),
    ]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    wanted = sys.argv[2:]
    use_devices(len(os.sched_getaffinity(0)))
    print(
        f"median ms of {rounds} epochs in turns, batch {BATCH} where nothing else is said; ratios of each pair to fit"
    )
    for workload in _workloads():
        if wanted and not any(word in workload.name for word in wanted):
            continue
        turns = measure(workload, rounds)
        fit = turns.seconds.pop("fit")[1:]
        told = [f"fit {statistics.median(fit) * 1000:8.1f}"]
        for name, seconds in turns.seconds.items():
            ratio = statistics.median(a / b for a, b in zip(fit, seconds[1:], strict=True))
            told.append(f"{name} {statistics.median(seconds[1:]) * 1000:7.1f} = {ratio:5.1f}x")
        print(f"{workload.name:34s} {'   '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
