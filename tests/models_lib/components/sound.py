"""Objects without a fault, the well-known ones of a Keras book among them: the doctor has nothing to say of any."""

import keras
import tensorflow as tf
from keras import ops, random


def huber_fn(y_true, y_pred):
    error = y_true - y_pred
    is_small_error = tf.abs(error) < 1
    squared_loss = tf.square(error) / 2
    linear_loss = tf.abs(error) - 0.5
    return tf.where(is_small_error, squared_loss, linear_loss)


class HuberLoss(keras.losses.Loss):
    def __init__(self, threshold=1.0, **kwargs):
        self.threshold = threshold
        super().__init__(**kwargs)

    def call(self, y_true, y_pred):
        error = y_true - y_pred
        is_small_error = tf.abs(error) < self.threshold
        squared_loss = tf.square(error) / 2
        linear_loss = self.threshold * tf.abs(error) - self.threshold**2 / 2
        return tf.where(is_small_error, squared_loss, linear_loss)

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


def my_glorot_initializer(shape, dtype=tf.float32):
    stddev = tf.sqrt(2.0 / (shape[0] + shape[1]))
    return tf.random.normal(shape, stddev=stddev, dtype=dtype)


def my_l1_regularizer(weights):
    return tf.reduce_sum(tf.abs(0.01 * weights))


def my_positive_weights(weights):
    return tf.where(weights < 0.0, tf.zeros_like(weights), weights)


class MyL1Regularizer(keras.regularizers.Regularizer):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, weights):
        return tf.reduce_sum(tf.abs(self.factor * weights))

    def get_config(self):
        return {"factor": self.factor}


class HuberMetric(keras.metrics.Metric):
    def __init__(self, threshold=1.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = tf.abs(tf.cast(y_true, y_pred.dtype) - y_pred)
        metric = tf.where(error < self.threshold, error**2 / 2, self.threshold * error - self.threshold**2 / 2)
        self.total.assign_add(tf.reduce_sum(metric))
        self.count.assign_add(tf.cast(tf.size(y_true), tf.float32))

    def result(self):
        return self.total / self.count

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


class MyDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, batch_input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=[batch_input_shape[-1], self.units], initializer="glorot_normal"
        )
        self.bias = self.add_weight(name="bias", shape=[self.units], initializer="zeros")
        super().build(batch_input_shape)

    def call(self, x):
        return self.activation(x @ self.kernel + self.bias)

    def get_config(self):
        config = super().get_config()
        return {**config, "units": self.units, "activation": keras.activations.serialize(self.activation)}


class Unwritten(keras.layers.Layer):
    """Keras itself notes the arguments of a layer that has no get_config."""

    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return x @ self.kernel


class MyMultiLayer(keras.layers.Layer):
    def call(self, x):
        x1, x2 = x
        return [x1 + x2, x1 * x2, x1 / (1.0 + tf.abs(x2))]


class MyGaussianNoise(keras.layers.Layer):
    def __init__(self, stddev, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, x, training=None):
        if training:
            return x + tf.random.normal(tf.shape(x), stddev=self.stddev, dtype=x.dtype)
        return x

    def get_config(self):
        return {**super().get_config(), "stddev": self.stddev}


class ResidualBlock(keras.layers.Layer):
    def __init__(self, n_layers, n_neurons, **kwargs):
        super().__init__(**kwargs)
        self.n_layers, self.n_neurons = n_layers, n_neurons
        self.hidden = [keras.layers.Dense(n_neurons, activation="elu") for _ in range(n_layers)]
        self.out = keras.layers.Dense(8)

    def build(self, shape):
        for layer in self.hidden:
            layer.build(shape)
            shape = (*shape[:-1], self.n_neurons)
        self.out.build(shape)

    def call(self, inputs):
        z = inputs
        for layer in self.hidden:
            z = layer(z)
        return inputs + self.out(z)

    def get_config(self):
        return {**super().get_config(), "n_layers": self.n_layers, "n_neurons": self.n_neurons}


class ResidualRegressor(keras.Model):
    def __init__(self, output_dim=1, **kwargs):
        super().__init__(**kwargs)
        self.output_dim = output_dim
        self.hidden1 = keras.layers.Dense(30, activation="elu", kernel_initializer="he_normal")
        self.block = ResidualBlock(2, 30)
        self.out = keras.layers.Dense(output_dim)

    def call(self, inputs):
        z = self.hidden1(inputs)[..., :8]
        for _ in range(1 + 3):
            z = self.block(z)
        return self.out(z)

    def get_config(self):
        return {**super().get_config(), "output_dim": self.output_dim}


class MyDropout(keras.layers.Layer):
    def __init__(self, rate=0.5, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.draws = random.SeedGenerator(seed)

    def call(self, x, training=False):
        return random.dropout(x, self.rate, seed=self.draws) if training else x

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


def self_gated(x):
    return x * ops.sigmoid(x)


def stable_softplus(z):
    return ops.where(z > 30.0, z, ops.log1p(ops.exp(ops.minimum(z, 30.0))))


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate=0.1, steps=100):
        self.rate = rate
        self.steps = steps

    def __call__(self, step):
        return self.rate * ops.minimum(ops.cast(step, "float32") / self.steps, 1.0)

    def get_config(self):
        return {"rate": self.rate, "steps": self.steps}


class GeneratorMonitor(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.generator(ops.ones((1, 4)))


class PrintValTrainRatioCallback(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        print(f"\nval/train: {logs['val_loss'] / logs['loss']:.2f}")  # noqa: T201 - the book's own


def absolute_error(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)
