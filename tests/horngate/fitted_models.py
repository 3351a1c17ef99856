"""Models as people hold them in a script: Keras' own parts, and parts that they wrote themselves."""

from typing import Any

import keras
import tensorflow as tf
from keras import layers


class Twice(layers.Layer):
    """A layer with an argument, and an activation that is a function of this file."""

    def __init__(self, units: int, activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)
        self.activation = keras.activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(2.0 * self.dense(inputs))

    def get_config(self) -> dict[str, Any]:
        activation = keras.activations.serialize(self.activation)
        return {**super().get_config(), "units": self.dense.units, "activation": activation}


class Doubled(layers.Layer):
    """One without arguments: Keras then has it say those of its own base class."""

    def call(self, inputs: Any) -> Any:
        return inputs + inputs


def softened(z: Any) -> Any:
    return tf.math.softplus(z) - 0.5


def small(weights: Any) -> Any:
    return tf.reduce_sum(0.01 * tf.abs(weights))


class Huber2(keras.losses.Loss):
    def __init__(self, threshold: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.threshold = threshold

    def call(self, y_true: Any, y_pred: Any) -> Any:
        error = y_true - y_pred
        linear = self.threshold * tf.abs(error) - self.threshold**2 / 2
        return tf.where(tf.abs(error) < self.threshold, tf.square(error) / 2, linear)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "threshold": self.threshold}


def off_by(y_true: Any, y_pred: Any) -> Any:
    return tf.reduce_mean(tf.abs(y_true - y_pred), axis=-1)


class Ratio(keras.callbacks.Callback):
    def __init__(self, word: str = "ratio", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.word = word

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        print(self.word, logs["val_loss"] / logs["loss"])  # noqa: T201 - that is what it is for


class Stepped(keras.Model):
    """A graph with a training step of its own."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            predicted = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=predicted)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, predicted)
        return {metric.name: metric.result() for metric in self.metrics}


def twin_towers() -> keras.Model:
    """A stack within a graph, called twice; another one behind it, and a graph between."""
    x = keras.Input((5,), name="pair")
    tower = keras.Sequential([keras.Input((5,)), layers.Dense(4, activation="relu")], name="tower")
    inner = keras.Input((4,))
    middle = keras.Model(inner, layers.Dense(3)(layers.Dense(4)(inner)), name="middle")
    end = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.BatchNormalization()], name="end")
    y = layers.Dense(1)(Doubled()(end(middle(layers.Add()([tower(x), tower(x * 2.0)])))))
    model = keras.Model(x, y)
    model.compile("adam", keras.losses.Huber(delta=0.25), metrics=["mae"])
    return model


class WideAndDeep(keras.Model):
    """Two inputs, two outputs, made with arguments that it keeps."""

    def __init__(self, units: int = 30, activation: str = "relu", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.activation = units, activation
        self.hidden = layers.Dense(units, activation=activation)
        self.main, self.aux = layers.Dense(1), layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        wide, deep = inputs
        hidden = self.hidden(deep)
        return self.main(layers.concatenate([wide, hidden])), self.aux(hidden)


class Sampling(layers.Layer):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(7)

    def call(self, inputs: Any) -> Any:
        mean, log_variance = inputs
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.seed_generator)
        return mean + keras.ops.exp(0.5 * log_variance) * noise


class Autoencoder(keras.Model):
    """As keras.io writes a variational one: made of two models, and never called itself."""

    def __init__(self, encoder: Any, decoder: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.total = keras.metrics.Mean(name="loss")

    @property
    def metrics(self) -> list[Any]:
        return [self.total]

    def train_step(self, data: Any) -> dict[str, Any]:
        with tf.GradientTape() as tape:
            mean, log_variance, drawn = self.encoder(data)
            lost = tf.reduce_mean(tf.reduce_sum(tf.square(data - self.decoder(drawn)), axis=1))
            spread = tf.reduce_mean(-0.5 * (1 + log_variance - tf.square(mean) - tf.exp(log_variance)))
            total = lost + spread
        gradients = tape.gradient(total, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        self.total.update_state(total)
        return {"loss": self.total.result()}


def stack() -> keras.Model:
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae", keras.metrics.RootMeanSquaredError()])
    return model


def three_outputs() -> keras.Model:
    """Names that stand in another order than the alphabet's, by which Keras would sort mappings."""
    first, second = keras.Input((5,), name="zebra"), keras.Input((3,), name="ape")
    one, two = layers.Dense(5, activation="tanh")(first), layers.Dense(6, activation="relu")(second)
    joined = layers.Concatenate()([one, two])
    outputs = [
        layers.Dense(1, name="yak")(joined),
        layers.Dense(1, name="bee")(two),
        layers.Dense(1, name="owl")(one * 2.0),
    ]
    model = keras.Model([first, second], outputs)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, global_clipnorm=1.0)
    model.compile(optimizer, ["mse", "mae", "mse"], loss_weights=[0.5, 0.3, 0.2], metrics={"yak": ["mae"]})
    return model


def classifier() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(8, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.3, seed=3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def own_parts() -> keras.Model:
    model = keras.Sequential(
        [keras.Input((5,)), Twice(8, activation=softened), layers.Dense(1, kernel_regularizer=small)]
    )
    model.compile("nadam", Huber2(2.0), metrics=[off_by])
    return model


def stepped() -> keras.Model:
    x = keras.Input((5,))
    model = Stepped(x, layers.Dense(1)(layers.Dense(4, activation="relu")(x)))
    model.compile("adam", "mse", metrics=["mae"])
    return model


def wide_and_deep() -> keras.Model:
    model = WideAndDeep(6)
    model.compile("adam", loss=["mse", "mse"], loss_weights=[0.9, 0.1])
    return model


def autoencoder() -> keras.Model:
    x, drawn = keras.Input((5,)), keras.Input((2,))
    hidden = layers.Dense(6, activation="relu")(x)
    mean, log_variance = layers.Dense(2)(hidden), layers.Dense(2)(hidden)
    encoder = keras.Model(x, [mean, log_variance, Sampling()([mean, log_variance])], name="encoder")
    decoder = keras.Model(drawn, layers.Dense(5)(layers.Dense(6, activation="relu")(drawn)), name="decoder")
    model = Autoencoder(encoder, decoder)
    model.compile(optimizer="adam")
    return model
