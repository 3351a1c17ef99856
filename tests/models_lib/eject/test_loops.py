"""Training loops of a user's own leave with the run: their source, and a plain context that they are called with."""

from pathlib import Path

from tests.models_lib.eject.conftest import Alone, trained_digest
from tests.models_lib.train.attempts import houses, make_attempt, write_table

LOOPS = '''
"""Two loops: one over the service's batches, one over random ones of its own."""

import keras
import numpy as np
import tensorflow as tf


def train(model, data, context):
    @tf.function
    def step(x, y, weight=None):
        with tf.GradientTape() as tape:
            losses = context.loss(y["price"], model(x, training=True)["price"])
            loss = tf.reduce_mean(losses) + tf.add_n(model.losses)
        context.optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    for epoch in context.epochs:
        mean = keras.metrics.Mean()
        for batch in data.train:
            mean.update_state(step(*batch))
            context.report_step(loss=mean.result())
        context.report_epoch(loss=mean.result())


def by_hand(model, data, spec, context, momentum=0.5, size=8):
    own = context.keep("own", keras.optimizers.SGD(0.001, momentum=momentum))
    [metric] = context.metrics["price"]
    for epoch in range(context.initial_epoch, context.last_epoch):
        metric.reset_state()
        for _ in range(data.train.rows // size):
            at = np.random.randint(data.train.rows, size=size)
            with tf.GradientTape() as tape:
                predicted = model(data.train.x[at], training=True)
                loss = keras.ops.mean(context.losses["price"](data.train.y[at], predicted))
            gradients = tape.gradient(loss, model.trainable_variables)
            (own if spec["seed"] == 3 else context.optimizer).apply(gradients, model.trainable_variables)
            metric.update_state(data.train.y[at], predicted)
            if context.report_step({"loss": loss, "mae": metric.result()}):
                break
        if context.report_epoch(loss=loss, mae=metric.result()):
            return
'''
HEAD = """
dataset: houses
seed: 3
inputs: {numbers: {columns: [rooms, age], missing: mean, preprocess: 'Normalization()'}}
"""
JUDGED = """
targets: {price: {column: price, normalize: true}, sold: {column: sold, classes: auto}}
split: {validation: 0.2}
model:
  kind: functional
  layers:
    - {name: hidden, layer: 'Dense(6, "relu", kernel_regularizer=L2(1e-3))', inputs: numbers}
    - {name: dropped, layer: Dropout(0.3), inputs: hidden}
    - {name: price, layer: Dense(1), inputs: dropped}
    - {name: sold, layer: 'Dense(1, "sigmoid")', inputs: dropped}
  outputs: [price, sold]
compile: {optimizer: 'Adam(0.05)', loss: {price: huber, sold: bce}}
fit: {epochs: 20, loop: train, tensorboard: false, callbacks: ['ReduceLROnPlateau(patience=0, min_delta=1.0)'],
  early_stopping: {monitor: val_loss, patience: 2, min_delta: 0.05, restore_best_weights: true}}
"""
BY_HAND = """
targets: {price: {column: price, normalize: true}}
split: {validation: 0.0}
model: {kind: sequential, layers: [Dropout(0.1), {name: price, layer: Dense(1)}]}
compile: {loss: mse, metrics: [mae]}
fit: {epochs: 3, initial_epoch: 1, loop: {function: by_hand, config: {momentum: 0.9}}, tensorboard: false}
"""


def test_loops_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    table = write_table(tmp_path / "houses.csv", houses(90))
    for name, text in (("judged", JUDGED), ("by_hand", BY_HAND)):
        attempt = make_attempt(tmp_path / name, HEAD + text, {"houses": table}, components={"ejected_loops": LOOPS})

        assert alone.eject(attempt) == trained_digest(attempt)
        assert (attempt.artifacts / "eject" / "components" / "ejected_loops" / "__init__.py").exists()
    assert "momentum=0.9" in (attempt.artifacts / "eject" / "train.py").read_text()
