"""What is trained: small models such as most people train, and rows for them. Imports Keras alone, of any backend."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

BATCH, SEED = 32, 1
DRAW = np.random.default_rng(7)
SPARSE = "sparse_categorical_crossentropy"
JIT = keras.backend.backend() == "jax"
"""TensorFlow's `fit` without XLA, as on every machine without a GPU; JAX has no other way."""


@dataclass(frozen=True)
class Workload:
    """A model, compiled anew at each call, and what it is fed."""

    name: str
    make: Callable[[], keras.Model]
    inputs: dict[str, Any]
    target: Any
    batch: int = BATCH


def make(workload: Workload) -> keras.Model:
    """The same model in each process, ready for its first step."""
    keras.utils.set_random_seed(SEED)
    model = workload.make()
    model.optimizer.build(model.trainable_variables)
    return model


def _stack(given: Any, *inner: Any, optimizer: str = "adam", loss: str = "mse", **more: Any) -> keras.Model:
    x = given
    for layer in inner:
        x = layer(x)
    model = keras.Model(given, x)
    model.compile(optimizer, loss, jit_compile=JIT, **more)
    return model


def _housing(optimizer: str, *after: Callable[[], Any], width: int = 30) -> keras.Model:
    hidden = [layer for _ in range(2) for layer in (layers.Dense(width, "relu"), *(make() for make in after))]
    curves = ["mae"] if after else []
    return _stack(keras.Input((8,), name="x"), *hidden, layers.Dense(1, name="y"), optimizer=optimizer, metrics=curves)


def _wide_and_deep() -> keras.Model:
    wide, deep = keras.Input((5,), name="wide"), keras.Input((6,), name="deep")
    hidden = layers.Dense(30, "relu")(layers.Dense(30, "relu")(deep))
    model = keras.Model({"wide": wide, "deep": deep}, layers.Dense(1, name="y")(layers.Concatenate()([wide, hidden])))
    model.compile("adam", "mse", jit_compile=JIT)
    return model


def _embeddings() -> keras.Model:
    users, items = keras.Input((1,), name="users", dtype="int64"), keras.Input((1,), name="items", dtype="int64")
    towers = [layers.Flatten()(layers.Embedding(1000, 16)(given)) for given in (users, items)]
    hidden = layers.Dense(32, "relu")(layers.Concatenate()(towers))
    model = keras.Model({"users": users, "items": items}, layers.Dense(1, name="y")(hidden))
    model.compile("adam", "mse", jit_compile=JIT)
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


def _transformer() -> keras.Model:
    """One block, as in Keras' own text example, with learned places."""
    tokens = keras.Input((32,), name="x", dtype="int64")
    places = layers.Embedding(32, 32)(keras.ops.arange(32))
    x = layers.Embedding(2000, 32)(tokens) + places
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 16)(x, x))
    x = layers.LayerNormalization()(x + layers.Dense(32)(layers.Dense(64, "relu")(x)))
    pooled = layers.GlobalAveragePooling1D()(x)
    model = keras.Model(tokens, layers.Dense(2, "softmax", name="y")(pooled))
    model.compile("adam", SPARSE, metrics=["accuracy"], jit_compile=JIT)
    return model


def _autoencoder() -> keras.Model:
    inner = layers.Dense(32, "relu"), layers.Dense(8, "relu"), layers.Dense(32, "relu"), layers.Dense(64, name="y")
    return _stack(keras.Input((64,), name="x"), *inner)


def _pixels() -> keras.Model:
    return _classifier(keras.Input((784,), name="x"), layers.Dense(128, "relu"), classes=10)


def _floats(*shape: int) -> Any:
    return DRAW.normal(size=shape).astype("float32")


def workloads() -> list[Workload]:
    houses = {"x": _floats(11_610, 8)}
    price, digits, series = _floats(11_610, 1), _floats(1_797, 8, 8, 1), _floats(1_000, 64, 1)
    pairs = {name: DRAW.integers(0, 1000, (8_000, 1)) for name in ("users", "items")}
    flat = digits.reshape(-1, 64)
    return [
        Workload("housing MLP, SGD", lambda: _housing("sgd"), houses, price),
        Workload("housing MLP, Adam", lambda: _housing("adam"), houses, price),
        Workload("housing MLP, Adam, batch 256", lambda: _housing("adam"), houses, price, 256),
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
        Workload(
            "transformer, 32 words",
            _transformer,
            {"x": DRAW.integers(0, 2000, (2_000, 32))},
            DRAW.integers(0, 2, 2_000),
        ),
        Workload("embeddings, two towers", _embeddings, pairs, price[:8_000]),
        Workload("autoencoder", _autoencoder, {"x": flat}, flat),
        Workload(
            "MLP, 784 columns, batch 1024", _pixels, {"x": _floats(20_000, 784)}, DRAW.integers(0, 10, 20_000), 1024
        ),
    ]
