"""Siamese networks: a contrastive loss on pairs, and a triplet loss inside a model."""

import keras
import tensorflow as tf
from keras import layers, ops


@keras.saving.register_keras_serializable(package="siamese")
class EuclideanDistance(layers.Layer):
    def call(self, inputs):
        x, y = inputs
        sum_square = ops.sum(ops.square(x - y), axis=1, keepdims=True)
        return ops.sqrt(ops.maximum(sum_square, keras.backend.epsilon()))


def contrastive_loss(margin=1):
    """Provides 'contrastive_loss' an enclosing scope with variable 'margin'."""

    def contrastive_loss(y_true, y_pred):
        square_pred = ops.square(y_pred)
        margin_square = ops.square(ops.maximum(margin - (y_pred), 0))
        return ops.mean((1 - y_true) * square_pred + (y_true) * margin_square)

    return contrastive_loss


def make_siamese(n_features=6, dim=4):
    input_ = keras.layers.Input((n_features,))
    x = keras.layers.BatchNormalization()(input_)
    x = keras.layers.Dense(10, activation="tanh")(x)
    embedding_network = keras.Model(input_, keras.layers.Dense(dim, activation="tanh")(x))
    input_1 = keras.layers.Input((n_features,), name="left")
    input_2 = keras.layers.Input((n_features,), name="right")
    tower_1 = embedding_network(input_1)
    tower_2 = embedding_network(input_2)
    merge_layer = EuclideanDistance()([tower_1, tower_2])
    normal_layer = keras.layers.BatchNormalization()(merge_layer)
    output_layer = keras.layers.Dense(1, activation="sigmoid")(normal_layer)
    return keras.Model(inputs=[input_1, input_2], outputs=output_layer)


class DistanceLayer(layers.Layer):
    """Computes the distance between the anchor and both others."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def call(self, anchor, positive, negative):
        ap_distance = ops.sum(tf.square(anchor - positive), -1)
        an_distance = ops.sum(tf.square(anchor - negative), -1)
        return (ap_distance, an_distance)


class SiameseModel(keras.Model):
    def __init__(self, siamese_network, margin=0.5):
        super().__init__()
        self.siamese_network = siamese_network
        self.margin = margin
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, inputs):
        return self.siamese_network(inputs)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self._compute_loss(data)
        gradients = tape.gradient(loss, self.siamese_network.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.siamese_network.trainable_weights))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data):
        loss = self._compute_loss(data)
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def _compute_loss(self, data):
        ap_distance, an_distance = self.siamese_network(data)
        loss = ap_distance - an_distance
        loss = tf.maximum(loss + self.margin, 0.0)
        return loss

    @property
    def metrics(self):
        return [self.loss_tracker]


def make_triplet_model(n_features=6, dim=4, margin=0.5):
    embedding = keras.Sequential([layers.Input((n_features,)), layers.Dense(10, activation="relu"), layers.Dense(dim)])
    anchor_input = layers.Input(name="anchor", shape=(n_features,))
    positive_input = layers.Input(name="positive", shape=(n_features,))
    negative_input = layers.Input(name="negative", shape=(n_features,))
    distances = DistanceLayer()(embedding(anchor_input), embedding(positive_input), embedding(negative_input))
    siamese_network = keras.Model(inputs=[anchor_input, positive_input, negative_input], outputs=distances)
    return SiameseModel(siamese_network, margin)
