"""Objects with one fault each, as they are really written; the doctor's tests name the rule that finds it."""

import random
import time

import keras
import numpy as np
import tensorflow as tf


def mean_loss(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred))


class BareHuber(keras.losses.Loss):
    def __init__(self, threshold=1.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold

    def call(self, y_true, y_pred):
        error = tf.abs(y_true - y_pred)
        return tf.where(error < self.threshold, error**2 / 2, self.threshold * error - self.threshold**2 / 2)


def create_huber(threshold=1.0):
    def huber_fn(y_true, y_pred):
        error = tf.abs(y_true - y_pred)
        return tf.where(error < threshold, error**2 / 2, threshold * error - threshold**2 / 2)

    return huber_fn


def hard_loss(y_true, y_pred):
    return tf.cast(tf.cast(y_pred, tf.int32), tf.float32) - y_true


def distance(y_true, y_pred):
    return tf.sqrt(tf.reduce_sum(tf.square(y_true - y_pred), axis=-1))


def bare_crossentropy(y_true, y_pred):
    return -tf.reduce_sum(y_true * tf.math.log(y_pred) + (1 - y_true) * tf.math.log(1 - y_pred), axis=-1)


def numpy_loss(y_true, y_pred):
    return np.abs(y_true - y_pred).mean(axis=-1)


def misspelled_loss(y_true, y_pred):
    return tf.reduce_men(tf.square(y_true - y_pred), axis=-1)


def branching_loss(y_true, y_pred):
    error = tf.reduce_mean(tf.abs(y_true - y_pred), axis=-1)
    if tf.reduce_mean(error) > 1:
        return error
    return error * error


@tf.custom_gradient
def doubled_gradient(x):
    def backwards(upstream):
        return 2 * upstream * (1 - tf.tanh(x) ** 2)

    return tf.tanh(x), backwards


def my_softplus(z):
    return tf.math.log(tf.exp(z) + 1.0)


def noisy_activation(x):
    return x + np.random.normal()


def clocked_activation(x):
    return x * (1 + 0 * time.time())


class DiceNoise(keras.layers.Layer):
    def call(self, x):
        return x * random.random()


class Printing(keras.layers.Layer):
    def call(self, x):
        print("called")  # noqa: T201 - that is its fault
        return x * 2


class Counting(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = 0

    def call(self, x):
        self.calls += 1
        return x * 2


class Growing(keras.layers.Layer):
    def call(self, x):
        offset = tf.Variable(tf.ones(x.shape[1:]))
        return x + offset


class Looping(keras.layers.Layer):
    def call(self, x):
        total = 0.0 * x
        for _ in range(200):
            total = total + x / 200
        return total


class OverRows(keras.layers.Layer):
    def call(self, x):
        return tf.stack([row * 2 for row in x])


class Squeezing(keras.layers.Layer):
    def call(self, x):
        return tf.squeeze(keras.ops.mean(x, axis=-1, keepdims=True))


class FixedBatch(keras.layers.Layer):
    def call(self, x):
        return tf.reshape(x, (x.shape[0], -1)) * 1.0


class LostUnits(keras.layers.Layer):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return x @ self.kernel

    def get_config(self):
        return super().get_config() | {"units": 4}


class NoKwargs(keras.layers.Layer):
    def __init__(self, units=4):
        super().__init__()
        self.units = units

    def call(self, x):
        return x * self.units

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class AlwaysNoise(keras.layers.Layer):
    def call(self, x):
        return x + tf.random.normal(tf.shape(x))


class HalfBlind(keras.layers.Layer):
    def call(self, x):
        return x + tf.ones(tf.shape(x), tf.float32)


class SilentWeight(keras.layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 3))
        self.extra = self.add_weight(shape=(3,), name="extra")

    def call(self, x):
        return x @ self.kernel


class Overflowing(keras.layers.Layer):
    def call(self, x):
        return tf.exp(x) / tf.reduce_sum(tf.exp(x), axis=-1, keepdims=True)


class BatchMean(keras.metrics.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.batches = self.add_weight(name="batches", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(tf.reduce_mean(tf.abs(tf.cast(y_true, y_pred.dtype) - y_pred)))
        self.batches.assign_add(1)

    def result(self):
        return self.total / self.batches


class LastBatch(BatchMean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign(tf.reduce_mean(tf.abs(tf.cast(y_true, y_pred.dtype) - y_pred)))
        self.batches.assign(1)


class NeverReset(BatchMean):
    def reset_state(self):
        pass

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(tf.reduce_sum(tf.abs(tf.cast(y_true, y_pred.dtype) - y_pred)))

    def result(self):
        return self.total


def batch_metric(y_true, y_pred):
    return tf.reduce_max(tf.abs(y_true - y_pred))


def vector_regularizer(weights):
    return 0.01 * tf.abs(weights)


def flat_constraint(weights):
    return tf.reshape(tf.nn.relu(weights), [-1])


def fixed_initializer(shape, dtype=None):
    return tf.zeros((2, 2), dtype)


class BadCallback(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        self.ratio = logs["val_acc"] / logs["acc"]


class WrongSchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate=0.1):
        self.rate = rate

    def __call__(self, step):
        if step < 100:
            return self.rate
        return self.rate / 10

    def get_config(self):
        return {"rate": self.rate}


@tf.function
def scaled_loss(y_true, y_pred, scale=1.0):
    return scale * tf.reduce_mean(tf.abs(y_true - y_pred), axis=-1)


kept = []


class Collecting(keras.layers.Layer):
    def call(self, x):
        kept.append(1)
        return x


made_by_exec = {}
exec("import tensorflow as tf\ndef hidden_loss(y_true, y_pred):\n    return tf.abs(y_true - y_pred)", made_by_exec)
hidden_loss = made_by_exec["hidden_loss"]
