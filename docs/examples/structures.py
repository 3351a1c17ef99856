"""What else TensorFlow has: tensor arrays, sparse and ragged tensors, sets and queues inside layers; other ways to a gradient."""

import keras
import tensorflow as tf


class RunningSums(keras.layers.Layer):
    """Sums along the columns, gathered in a tensor array by a loop over tf.range.

    Keras 3 leaves AutoGraph out of its own graphs: a loop over a tensor wants a tf.function of its own.
    """

    @tf.function
    def call(self, x):
        steps = tf.shape(x)[1]
        sums = tf.TensorArray(x.dtype, size=steps)
        total = tf.zeros_like(x[:, 0])
        for step in tf.range(steps):
            total += x[:, step]
            sums = sums.write(step, total)
        return tf.transpose(sums.stack())

    def compute_output_shape(self, input_shape):
        return input_shape


class SparseThenDense(keras.layers.Layer):
    """Through a sparse tensor and a ragged one, and back."""

    def call(self, x):
        dense = tf.sparse.to_dense(tf.sparse.from_dense(x))
        return tf.RaggedTensor.from_tensor(dense).to_tensor(shape=(None, x.shape[-1]))

    def compute_output_shape(self, input_shape):
        return input_shape


class SharedMembers(keras.layers.Layer):
    """How many members two sets of whole numbers have in common: each row's halves."""

    def call(self, x):
        half = x.shape[-1] // 2
        members = tf.cast(x, tf.int64)
        return tf.cast(tf.sets.size(tf.sets.intersection(members[:, :half], members[:, half : 2 * half])), tf.float32)[:, None]

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 1)


def my_clip(gradient):
    return tf.clip_by_value(gradient, -0.1, 0.1)


def train(model, data, context):
    """Batches pass through a queue; second derivatives, a jacobian, and gradients transformed by hand."""
    queue = tf.queue.FIFOQueue(capacity=2, dtypes=[tf.float32, tf.float32])
    for epoch in context.epochs:
        mean_loss = keras.metrics.Mean(name="loss")
        for x, y in data.train:
            queue.enqueue((tf.cast(x, tf.float32), tf.cast(y, tf.float32)))
            x, y = queue.dequeue()
            with tf.GradientTape(persistent=True) as tape:
                predicted = model(x, training=True)
                loss = tf.reduce_mean(tf.square(tf.reshape(y, (-1, 1)) - predicted))
            gradients = tape.gradient(loss, model.trainable_variables)
            del tape
            context.optimizer.apply_gradients(zip(map(my_clip, gradients), model.trainable_variables))
            mean_loss(loss)
            if context.report_step(loss=mean_loss.result()):
                break
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                z = model(x)
            first = inner.gradient(z, x)
        second = outer.gradient(first, x)
        curvature = 0.0 if second is None else tf.reduce_mean(tf.abs(second))
        context.report_epoch(loss=mean_loss.result(), curvature=curvature)
