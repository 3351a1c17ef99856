"""What factories make, and plain functions, wherever one may stand; and what a saved model keeps of them."""

from pathlib import Path

from tests.components.conftest import Shop
from tests.components.test_seed import load_alone, stack_of

SOURCE = """
from functools import partial

import keras
import tensorflow as tf


def scaled_normal(stddev, base=None):
    def initializer(shape, dtype=None):
        start = base(shape, dtype) if base is not None else tf.zeros(shape, dtype)
        return start + tf.ones(shape, dtype) * stddev
    return initializer


def leaky(slope):
    return lambda x: tf.where(x < 0, slope * x, x)


def _bounded(weights, low, high):
    return tf.clip_by_value(weights, low, high)


def between(low, high):
    return partial(_bounded, low=low, high=high)


class Head(keras.layers.Layer):
    def __init__(self, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.dense = keras.layers.Dense(4)

    def call(self, inputs):
        return self.activation(self.dense(inputs))


def halved(x):
    return x / 2


def centred(x):
    return x - tf.reduce_mean(x, axis=-1, keepdims=True)
"""
LAYERS = [
    "Dense(3, kernel_initializer=scaled_normal(0.25, base=Zeros()), kernel_constraint=makers.between(-1.0, high=1.0))",
    "Head(activation=leaky(0.5))",
    "makers.centred",
    "Dense(1, activation=leaky(0.25), bias_initializer=scaled_normal(0.5))",
]


def test_what_factories_make_stands_inside_layers_and_is_made_again_in_a_saved_model(
    shop: Shop, tmp_path: Path
) -> None:
    shop.upload("makers", SOURCE)
    run = shop.train(
        components=["makers", "robust"],
        inputs={"x": {"columns": ["a", "b", "c"], "preprocess": ["Rescaling(0.5)", "makers.halved", "leaky(0.1)"]}},
        model=stack_of(*LAYERS),
        compile={"optimizer": "sgd", "loss": "create_huber(2.0)", "metrics": ["mae"]},
        fit={"epochs": 1},
    )

    printed = load_alone(
        shop,
        run["id"],
        tmp_path,
        "first, head, _, last = model.get_layer('core').layers[-4:]\n"
        "print(first.kernel_initializer((1,), 'float32').numpy()[0], first.kernel_constraint(9.0).numpy())\n"
        "print(head.activation(-2.0).numpy(), last.activation(-2.0).numpy(), model.loss(0.0, 5.0).numpy())\n"
        "model.save('again.keras')\n"
        "keras.models.load_model('again.keras', custom_objects=custom_objects)\n",
    )
    assert printed.split() == ["0.25", "1.0", "-1.0", "-0.5", "8.0"]
    row = {"instances": [{"a": 1, "b": 2, "c": 0}]}
    answer = shop.http.post(f"/v1/runs/{run['id']}:predict", json=row)
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json()["predictions"][0], float)
