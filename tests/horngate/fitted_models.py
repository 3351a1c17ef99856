"""Models as people hold them in a script: Keras' own parts, and parts that they wrote themselves."""

import sys
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


class Around(layers.Layer):
    """Given a layer and a function, and without a get_config."""

    def __init__(self, inner: Any, function: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self._function = inner, function

    def call(self, inputs: Any) -> Any:
        return self._function(self.inner(inputs))


class Table(layers.Layer):
    def __init__(self, values: Any) -> None:
        super().__init__()
        self.values = values

    def call(self, inputs: Any) -> Any:
        return inputs + self.values


def wrapped() -> keras.Model:
    inner = [Around(layers.Dense(4), tf.math.softplus), Around(Around(layers.Dense(3), lambda x: x + 1.0), softened)]
    model = keras.Sequential([keras.Input((5,)), *inner, layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def normal_stack() -> keras.Model:
    inner = [layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dense(1)]
    model = keras.Sequential([keras.Input((5,)), *inner])
    model.compile("adam", "mse", metrics=["mae"])
    return model


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


def distance(pair: Any) -> Any:
    squares = keras.ops.sum(keras.ops.square(pair[0] - pair[1]), axis=1, keepdims=True)
    return keras.ops.sqrt(keras.ops.maximum(squares, 1e-7))


def lowered(text: Any) -> Any:
    return tf.strings.lower(text)


def unnamed_inputs() -> keras.Model:
    """Inputs that nobody named, words that a layer learned, and functions as layers."""
    numbers, words = keras.Input((5,)), keras.Input((1,), dtype="string")
    learned = layers.TextVectorization(standardize=lowered, output_sequence_length=2)
    learned.adapt(["Red round", "GREEN"])
    each = layers.TimeDistributed(keras.Sequential([layers.Input((2,)), layers.Dense(2)]))
    meaning = layers.Flatten()(each(layers.Embedding(5, 2)(learned(words))))
    tower = keras.Sequential([layers.Dense(4), layers.Lambda(lambda x: x * 2.0)])
    apart = layers.Lambda(distance, output_shape=(1,))([tower(numbers), meaning])
    last = layers.Dense(1, activation=lambda z: z + 1.0, kernel_regularizer=lambda w: 0.1 * tf.reduce_sum(w * w))
    model = keras.Model([numbers, words], last(apart))
    model.compile("adam", "mse")
    return model


class Scaled(layers.Layer):
    """One that hands whatever else it is given to a layer of its own, and has no get_config."""

    def __init__(self, factor: float, **kwargs: Any) -> None:
        super().__init__()
        self.factor = factor
        self.dense = layers.Dense(**kwargs)

    def call(self, inputs: Any) -> Any:
        return self.factor * self.dense(inputs)


class Residual(keras.Model):
    """A model within a model, and nothing of its argument kept."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = layers.Dense(width)

    def call(self, inputs: Any) -> Any:
        return inputs + self.inner(inputs)


class Speaker(keras.Model):
    """One that keeps nothing of what it was given, takes numbers without an axis, and gives its parts other names."""

    def __init__(self, vocabulary_size: int, sizes: list[int], table: Any) -> None:
        super().__init__()
        self.embedding = layers.Embedding(vocabulary_size, 4)
        self.stack = keras.Sequential([Scaled(2.0, units=size, activation="tanh") for size in sizes])
        self.first = self.stack.layers[0]
        self.blocks = [Residual(sizes[-1]), Residual(sizes[-1])]
        self.known = tf.constant(table, "float32")
        self.shift = self.add_weight(shape=(1,), initializer="ones", name="shift")
        self.squash = keras.activations.sigmoid

    def call(self, inputs: Any) -> Any:
        both = tf.concat([self.embedding(inputs), tf.gather(self.known, inputs)], axis=1)
        found = self.stack(both)
        for block in self.blocks:
            found = block(found)
        return self.squash(tf.reduce_sum(found, axis=1)) + self.shift


def speaker() -> keras.Model:
    model = Speaker(6, [3, 2], [[float(n)] for n in range(6)])
    model.compile("adam", "mse")
    return model


class Diffusion(keras.Model):
    """One that is never called, two networks of one config, and what it adapted to before."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.normalizer = layers.Normalization()
        self.network = keras.Sequential([layers.Input((5,)), layers.Dense(widths[0]), layers.Dense(5)])
        self.ema_network = keras.models.clone_model(self.network)
        self.seeds = keras.random.SeedGenerator(7)
        self.noise_loss = keras.metrics.Mean(name="n_loss")

    def compile(self, noise_scale: float, **kwargs: Any) -> None:
        super().compile(**kwargs)
        self.scale = noise_scale

    @property
    def metrics(self) -> list[Any]:
        return [self.noise_loss]

    def train_step(self, x: Any) -> dict[str, Any]:
        rows = self.normalizer(x, training=True)
        noise = keras.random.normal(keras.ops.shape(rows), seed=self.seeds)
        with tf.GradientTape() as tape:
            loss = self.scale * self.loss(noise, self.network(rows + noise, training=True))
        trained = self.network.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, trained), trained, strict=True))
        for weight, slow in zip(self.network.weights, self.ema_network.weights, strict=True):
            slow.assign(0.9 * slow + 0.1 * weight)
        self.noise_loss.update_state(loss)
        return {"n_loss": self.noise_loss.result()}


def diffusion(rows: Any) -> keras.Model:
    model = Diffusion([4])
    model.normalizer.adapt(rows)
    model.compile(2.0, optimizer="adam", loss=keras.losses.MeanAbsoluteError())
    return model


FALLING = [0.1, 0.05]


def fall(epoch: int, rate: float) -> float:
    return FALLING[epoch] if epoch < len(FALLING) else rate


def tell(epoch: int, logs: Any) -> None:
    sys.stdout.write(f"told {epoch}\n")


class Translator(keras.Model):
    """One whose call gives two things, while its step learns from pairs: no output is what y is of."""

    def __init__(self, forth: keras.Model, back: keras.Model) -> None:
        super().__init__()
        self.there, self.and_back = forth, back

    def call(self, inputs: Any) -> Any:
        return self.there(inputs), self.and_back(inputs)

    def train_step(self, data: Any) -> dict[str, Any]:
        one, other = data
        with tf.GradientTape() as tape:
            made, found = self.there(one, training=True), self.and_back(other, training=True)
            loss = tf.reduce_mean(tf.square(made - other)) + tf.reduce_mean(tf.square(found - one))
        trained = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, trained), trained, strict=True))
        return {"distance": loss}


def translator() -> keras.Model:
    forth = keras.Sequential([layers.Input((5,)), layers.Dense(4), layers.Dense(5)], name="forth")
    back = keras.Sequential([layers.Input((5,)), layers.Dense(5)], name="back")
    model = Translator(forth, back)
    model.compile("adam")
    return model


class ByRow(keras.Model):
    """Everything that its step needs comes by a `compile` which tells Keras nothing; each row's loss has a weight."""

    def __init__(self, units: int, activation: Any) -> None:
        super().__init__()
        self.units, self.activation = units, activation
        self.hidden, self.out = layers.Dense(units), layers.Dense(1)

    def compile(self, optimizer: Any, loss_fn: Any) -> None:
        super().compile()
        self.optimizer, self.loss_fn = optimizer, loss_fn
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self) -> list[Any]:
        return [self.tracker]

    def call(self, x: Any) -> Any:
        return self.out(self.activation(self.hidden(x)))

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            lost = self.loss_fn(y, self(x, training=True))
            loss = tf.reduce_mean(lost * tf.cast(tf.range(tf.size(lost)), "float32"))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.tracker.update_state(lost)
        return {"loss": self.tracker.result()}


def by_row() -> keras.Model:
    model = ByRow(4, keras.activations.tanh)
    model.compile(keras.optimizers.Adam(0.05), keras.losses.mean_absolute_error)
    return model


class LossByRow(keras.Model):
    """A graph whose step calls the loss that it was compiled with."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            lost = self.loss(y, self(x, training=True))
            loss = tf.reduce_sum(lost * tf.cast(tf.range(tf.size(lost)), "float32"))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def loss_by_row() -> keras.Model:
    x = keras.Input((5,))
    model = LossByRow(x, layers.Dense(1)(x))
    model.compile("adam", keras.losses.mean_squared_error)
    return model


def stateful() -> keras.Model:
    parts = [keras.Input(batch_shape=(30, 5, 1)), layers.LSTM(2, stateful=True), layers.Dense(1)]
    model = keras.Sequential(parts)
    model.compile("adam", "mse")
    return model
