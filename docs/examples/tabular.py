"""Tables: embeddings that save memory, a mixture density network, an endpoint layer, and metrics and schedules of one's own."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


class QREmbedding(layers.Layer):
    """Quotient-remainder embedding: two small tables in place of one large one."""

    def __init__(self, vocabulary_size, embedding_dim, num_buckets, name=None):
        super().__init__(name=name)
        self.num_buckets = num_buckets
        self.q_embeddings = layers.Embedding(num_buckets, embedding_dim)
        self.r_embeddings = layers.Embedding(num_buckets, embedding_dim)

    def call(self, inputs):
        quotient_index = ops.floor_divide(inputs, self.num_buckets)
        remainder_index = ops.mod(inputs, self.num_buckets)
        quotient_embedding = self.q_embeddings(quotient_index)
        remainder_embedding = self.r_embeddings(remainder_index)
        return quotient_embedding * remainder_embedding


class MDEmbedding(layers.Layer):
    """Mixed dimension embedding: blocks of words with fewer and fewer dimensions."""

    def __init__(self, blocks_vocabulary, blocks_embedding_dims, base_embedding_dim, name=None):
        super().__init__(name=name)
        self.num_blocks = len(blocks_vocabulary)
        self.embedding_layers = [layers.Embedding(n, dim) for n, dim in zip(blocks_vocabulary, blocks_embedding_dims)]
        self.projections = [layers.Dense(base_embedding_dim, use_bias=False) for _ in blocks_embedding_dims]
        self.starts = [sum(blocks_vocabulary[:n]) for n in range(len(blocks_vocabulary))]
        self.sizes = list(blocks_vocabulary)

    def call(self, inputs):
        total = 0.0
        for n in range(self.num_blocks):
            inside = ops.logical_and(inputs >= self.starts[n], inputs < self.starts[n] + self.sizes[n])
            index = ops.clip(inputs - self.starts[n], 0, self.sizes[n] - 1)
            total += self.projections[n](self.embedding_layers[n](index)) * ops.cast(inside, "float32")[..., None]
        return total


class MDNRegressor(keras.Model):
    """A mixture of normal distributions, trained by its negative log-likelihood."""

    def __init__(self, components=3, units=16, **kwargs):
        super().__init__(**kwargs)
        self.components = components
        self.hidden = [layers.Dense(units, activation="tanh") for _ in range(2)]
        self.weights_of = layers.Dense(components, activation="softmax")
        self.means = layers.Dense(components)
        self.scales = layers.Dense(components, activation="softplus")

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return ops.concatenate([self.weights_of(x), self.means(x), self.scales(x) + 1e-3], axis=-1)


def mixture_negative_log_likelihood(y_true, y_pred):
    pi, mean, scale = ops.split(y_pred, 3, axis=-1)
    log_density = -0.5 * ops.square((y_true - mean) / scale) - ops.log(scale) - 0.5 * math.log(2 * math.pi)
    return -ops.logsumexp(ops.log(pi + 1e-8) + log_density, axis=-1)


class LogisticEndpoint(layers.Layer):
    """Takes targets as an input: its loss and its metric are inside."""

    def __init__(self, name=None):
        super().__init__(name=name)
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.accuracy_metric = keras.metrics.BinaryAccuracy(name="accuracy")

    def call(self, logits, targets=None, sample_weight=None):
        if targets is not None:
            loss = self.loss_fn(targets, logits, sample_weight)
            self.add_loss(loss)
            self.accuracy_metric.update_state(targets, logits, sample_weight)
        return ops.sigmoid(logits)


def make_endpoint_model(n_features=3):
    inputs = keras.Input((n_features,), name="inputs")
    logits = layers.Dense(1)(inputs)
    targets = keras.Input((1,), name="targets")
    predictions = LogisticEndpoint(name="predictions")(logits, targets)
    return keras.Model({"inputs": inputs, "targets": targets}, predictions)


class StreamingFBeta(keras.metrics.Metric):
    """The streaming F-beta score of one class."""

    def __init__(self, beta=1.0, threshold=0.5, name="f_beta", **kwargs):
        super().__init__(name=name, **kwargs)
        self.beta = beta
        self.threshold = threshold
        self.true_positives = self.add_weight(name="tp", initializer="zeros")
        self.false_positives = self.add_weight(name="fp", initializer="zeros")
        self.false_negatives = self.add_weight(name="fn", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.cast(y_true, self.dtype)
        y_pred = ops.cast(ops.reshape(y_pred, ops.shape(y_true)) > self.threshold, self.dtype)
        weight = 1.0
        if sample_weight is not None:
            weight = ops.cast(ops.reshape(sample_weight, (-1, *([1] * (len(y_true.shape) - 1)))), self.dtype)
        self.true_positives.assign_add(ops.sum(weight * y_true * y_pred))
        self.false_positives.assign_add(ops.sum(weight * (1 - y_true) * y_pred))
        self.false_negatives.assign_add(ops.sum(weight * y_true * (1 - y_pred)))

    def result(self):
        squared = self.beta**2
        hits = (1 + squared) * self.true_positives
        misses = squared * self.false_negatives + self.false_positives
        return hits / (hits + misses + keras.backend.epsilon())

    def get_config(self):
        return {**super().get_config(), "beta": self.beta, "threshold": self.threshold}


class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, learning_rate_base, total_steps, warmup_learning_rate, warmup_steps):
        super().__init__()
        self.learning_rate_base = learning_rate_base
        self.total_steps = total_steps
        self.warmup_learning_rate = warmup_learning_rate
        self.warmup_steps = warmup_steps
        self.pi = tf.constant(np.pi)

    def __call__(self, step):
        if self.total_steps < self.warmup_steps:
            raise ValueError("Total_steps must be larger or equal to warmup_steps.")
        cos_annealed_lr = tf.cos(
            self.pi
            * (tf.cast(step, tf.float32) - self.warmup_steps)
            / tf.cast(self.total_steps - self.warmup_steps, tf.float32)
        )
        learning_rate = 0.5 * self.learning_rate_base * (1 + cos_annealed_lr)
        if self.warmup_steps > 0:
            if self.learning_rate_base < self.warmup_learning_rate:
                raise ValueError("Learning_rate_base must be larger or equal to warmup_learning_rate.")
            slope = (self.learning_rate_base - self.warmup_learning_rate) / self.warmup_steps
            warmup_rate = slope * tf.cast(step, tf.float32) + self.warmup_learning_rate
            learning_rate = tf.where(step < self.warmup_steps, warmup_rate, learning_rate)
        return tf.where(step > self.total_steps, 0.0, learning_rate, name="learning_rate")

    def get_config(self):
        return {
            "learning_rate_base": self.learning_rate_base,
            "total_steps": self.total_steps,
            "warmup_learning_rate": self.warmup_learning_rate,
            "warmup_steps": self.warmup_steps,
        }


class CustomSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """The schedule of "Attention is all you need", as tutorials write it."""

    def __init__(self, d_model, warmup_steps=4000):
        super().__init__()
        self.d_model = d_model
        self.d_model = tf.cast(self.d_model, tf.float32)
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, dtype=tf.float32)
        arg1 = tf.math.rsqrt(step)
        arg2 = step * (self.warmup_steps**-1.5)
        return tf.math.rsqrt(self.d_model) * tf.math.minimum(arg1, arg2)
