"""Small runs of many kinds: each depends on what a careless resume would lose."""

from typing import Any

TABLE = "weather"
COMPONENT = "storms"
SOURCE = '''import signal

import keras


@keras.saving.register_keras_serializable("storms")
class Gust(keras.layers.Layer):
    """Noise in training alone, from a seed generator of its own."""

    def __init__(self, strength=0.1, **rest):
        super().__init__(**rest)
        self.strength = strength
        self.seeds = keras.random.SeedGenerator(11)

    def call(self, x, training=False):
        if not training:
            return x
        return x + self.strength * keras.random.normal(keras.ops.shape(x), seed=self.seeds)

    def get_config(self):
        return super().get_config() | {"strength": self.strength}


@keras.saving.register_keras_serializable("storms")
class Deaf(keras.layers.Layer):
    """Has its process ignore SIGTERM."""

    def build(self, shape):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def call(self, x):
        return x
'''
DENSE = 'Dense(12, activation="relu")'
KINDS: dict[str, dict[str, Any]] = {
    "plain": {"layers": [DENSE]},
    "dropout": {"layers": [DENSE, "Dropout(0.3)", DENSE], "optimizer": "RMSprop(0.003)"},
    "norm": {"layers": [DENSE, "BatchNormalization()", DENSE], "optimizer": "SGD(0.01, momentum=0.9, nesterov=True)"},
    "schedule": {"layers": [DENSE], "optimizer": "Adam(CosineDecay(0.01, 300))"},
    "plateau": {"layers": [DENSE, "GaussianNoise(0.1)"], "callbacks": ["ReduceLROnPlateau(patience=2, factor=0.5)"]},
    "stopping": {"layers": [DENSE], "early_stopping": {"patience": 2, "min_delta": 0.5, "restore_best_weights": True}},
    "averaged": {"layers": [DENSE, "Dropout(0.1)"], "more": {"optimizer": "AdamW(0.005, use_ema=True)"}},
    "component": {"layers": [DENSE, "storms.Gust(0.05)"]},
}
DEAF = {"layers": [DENSE, "storms.Deaf()"]}
"""Of no use in a storm: it can only be killed."""


def make_table() -> str:
    """200 rows, the same each time."""
    rows = [(i % 7, i % 5, (i * i) % 11) for i in range(200)]
    return "a,b,c,total\n" + "\n".join(f"{a},{b},{c},{a + 2 * b - c}" for a, b, c in rows) + "\n"


def make_spec(kind: str, *, epochs: int = 25, queue: str = "default", name: str | None = None) -> dict[str, Any]:
    said = DEAF if kind == "deaf" else KINDS[kind]
    fit: dict[str, Any] = {"epochs": epochs, "batch_size": 16, "tensorboard": False, "checkpoint": {"every": 0.5}}
    fit |= {name: said[name] for name in ("callbacks", "early_stopping") if name in said}
    return {
        "name": name or kind,
        "dataset": TABLE,
        "seed": 7,
        "inputs": {"x": {"columns": ["a", "b", "c"]}},
        "targets": {"total": {"column": "total"}},
        "split": {"validation": 0.2},
        "model": {"kind": "sequential", "layers": [*said["layers"], {"name": "total", "layer": "Dense(1)"}]},
        "compile": {"optimizer": said.get("optimizer", "Adam(0.01)"), "loss": "mse", **said.get("more", {})},
        "fit": fit,
        "queue": queue,
    }
