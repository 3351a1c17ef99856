"""What people put on top of Keras, as it is usually written: losses, metrics, layers and optimizers with a paper behind
them. Each is sound; the doctor has nothing to say of any."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops


class FocalLoss(keras.losses.Loss):
    def __init__(self, gamma=2.0, alpha=0.25, name="focal_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        self.gamma = gamma
        self.alpha = alpha

    def call(self, y_true, y_pred):
        y_pred = ops.clip(y_pred, keras.config.epsilon(), 1.0 - keras.config.epsilon())
        y_true = ops.cast(y_true, y_pred.dtype)
        p_t = y_true * y_pred + (1 - y_true) * (1 - y_pred)
        alpha_t = y_true * self.alpha + (1 - y_true) * (1 - self.alpha)
        return ops.mean(-alpha_t * ops.power(1.0 - p_t, self.gamma) * ops.log(p_t), axis=-1)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma, "alpha": self.alpha}


def dice_loss(y_true, y_pred, smooth=1.0):
    y_true = ops.cast(ops.reshape(y_true, (ops.shape(y_true)[0], -1)), y_pred.dtype)
    y_pred = ops.reshape(y_pred, (ops.shape(y_pred)[0], -1))
    intersection = ops.sum(y_true * y_pred, axis=-1)
    union = ops.sum(y_true, axis=-1) + ops.sum(y_pred, axis=-1)
    return 1.0 - (2.0 * intersection + smooth) / (union + smooth)


class TverskyLoss(keras.losses.Loss):
    def __init__(self, alpha=0.7, beta=0.3, smooth=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.alpha, self.beta, self.smooth = alpha, beta, smooth

    def call(self, y_true, y_pred):
        axes = tuple(range(1, len(y_pred.shape)))
        y_true = tf.cast(y_true, y_pred.dtype)
        tp = tf.reduce_sum(y_true * y_pred, axis=axes)
        fn = tf.reduce_sum(y_true * (1 - y_pred), axis=axes)
        fp = tf.reduce_sum((1 - y_true) * y_pred, axis=axes)
        return 1 - (tp + self.smooth) / (tp + self.alpha * fn + self.beta * fp + self.smooth)

    def get_config(self):
        config = super().get_config()
        config.update({"alpha": self.alpha, "beta": self.beta, "smooth": self.smooth})
        return config


class ContrastiveLoss(keras.losses.Loss):
    def __init__(self, margin=1.0, **kwargs):
        super().__init__(**kwargs)
        self.margin = margin

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)
        near = ops.square(y_pred)
        far = ops.square(ops.maximum(self.margin - y_pred, 0.0))
        return ops.mean((1 - y_true) * near + y_true * far, axis=-1)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}


def triplet_loss(y_true, y_pred, margin=0.2):
    anchor, positive, negative = tf.split(y_pred, 3, axis=-1)
    near = tf.reduce_sum(tf.square(anchor - positive), axis=-1)
    far = tf.reduce_sum(tf.square(anchor - negative), axis=-1)
    return tf.maximum(near - far + margin, 0.0)


class CenterLossLayer(keras.layers.Layer):
    """Distances to learned centers, as the center loss has them."""

    def __init__(self, classes=3, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def build(self, input_shape):
        self.centers = self.add_weight(
            name="centers", shape=(self.classes, input_shape[-1]), initializer="glorot_uniform"
        )

    def call(self, features):
        return ops.sum(ops.square(ops.expand_dims(features, -2) - self.centers), axis=-1)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


class InfoNCE(keras.losses.Loss):
    def __init__(self, temperature=0.1, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature

    def call(self, y_true, y_pred):
        a = ops.normalize(ops.cast(y_true, y_pred.dtype), axis=-1)
        b = ops.normalize(y_pred, axis=-1)
        logits = ops.matmul(a, ops.transpose(b)) / self.temperature
        labels = ops.arange(ops.shape(logits)[0])
        return keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


def smoothed_crossentropy(y_true, y_pred, smoothing=0.1):
    classes = ops.shape(y_pred)[-1]
    y_true = ops.cast(y_true, y_pred.dtype)
    smooth = y_true * (1.0 - smoothing) + smoothing / ops.cast(classes, y_pred.dtype)
    return -ops.sum(smooth * ops.log(ops.clip(y_pred, 1e-7, 1.0)), axis=-1)


def quantile_loss(y_true, y_pred, q=0.9):
    error = y_true - y_pred
    return tf.reduce_mean(tf.maximum(q * error, (q - 1) * error), axis=-1)


def gaussian_nll(y_true, y_pred):
    mean, log_variance = ops.split(y_pred, 2, axis=-1)
    return ops.mean(0.5 * (log_variance + ops.square(y_true - mean) * ops.exp(-log_variance)), axis=-1)


def wasserstein_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred, axis=-1)


def rmsle(y_true, y_pred):
    return ops.mean(ops.square(ops.log1p(ops.relu(y_pred)) - ops.log1p(ops.relu(y_true))), axis=-1)


def kl_divergence(y_true, y_pred):
    y_true = tf.clip_by_value(y_true, 1e-7, 1.0)
    y_pred = tf.clip_by_value(y_pred, 1e-7, 1.0)
    return tf.reduce_sum(y_true * tf.math.log(y_true / y_pred), axis=-1)


def poisson_nll(y_true, y_pred):
    return ops.mean(y_pred - y_true * ops.log(y_pred + 1e-7), axis=-1)


def soft_target_loss(y_true, y_pred, temperature=3.0):
    teacher = tf.nn.softmax(y_true / temperature)
    student = tf.nn.log_softmax(y_pred / temperature)
    return -tf.reduce_sum(teacher * student, axis=-1) * temperature**2


def root_mean_squared_error(y_true, y_pred):
    return ops.sqrt(ops.mean(ops.square(y_true - y_pred), axis=-1) + 1e-12)


def weighted_bce(y_true, y_pred, positive=3.0):
    return tf.nn.weighted_cross_entropy_with_logits(tf.cast(y_true, y_pred.dtype), y_pred, positive)


def mish(x):
    return x * ops.tanh(ops.softplus(x))


def swish(x):
    return x * tf.nn.sigmoid(x)


def gelu(x):
    return 0.5 * x * (1.0 + tf.math.erf(x / math.sqrt(2.0)))


def gelu_tanh(x):
    return 0.5 * x * (1 + ops.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * ops.power(x, 3))))


def snake(x, a=1.0):
    return x + ops.square(ops.sin(a * x)) / a


def hard_mish(x):
    return x * ops.clip(x + 2.0, 0.0, 2.0) / 2.0


class F1(keras.metrics.Metric):
    def __init__(self, threshold=0.5, name="f1", **kwargs):
        super().__init__(name=name, **kwargs)
        self.threshold = threshold
        self.precision = keras.metrics.Precision(thresholds=threshold)
        self.recall = keras.metrics.Recall(thresholds=threshold)

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.precision.update_state(y_true, y_pred, sample_weight)
        self.recall.update_state(y_true, y_pred, sample_weight)

    def result(self):
        p, r = self.precision.result(), self.recall.result()
        return 2 * p * r / (p + r + keras.config.epsilon())

    def reset_state(self):
        self.precision.reset_state()
        self.recall.reset_state()

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


class R2(keras.metrics.Metric):
    def __init__(self, name="r2", **kwargs):
        super().__init__(name=name, **kwargs)
        self.residual = self.add_weight(name="residual", initializer="zeros")
        self.total = self.add_weight(name="total", initializer="zeros")
        self.squares = self.add_weight(name="squares", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.cast(y_true, self.dtype)
        y_pred = ops.cast(y_pred, self.dtype)
        self.residual.assign_add(ops.sum(ops.square(y_true - y_pred)))
        self.total.assign_add(ops.sum(y_true))
        self.squares.assign_add(ops.sum(ops.square(y_true)))
        self.count.assign_add(ops.cast(ops.size(y_true), self.dtype))

    def result(self):
        spread = self.squares - ops.square(self.total) / self.count
        return 1.0 - self.residual / spread


class ConfusionIoU(keras.metrics.Metric):
    def __init__(self, num_classes=3, name="confusion_iou", **kwargs):
        super().__init__(name=name, **kwargs)
        self.num_classes = num_classes
        self.matrix = self.add_weight(name="matrix", shape=(num_classes, num_classes), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        truth = tf.reshape(tf.cast(y_true, tf.int64), [-1])
        guess = tf.reshape(tf.argmax(y_pred, axis=-1), [-1])
        found = tf.math.confusion_matrix(truth, guess, self.num_classes, dtype=tf.float32)
        self.matrix.assign_add(found)

    def result(self):
        hit = tf.linalg.diag_part(self.matrix)
        union = tf.reduce_sum(self.matrix, 0) + tf.reduce_sum(self.matrix, 1) - hit
        return tf.reduce_mean(tf.math.divide_no_nan(hit, union))

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


def r_squared(y_true, y_pred):
    return ops.square(y_true - y_pred)


def dice_coefficient(y_true, y_pred):
    y_true = ops.cast(y_true, y_pred.dtype)
    hit = ops.sum(y_true * y_pred, axis=-1)
    return (2 * hit + 1) / (ops.sum(y_true, axis=-1) + ops.sum(y_pred, axis=-1) + 1)


class SqueezeExcite(keras.layers.Layer):
    def __init__(self, ratio=3, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        self.pool = keras.layers.GlobalAveragePooling2D(keepdims=True)
        self.reduce = keras.layers.Dense(max(1, channels // self.ratio), activation="relu")
        self.expand = keras.layers.Dense(channels, activation="sigmoid")
        self.reduce.build((None, 1, 1, channels))
        self.expand.build((None, 1, 1, max(1, channels // self.ratio)))

    def call(self, x):
        return x * self.expand(self.reduce(self.pool(x)))

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}


class CBAM(keras.layers.Layer):
    def __init__(self, ratio=2, kernel_size=7, **kwargs):
        super().__init__(**kwargs)
        self.ratio, self.kernel_size = ratio, kernel_size
        self.spatial = keras.layers.Conv2D(1, kernel_size, padding="same", activation="sigmoid", use_bias=False)

    def build(self, input_shape):
        channels = input_shape[-1]
        self.dense_one = keras.layers.Dense(max(channels // self.ratio, 1), activation="relu")
        self.dense_two = keras.layers.Dense(channels)
        self.dense_one.build((None, channels))
        self.dense_two.build((None, max(channels // self.ratio, 1)))
        self.spatial.build((*input_shape[:-1], 2))

    def call(self, x):
        average = self.dense_two(self.dense_one(ops.mean(x, axis=(1, 2))))
        highest = self.dense_two(self.dense_one(ops.max(x, axis=(1, 2))))
        x = x * ops.sigmoid(average + highest)[:, None, None, :]
        both = ops.concatenate([ops.mean(x, -1, keepdims=True), ops.max(x, -1, keepdims=True)], axis=-1)
        return x * self.spatial(both)

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio, "kernel_size": self.kernel_size}


class RMSNorm(keras.layers.Layer):
    def __init__(self, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + self.epsilon) * self.scale

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


class LayerScale(keras.layers.Layer):
    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, _):
        self.gamma = self.add_weight(
            shape=(self.projection_dim,), initializer=keras.initializers.Constant(self.init_values)
        )

    def call(self, x):
        return x * self.gamma

    def get_config(self):
        config = super().get_config()
        config.update({"init_values": self.init_values, "projection_dim": self.projection_dim})
        return config


class StochasticDepth(keras.layers.Layer):
    def __init__(self, drop_prop, **kwargs):
        super().__init__(**kwargs)
        self.drop_prob = drop_prop
        self.drop_prop = drop_prop

    def call(self, x, training=None):
        if training:
            keep_prob = 1 - self.drop_prob
            shape = (tf.shape(x)[0],) + (1,) * (len(x.shape) - 1)
            random_tensor = keep_prob + tf.random.uniform(shape, 0, 1, dtype=x.dtype)
            return (x / keep_prob) * tf.floor(random_tensor)
        return x

    def get_config(self):
        return {**super().get_config(), "drop_prop": self.drop_prop}


class Patches(keras.layers.Layer):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size

    def call(self, images):
        shape = ops.shape(images)
        height, width, channels = images.shape[1:]
        high, wide = height // self.patch_size, width // self.patch_size
        patches = keras.ops.image.extract_patches(images, size=self.patch_size)
        return ops.reshape(patches, (shape[0], high * wide, self.patch_size * self.patch_size * channels))

    def get_config(self):
        config = super().get_config()
        config.update({"patch_size": self.patch_size})
        return config


class PatchEncoder(keras.layers.Layer):
    def __init__(self, num_patches, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.num_patches = num_patches
        self.projection = keras.layers.Dense(units=projection_dim)
        self.position_embedding = keras.layers.Embedding(input_dim=num_patches, output_dim=projection_dim)

    def call(self, patch):
        positions = ops.expand_dims(ops.arange(start=0, stop=self.num_patches, step=1), axis=0)
        return self.projection(patch) + self.position_embedding(positions)

    def get_config(self):
        config = super().get_config()
        config.update({"num_patches": self.num_patches, "projection_dim": self.projection.units})
        return config


class TokenAndPositionEmbedding(keras.layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = keras.layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = keras.layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x):
        maxlen = ops.shape(x)[-1]
        positions = ops.arange(0, maxlen, 1)
        return self.token_emb(x) + self.pos_emb(positions)


class SinePositions(keras.layers.Layer):
    def call(self, x):
        length, depth = x.shape[-2], x.shape[-1]
        angles = np.arange(length)[:, None] / 10000 ** (2 * (np.arange(depth)[None, :] // 2) / depth)
        table = np.where(np.arange(depth) % 2 == 0, np.sin(angles), np.cos(angles))
        return x + ops.cast(table[None], x.dtype)


class TransformerBlock(keras.layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = keras.layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential([keras.layers.Dense(ff_dim, activation="relu"), keras.layers.Dense(embed_dim)])
        self.layernorm1 = keras.layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = keras.layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = keras.layers.Dropout(rate)
        self.dropout2 = keras.layers.Dropout(rate)

    def call(self, inputs, training=False):
        attended = self.dropout1(self.att(inputs, inputs), training=training)
        first = self.layernorm1(inputs + attended)
        return self.layernorm2(first + self.dropout2(self.ffn(first), training=training))


class SelfAttention(keras.layers.Layer):
    def __init__(self, num_heads=2, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        width = input_shape[-1]
        self.qkv = keras.layers.Dense(3 * width, use_bias=False)
        self.out = keras.layers.Dense(width)
        self.qkv.build(input_shape)
        self.out.build(input_shape)
        self.head = width // self.num_heads

    def call(self, x, mask=None):
        batch, length, width = ops.shape(x)[0], ops.shape(x)[1], x.shape[-1]
        parts = ops.reshape(self.qkv(x), (batch, length, 3, self.num_heads, self.head))
        q, k, v = (ops.transpose(parts[:, :, i], (0, 2, 1, 3)) for i in range(3))
        scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / math.sqrt(self.head)
        mixed = ops.matmul(ops.softmax(scores), v)
        return self.out(ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (batch, length, width)))

    def get_config(self):
        return {**super().get_config(), "num_heads": self.num_heads}


class BahdanauAttention(keras.layers.Layer):
    def __init__(self, units=8, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.project = keras.layers.Dense(units, activation="tanh")
        self.score = keras.layers.Dense(1)

    def call(self, x):
        weights = ops.softmax(self.score(self.project(x)), axis=1)
        return ops.sum(weights * x, axis=1)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class SpectralDense(keras.layers.Layer):
    """A dense layer under spectral normalisation, by one power iteration a step."""

    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.u = self.add_weight(name="u", shape=(1, self.units), initializer="random_normal", trainable=False)

    def call(self, x, training=False):
        v = ops.normalize(ops.matmul(self.u, ops.transpose(self.kernel)), axis=-1)
        u = ops.normalize(ops.matmul(v, self.kernel), axis=-1)
        sigma = ops.matmul(ops.matmul(v, self.kernel), ops.transpose(u))
        if training:
            self.u.assign(ops.cast(ops.stop_gradient(u), self.u.dtype))
        return ops.matmul(x, self.kernel / sigma)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class WSConv2D(keras.layers.Conv2D):
    """Weight standardisation, as ResNets for transfer have it."""

    def call(self, inputs):
        kernel = self.kernel
        mean = ops.mean(kernel, axis=(0, 1, 2), keepdims=True)
        spread = ops.std(kernel, axis=(0, 1, 2), keepdims=True)
        standardised = ops.cast((kernel - mean) / (spread + 1e-5), inputs.dtype)
        outputs = ops.conv(inputs, standardised, strides=list(self.strides), padding=self.padding)
        return outputs if not self.use_bias else outputs + ops.cast(self.bias, outputs.dtype)


class GeM(keras.layers.Layer):
    """Generalised mean pooling."""

    def __init__(self, p=3.0, **kwargs):
        super().__init__(**kwargs)
        self.p = p

    def build(self, input_shape):
        self.power = self.add_weight(name="power", shape=(), initializer=keras.initializers.Constant(self.p))

    def call(self, x):
        power = ops.cast(self.power, x.dtype)
        return ops.power(ops.mean(ops.power(ops.maximum(x, 1e-4), power), axis=(1, 2)), 1.0 / power)

    def get_config(self):
        return {**super().get_config(), "p": self.p}


class ReflectionPadding2D(keras.layers.Layer):
    def __init__(self, padding=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self.padding = tuple(padding)

    def call(self, x):
        high, wide = self.padding
        return tf.pad(x, [[0, 0], [high, high], [wide, wide], [0, 0]], mode="REFLECT")

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}


class InstanceNorm(keras.layers.Layer):
    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(shape[-1],), initializer="zeros", name="beta")

    def call(self, x):
        mean, variance = tf.nn.moments(x, axes=[1, 2], keepdims=True)
        return self.gamma * (x - mean) * tf.math.rsqrt(variance + 1e-5) + self.beta


class Sampling(keras.layers.Layer):
    """The reparameterisation trick of keras.io's variational autoencoder: always random, by design."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        batch, dim = ops.shape(z_mean)[0], ops.shape(z_mean)[1]
        epsilon = keras.random.normal(shape=(batch, dim), seed=self.seed_generator)
        return z_mean + ops.exp(0.5 * z_log_var) * epsilon


class VectorQuantizer(keras.layers.Layer):
    """The straight-through estimator of the VQ-VAE."""

    def __init__(self, num_embeddings=6, embedding_dim=8, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.num_embeddings, self.embedding_dim, self.beta = num_embeddings, embedding_dim, beta
        self.embeddings = self.add_weight(
            shape=(embedding_dim, num_embeddings), initializer="random_uniform", trainable=True, name="embeddings_vqvae"
        )

    def call(self, x):
        flat = tf.reshape(x, [-1, self.embedding_dim])
        distances = (
            tf.reduce_sum(flat**2, axis=1, keepdims=True)
            + tf.reduce_sum(self.embeddings**2, axis=0)
            - 2 * tf.matmul(flat, self.embeddings)
        )
        encodings = tf.one_hot(tf.argmin(distances, axis=1), self.num_embeddings, dtype=flat.dtype)
        quantized = tf.reshape(tf.matmul(encodings, self.embeddings, transpose_b=True), tf.shape(x))
        commitment = tf.reduce_mean((tf.stop_gradient(quantized) - x) ** 2)
        codebook = tf.reduce_mean((quantized - tf.stop_gradient(x)) ** 2)
        self.add_loss(self.beta * commitment + codebook)
        return x + tf.stop_gradient(quantized - x)

    def get_config(self):
        return {
            **super().get_config(),
            "num_embeddings": self.num_embeddings,
            "embedding_dim": self.embedding_dim,
            "beta": self.beta,
        }


class RandomColorShift(keras.layers.Layer):
    def __init__(self, factor=0.1, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.draws = keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        shift = keras.random.uniform((ops.shape(x)[0], 1, 1, 1), -self.factor, self.factor, seed=self.draws)
        return x + ops.cast(shift, x.dtype)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class GradientReversal(keras.layers.Layer):
    """Domain-adversarial training turns gradients around on purpose."""

    def __init__(self, strength=1.0, **kwargs):
        super().__init__(**kwargs)
        self.strength = strength

    def call(self, x):
        @tf.custom_gradient
        def turned(value):
            return tf.identity(value), lambda upstream: -self.strength * upstream

        return turned(x)

    def get_config(self):
        return {**super().get_config(), "strength": self.strength}


class MCDropout(keras.layers.Dropout):
    def call(self, inputs, training=None):
        return super().call(inputs, training=True)


class Maxout(keras.layers.Layer):
    def __init__(self, units=2, pieces=2, **kwargs):
        super().__init__(**kwargs)
        self.units, self.pieces = units, pieces
        self.inner = keras.layers.Dense(units * pieces)

    def call(self, x):
        shape = ops.shape(x)
        return ops.max(ops.reshape(self.inner(x), (*shape[:-1], self.units, self.pieces)), axis=-1)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "pieces": self.pieces}


class LayerNormGRUCell(keras.layers.Layer):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units
        self.gates = keras.layers.Dense(2 * units, activation="sigmoid")
        self.candidate = keras.layers.Dense(units)
        self.norm = keras.layers.LayerNormalization()

    def build(self, shape):
        both = (None, shape[-1] + self.units)
        self.gates.build(both)
        self.candidate.build(both)
        self.norm.build((None, self.units))

    def call(self, inputs, states):
        [state] = states
        update, reset = ops.split(self.gates(ops.concatenate([inputs, state], -1)), 2, axis=-1)
        fresh = ops.tanh(self.norm(self.candidate(ops.concatenate([inputs, reset * state], -1))))
        state = update * state + (1 - update) * fresh
        return state, [state]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def orthogonal_regularizer(weights):
    flat = ops.reshape(weights, (-1, weights.shape[-1]))
    gram = ops.matmul(ops.transpose(flat), flat)
    return 1e-4 * ops.sum(ops.square(gram - ops.eye(gram.shape[0], dtype=weights.dtype)))


class ElasticNet(keras.regularizers.Regularizer):
    def __init__(self, l1=1e-4, l2=1e-4):
        self.l1, self.l2 = l1, l2

    def __call__(self, x):
        return self.l1 * ops.sum(ops.abs(x)) + self.l2 * ops.sum(ops.square(x))

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


class OrthogonalRegularizer(keras.regularizers.Regularizer):
    """Of keras.io's PointNet: for a matrix of num_features²."""

    def __init__(self, num_features, l2reg=0.001):
        self.num_features = num_features
        self.l2reg = l2reg
        self.identity = ops.eye(num_features)

    def __call__(self, x):
        x = ops.reshape(x, (-1, self.num_features, self.num_features))
        xxt = ops.tensordot(x, x, axes=(2, 2))
        xxt = ops.reshape(xxt, (-1, self.num_features, self.num_features))
        return ops.sum(self.l2reg * ops.square(xxt - self.identity))

    def get_config(self):
        return {"num_features": self.num_features, "l2reg": self.l2reg}


class WeightClip(keras.constraints.Constraint):
    def __init__(self, value=0.01):
        self.value = value

    def __call__(self, weights):
        return ops.clip(weights, -self.value, self.value)

    def get_config(self):
        return {"value": self.value}


class SirenInitializer(keras.initializers.Initializer):
    def __init__(self, omega=30.0, seed=None):
        self.omega, self.seed = omega, seed

    def __call__(self, shape, dtype=None):
        limit = math.sqrt(6 / shape[0]) / self.omega
        return keras.random.uniform(shape, -limit, limit, dtype=dtype or "float32", seed=self.seed)

    def get_config(self):
        return {"omega": self.omega, "seed": self.seed}


class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, learning_rate_base, total_steps, warmup_learning_rate, warmup_steps):
        super().__init__()
        self.learning_rate_base = learning_rate_base
        self.total_steps = total_steps
        self.warmup_learning_rate = warmup_learning_rate
        self.warmup_steps = warmup_steps
        self.pi = ops.array(np.pi)

    def __call__(self, step):
        step = ops.cast(step, "float32")
        progress = (step - self.warmup_steps) / float(max(self.total_steps - self.warmup_steps, 1))
        cosine = 0.5 * self.learning_rate_base * (1 + ops.cos(self.pi * ops.minimum(progress, 1.0)))
        slope = (self.learning_rate_base - self.warmup_learning_rate) / self.warmup_steps
        return ops.where(step < self.warmup_steps, slope * step + self.warmup_learning_rate, cosine)

    def get_config(self):
        return {
            "learning_rate_base": self.learning_rate_base,
            "total_steps": self.total_steps,
            "warmup_learning_rate": self.warmup_learning_rate,
            "warmup_steps": self.warmup_steps,
        }


class NoamSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Of "Attention is all you need", as TensorFlow's tutorial writes it."""

    def __init__(self, d_model, warmup_steps=4000):
        super().__init__()
        self.d_model = d_model
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, dtype=tf.float32) + 1.0
        return tf.math.rsqrt(float(self.d_model)) * tf.math.minimum(
            tf.math.rsqrt(step), step * (self.warmup_steps**-1.5)
        )

    def get_config(self):
        return {"d_model": self.d_model, "warmup_steps": self.warmup_steps}


class SignDescent(keras.optimizers.Optimizer):
    """Lion, in small."""

    def __init__(self, learning_rate=1e-4, beta_1=0.9, beta_2=0.99, name="sign_descent", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        momentum = self.momentums[self._get_variable_index(variable)]
        self.assign_sub(variable, rate * ops.sign(self.beta_1 * momentum + (1 - self.beta_1) * gradient))
        self.assign(momentum, self.beta_2 * momentum + (1 - self.beta_2) * gradient)

    def get_config(self):
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}


class AdaBelief(keras.optimizers.Optimizer):
    def __init__(self, learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8, name="adabelief", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.m, self.s = self.add_optimizer_variables(variables, ["m", "s"])

    def update_step(self, gradient, variable, learning_rate):
        lr = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.cast(self.iterations + 1, variable.dtype)
        m = self.m[self._get_variable_index(variable)]
        s = self.s[self._get_variable_index(variable)]
        self.assign_add(m, (gradient - m) * (1 - self.beta_1))
        self.assign_add(s, (ops.square(gradient - m) - s) * (1 - self.beta_2) + self.epsilon)
        rate = lr * ops.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        self.assign_sub(variable, rate * m / (ops.sqrt(s) + self.epsilon))

    def get_config(self):
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


class CentralizedSGD(keras.optimizers.SGD):
    """Gradient centralisation."""

    def update_step(self, gradient, variable, learning_rate):
        if len(gradient.shape) > 1:
            gradient = gradient - ops.mean(gradient, axis=tuple(range(len(gradient.shape) - 1)), keepdims=True)
        super().update_step(gradient, variable, learning_rate)


class LRFinder(keras.callbacks.Callback):
    def __init__(self, start=1e-5, end=1.0, steps=20):
        super().__init__()
        self.start, self.factor = start, (end / start) ** (1 / steps)
        self.rates, self.losses = [], []

    def on_train_begin(self, logs=None):
        self.model.optimizer.learning_rate = self.start

    def on_train_batch_end(self, batch, logs=None):
        rate = float(self.model.optimizer.learning_rate)
        self.rates.append(rate)
        self.losses.append(logs["loss"])
        self.model.optimizer.learning_rate = rate * self.factor


class ConfusionLogger(keras.callbacks.Callback):
    def __init__(self, x_val=None, y_val=None):
        super().__init__()
        self.x_val, self.y_val = x_val, y_val

    def on_epoch_end(self, epoch, logs=None):
        if self.x_val is None:
            return
        guess = np.argmax(self.model.predict(self.x_val, verbose=0), axis=-1)
        print(tf.math.confusion_matrix(self.y_val, guess))  # noqa: T201 - what it is for


class LossHistory(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.losses = []

    def on_batch_end(self, batch, logs=None):
        self.losses.append(logs.get("loss"))


class WideAndDeep(keras.Model):
    def __init__(self, units=30, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.hidden1 = keras.layers.Dense(units, activation=activation)
        self.hidden2 = keras.layers.Dense(units, activation=activation)
        self.main_output = keras.layers.Dense(1)
        self.aux_output = keras.layers.Dense(1)

    def call(self, inputs):
        wide, deep = inputs
        hidden = self.hidden2(self.hidden1(deep))
        return self.main_output(keras.layers.concatenate([wide, hidden])), self.aux_output(hidden)


class Autoencoder(keras.Model):
    def __init__(self, latent_dim=4, shape=(8, 8, 3)):
        super().__init__()
        self.latent_dim, self.shape = latent_dim, shape
        self.encoder = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(latent_dim, activation="relu")])
        self.decoder = keras.Sequential(
            [keras.layers.Dense(math.prod(shape), activation="sigmoid"), keras.layers.Reshape(shape)]
        )

    def call(self, x):
        return self.decoder(self.encoder(x))


class GAN(keras.Model):
    def __init__(self, discriminator=None, generator=None, latent_dim=8):
        super().__init__()
        self.discriminator = discriminator or keras.Sequential([keras.layers.Dense(1)])
        self.generator = generator or keras.Sequential([keras.layers.Dense(8)])
        self.latent_dim = latent_dim

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")

    @property
    def metrics(self):
        return [self.d_loss_metric]

    def call(self, x):
        return self.generator(keras.random.normal((ops.shape(x)[0], self.latent_dim)))
