"""More objects with one fault each, as they are found in the wild; beside each the rule that must find it."""

import datetime
import pathlib

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def summed_loss(y_true, y_pred):  # one-value-per-instance
    return ops.sum(ops.square(y_true - y_pred))


class MeanDice(keras.losses.Loss):  # one-value-per-instance
    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)
        return 1 - (2 * ops.sum(y_true * y_pred) + 1) / (ops.sum(y_true) + ops.sum(y_pred) + 1)


class SmoothedLoss(keras.losses.Loss):  # config-lost
    def __init__(self, smoothing=0.1, from_logits=False, **kwargs):
        super().__init__(**kwargs)
        self.smoothing = smoothing
        self.from_logits = from_logits

    def call(self, y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred, self.from_logits, self.smoothing)

    def get_config(self):
        return {**super().get_config(), "smoothing": self.smoothing}


class ScaledMetric(keras.metrics.Metric):  # config-lost
    def __init__(self, scale=2.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(self.scale * ops.sum(ops.cast(y_true, "float32")))

    def result(self):
        return self.total

    def get_config(self):
        return super().get_config()


def argmax_loss(y_true, y_pred):  # no-gradient
    hit = ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1))
    return 1.0 - ops.cast(hit, "float32")


def root_of_error(y_true, y_pred):  # non-finite
    return ops.mean(ops.sqrt(ops.abs(y_true - y_pred)), axis=-1)


def bare_kl(y_true, y_pred):  # non-finite
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def relative_error(y_true, y_pred):  # non-finite
    return ops.mean(ops.square(y_true - y_pred) / ops.square(y_pred), axis=-1)


@tf.custom_gradient
def forgetful_square(x):  # gradient
    return x * x, lambda upstream: upstream * x


def naive_sigmoid(x):  # non-finite
    return ops.exp(x) / (1 + ops.exp(x))


def naive_log_cosh(y_true, y_pred):  # non-finite
    return ops.mean(ops.log((ops.exp(y_pred - y_true) + ops.exp(y_true - y_pred)) / 2), axis=-1)


class DatedScale(keras.layers.Layer):  # traced-constant
    def call(self, x):
        return x * datetime.datetime.now().microsecond  # noqa: DTZ005 - as it is written


class NumpyNoise(keras.layers.Layer):  # traced-constant
    def call(self, x, training=None):
        if training:
            return x + np.random.normal(size=x.shape[1:]).astype("float32")
        return x


class NumpyGenerator(keras.layers.Layer):  # traced-constant
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.generator = np.random.default_rng(1)

    def call(self, x):
        return x * self.generator.normal()


class Logging(keras.layers.Layer):  # tracing-side-effect
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seen = {}

    def call(self, x):
        self.seen["mean"] = ops.mean(x)
        return x


class GrowsInCall(keras.layers.Layer):  # variables-created-in-call
    def call(self, x):
        return x @ self.add_weight(shape=(x.shape[-1], 2))


class MakesLayers(keras.layers.Layer):  # variables-created-in-call
    def call(self, x):
        return keras.layers.Dense(3)(x)


class LongRange(keras.layers.Layer):  # python-loop
    def call(self, x):
        parts = []
        for i in range(x.shape[-1]):
            parts.append(x[..., i : i + 1] * i)  # noqa: PERF401 - as it is written
        return ops.concatenate(parts, axis=-1)


class CountsRows(keras.layers.Layer):  # python-loop-over-tensor
    def call(self, x):
        total = 0.0
        for i in range(tf.shape(x)[0]):
            total += x[i]
        return x + total


class Whiles(keras.layers.Layer):  # python-branch-on-tensor
    def call(self, x):
        while ops.max(x) > 1:
            x = x / 2
        return x


class ToNumpy(keras.layers.Layer):  # numpy-in-graph
    def call(self, x):
        return x - x.numpy().mean()


class HardBatch(keras.layers.Layer):  # unknown-batch-size
    def build(self, shape):
        self.bias = self.add_weight(shape=(shape[-1],))

    def call(self, x):
        return x + tf.tile(self.bias[None], [x.shape[0], 1])


class BatchWhitening(keras.layers.Layer):  # batch-of-one
    def call(self, x):
        middle = x - ops.mean(x, axis=0, keepdims=True)
        others = ops.cast(ops.shape(x)[0] - 1, x.dtype)
        return middle / ops.sqrt(ops.sum(ops.square(middle), axis=0, keepdims=True) / others)


class TrainingWanted(keras.layers.Layer):  # training-argument
    def call(self, x, training):
        return x * 2 if training else x


class AlwaysDrops(keras.layers.Layer):  # random-at-inference
    def call(self, x):
        return tf.nn.dropout(x, 0.5)


class FloatConstants(keras.layers.Layer):  # mixed-precision
    def build(self, shape):
        self.frequencies = tf.constant(np.arange(shape[-1]), tf.float32)

    def call(self, x):
        return tf.sin(x * self.frequencies)


class Hidden(keras.layers.Layer):  # saving
    def build(self, shape):
        self.kernel = tf.Variable(tf.random.normal((shape[-1], 3)))

    def call(self, x):
        return x @ self.kernel


class MeanOfAccuracies(keras.metrics.Metric):  # metric-does-not-stream
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.values = self.add_weight(name="values", initializer="zeros")
        self.updates = self.add_weight(name="updates", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = ops.abs(ops.cast(y_true, "float32") - y_pred)
        self.values.assign_add(ops.mean(error))
        self.updates.assign_add(1.0)

    def result(self):
        return self.values / self.updates


class PythonState(keras.metrics.Metric):  # metric-not-reset
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seen = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.append(float(ops.sum(ops.abs(ops.cast(y_true, "float32") - y_pred))))

    def result(self):
        return sum(self.seen)


class NoResult(keras.metrics.Metric):  # raises
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(ops.cast(y_true, "float32")))

    def result(self):
        return self.totl


def f1_metric(y_true, y_pred):  # metric-mean-of-batches
    hit = ops.sum(ops.round(ops.clip(y_true * y_pred, 0, 1)))
    precision = hit / (ops.sum(ops.round(ops.clip(y_pred, 0, 1))) + 1e-7)
    recall = hit / (ops.sum(ops.round(ops.clip(y_true, 0, 1))) + 1e-7)
    return 2 * precision * recall / (precision + recall + 1e-7)


class RowRegularizer(keras.regularizers.Regularizer):  # regularizer
    def __call__(self, x):
        return 0.01 * ops.sum(ops.square(x), axis=-1)


class DetachedRegularizer(keras.regularizers.Regularizer):  # no-gradient
    def __call__(self, x):
        return ops.sum(ops.stop_gradient(ops.abs(x)))


class ScalarConstraint(keras.constraints.Constraint):  # constraint
    def __call__(self, w):
        return ops.max(ops.abs(w))


class NanConstraint(keras.constraints.Constraint):  # constraint
    def __call__(self, w):
        return ops.log(w)


def untyped_initializer(shape):  # raises
    return ops.zeros(shape)


class DoubleInitializer(keras.initializers.Initializer):  # initializer
    def __call__(self, shape, dtype=None):
        return np.random.default_rng(1).normal(size=shape)


class NegativeSchedule(keras.optimizers.schedules.LearningRateSchedule):  # schedule
    def __init__(self, rate=0.1):
        self.rate = rate

    def __call__(self, step):
        return self.rate - 0.01 * ops.cast(step, "float32")

    def get_config(self):
        return {"rate": self.rate}


class IntegerSchedule(keras.optimizers.schedules.LearningRateSchedule):  # raises
    def __init__(self, rate=0.1):
        self.rate = rate

    def __call__(self, step):
        return self.rate * tf.math.sqrt(step)

    def get_config(self):
        return {"rate": self.rate}


class StillOptimizer(keras.optimizers.Optimizer):  # no-update
    def update_step(self, gradient, variable, learning_rate):
        variable - learning_rate * gradient


class PythonMomentum(keras.optimizers.Optimizer):  # graph-differs
    def __init__(self, learning_rate=0.1, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.turns = 0

    def update_step(self, gradient, variable, learning_rate):
        self.turns += 1
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * gradient / self.turns)


class BareOptimizer(keras.optimizers.Optimizer):  # config-lost
    def __init__(self, learning_rate=0.1, decay=0.5, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.decay = decay

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * gradient * self.decay)


class OldHooks(keras.callbacks.Callback):  # raises
    def on_epoch_end(self, epoch):
        self.last = epoch


class WrongAttribute(keras.callbacks.Callback):  # raises
    def on_train_batch_end(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.lr))


class ModelBranches(keras.Model):  # python-branch-on-tensor
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, x):
        y = self.dense(x)
        if tf.reduce_mean(y) > 0:
            return y
        return -y


class ModelGrows(keras.Model):  # variables-created-in-call
    def call(self, x):
        return keras.layers.Dense(3)(x)


class UnknownArgument(keras.layers.Layer):  # config
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, x):
        return x

    def get_config(self):
        return {**super().get_config(), "unit": self.units}


class Undropped(keras.layers.Layer):  # weight-without-gradient
    def build(self, shape):
        self.threshold = self.add_weight(shape=(), initializer="zeros", name="threshold")

    def call(self, x):
        return ops.where(x > self.threshold, x, 0.0)


@tf.function
def tempered(x, temperature=1.0):  # retracing
    return tf.nn.softmax(x / temperature)


def cosine_distance(y_true, y_pred):  # non-finite
    lengths = keras.ops.norm(y_true, axis=-1) * keras.ops.norm(y_pred, axis=-1)
    return 1 - keras.ops.sum(y_true * y_pred, axis=-1) / lengths


@tf.custom_gradient
def leaky_by_mistake(x):  # gradient
    return tf.nn.relu(x), lambda upstream: upstream * tf.cast(x > -1.0, x.dtype)


class UnitColumns(keras.constraints.Constraint):  # constraint
    def __call__(self, w):
        return w / keras.ops.norm(w, axis=0)


class ReadsElsewhere(keras.layers.Layer):  # forbidden-call
    def call(self, x):
        return x * float(pathlib.Path("/nowhere/scale.txt").read_text())
