"""Sequences: convolutional LSTM for the next frame, CTC as an endpoint layer, attention that heeds masks."""

import keras
import tensorflow as tf
from keras import layers, ops


def create_conv_lstm(height=8, width=8):
    inp = layers.Input(shape=(None, height, width, 1))
    x = layers.ConvLSTM2D(
        filters=8,
        kernel_size=(5, 5),
        padding="same",
        return_sequences=True,
        activation="relu",
    )(inp)
    x = layers.BatchNormalization()(x)
    x = layers.ConvLSTM2D(
        filters=8,
        kernel_size=(1, 1),
        padding="same",
        return_sequences=True,
        activation="relu",
    )(x)
    x = layers.Conv3D(filters=1, kernel_size=(3, 3, 3), activation="sigmoid", padding="same")(x)
    return keras.models.Model(inp, x)


class CTCLayer(layers.Layer):
    """Computes the training loss and adds it to the layer; at inference it passes predictions through."""

    def __init__(self, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.loss_fn = keras.losses.CTC()

    def call(self, y_true, y_pred):
        loss = self.loss_fn(y_true, y_pred)
        self.add_loss(loss)
        return y_pred


def build_ocr(steps=12, features=6, characters=5, max_length=4):
    input_img = layers.Input(shape=(steps, features), name="image", dtype="float32")
    labels = layers.Input(name="label", shape=(max_length,), dtype="float32")
    x = layers.Bidirectional(layers.LSTM(16, return_sequences=True, dropout=0.25))(input_img)
    x = layers.Dense(characters + 1, activation="softmax", name="dense2")(x)
    output = CTCLayer(name="ctc_loss")(labels, x)
    return keras.models.Model(inputs=[input_img, labels], outputs=output, name="ocr_model_v1")


def ctc_batch_loss(y_true, y_pred):
    """CTC loss from logits, one value per text."""
    batch = ops.shape(y_true)[0]
    frames = ops.repeat(ops.shape(y_pred)[1:2], batch)
    letters = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    return ops.ctc_loss(ops.cast(y_true, "int32"), y_pred, letters, frames)


class MaskedAttentionPooling(layers.Layer):
    """The mean of a sequence by learned weights, without the steps that are masked."""

    def __init__(self, units=8, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.supports_masking = True
        self.hidden = layers.Dense(units, activation="tanh")
        self.score = layers.Dense(1)

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.score.build((*input_shape[:-1], self.units))

    def call(self, inputs, mask=None):
        scores = self.score(self.hidden(inputs))
        if mask is not None:
            scores += (1.0 - ops.cast(mask[:, :, None], scores.dtype)) * -1e9
        return ops.sum(inputs * ops.softmax(scores, axis=1), axis=1)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "units": self.units}
