"""A package of a user's own, with something of every kind."""

OWN = '''
"""A loss, a layer, a metric, a callback, a transform and two models."""

import keras
import numpy as np
from keras import ops


def soften(by):
    def softened(y_true, y_pred):
        return by * ops.mean(ops.square(y_true - y_pred), axis=-1)

    return softened


def squash(x):
    return ops.tanh(x) * 0.5


def soft(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


class Scale(keras.layers.Layer):
    def __init__(self, start=1.0, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.start, self.activation = start, keras.activations.get(activation)

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer=keras.initializers.RandomNormal(self.start))

    def call(self, x):
        self.add_loss(0.01 * ops.sum(ops.square(self.scale)))
        return self.activation(x * self.scale)


class Noise(keras.callbacks.Callback):
    def __init__(self, size=0.01, log_dir=None):
        super().__init__()
        self.size, self.log_dir = size, log_dir

    def on_epoch_end(self, epoch, logs=None):
        kernel = self.model.trainable_variables[0]
        kernel.assign_add(self.size * np.random.normal(size=kernel.shape))


class Center(keras.layers.Layer):
    def build(self, shape):
        self.center = self.add_weight(shape=(shape[-1],), trainable=False)

    def adapt(self, data):
        self.build(data.shape)
        self.center.assign(np.mean(data, axis=0))

    def call(self, x):
        return x - self.center


class Two(keras.Model):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.hidden = keras.layers.Dense(units, activation="relu")
        self.drop = keras.layers.Dropout(0.2)
        self.heads = [keras.layers.Dense(1), keras.layers.Dense(1)]

    def call(self, inputs, training=None):
        shared = self.drop(self.hidden(inputs), training=training)
        return self.heads[0](shared), self.heads[1](shared)


class Heads(keras.Model):
    def __init__(self, units, activations, **kwargs):
        super().__init__(**kwargs)
        self.drop = keras.layers.Dropout(0.2)
        self.inner = keras.layers.Dense(6, activation=squash)
        self.heads = [keras.layers.Dense(n, activation=a) for n, a in zip(units, activations)]

    def call(self, *inputs, training=None):
        parts = inputs[0] if isinstance(inputs[0], (list, tuple)) else inputs
        shared = self.drop(self.inner(ops.concatenate(parts, axis=-1)), training=training)
        outputs = [head(shared) for head in self.heads]
        return tuple(outputs) if len(outputs) > 1 else outputs[0]


class Stepper(keras.Model):
    def __init__(self, bodies, noise, **kwargs):
        super().__init__(**kwargs)
        self.bodies, self.noise = bodies, noise
        self.last = keras.layers.Dense(1)

    def call(self, x):
        return self.last(sum(body(self.noise(x)) for body in self.bodies))

    def compile(self, body_optimizer, loss_fn):
        super().compile()
        self.body_optimizer, self.loss_fn = body_optimizer, loss_fn
        self.mean = keras.metrics.Mean(name="loss")

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            loss = ops.mean(self.loss_fn(y, self(x, training=True)))
        self.body_optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.mean.update_state(loss)
        return {"loss": self.mean.result()}
'''
