"""Images as tensors: decoded and resized by the very operations that Keras' own loader uses."""

import base64
import binascii
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.picture_headers import BadPicture, read_picture
from models_lib.spec.bindings import Binding

CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
KERAS_SIZE = (256, 256)


@dataclass(frozen=True)
class PictureShape:
    """How every image of an input is made: what Keras' `image_dataset_from_directory` is told."""

    image_size: tuple[int, int]
    color_mode: str = "rgb"
    crop_to_aspect_ratio: bool = False
    interpolation: str = "bilinear"

    @property
    def shape(self) -> tuple[int, int, int]:
        return (*self.image_size, CHANNELS[self.color_mode])

    def decode(self, content: bytes) -> NDArray[np.float32]:
        """Pixels from 0 to 255; raises BadPicture. The header is judged before the decoder sees a byte."""
        read_picture(content)
        try:
            pixels: NDArray[np.float32] = _decoder(self)(content).numpy()
        except tf.errors.InvalidArgumentError as error:
            raise BadPicture(f"the image cannot be decoded: {_reason(error)}") from error
        return pixels

    def load(self, path: str) -> NDArray[np.float32]:
        """The image of a file; black where there is none."""
        if not path:
            return np.zeros(self.shape, dtype=np.float32)
        return self.decode(Path(path).read_bytes())


def load_pictures(wanted: PictureShape, paths: NDArray[Any], column: str) -> NDArray[np.float32]:
    """The images of these files, one after another; raises DataFault."""
    pixels = np.empty((len(paths), *wanted.shape), dtype=np.float32)
    for row, path in enumerate(paths):
        try:
            pixels[row] = wanted.load(path)
        except BadPicture as bad:
            message = f"An image of {column!r} cannot be read: {bad}."
            raise DataFault(data_fault("/dataset", message, found=row)) from bad
    return pixels


def picture_shape(binding: Binding) -> PictureShape:
    """The binding's options, defaults where nobody has settled them."""
    return PictureShape(
        binding.image_size or KERAS_SIZE,
        binding.color_mode or "rgb",
        bool(binding.crop_to_aspect_ratio),
        binding.interpolation or "bilinear",
    )


@cache
def _decoder(wanted: PictureShape) -> Any:
    """A graph, as in Keras' own pipeline: traced eagerly, the crop would be rounded otherwise."""

    @tf.function(input_signature=[tf.TensorSpec((), "string")], autograph=False)  # type: ignore[untyped-decorator]  # no types in TensorFlow
    def decode(content: Any) -> Any:
        image = tf.image.decode_image(content, channels=wanted.shape[-1], expand_animations=False)
        if wanted.crop_to_aspect_ratio:
            image = keras.preprocessing.image.smart_resize(
                image, wanted.image_size, interpolation=wanted.interpolation, data_format="channels_last"
            )
        else:
            image = tf.image.resize(image, wanted.image_size, method=wanted.interpolation)
        return tf.ensure_shape(tf.cast(image, "float32"), wanted.shape)

    return decode.get_concrete_function()


def check_decodes(content: bytes) -> None:
    """Whether the decoder takes it, at its own size; raises BadPicture."""
    try:
        tf.io.decode_image(content, expand_animations=False)
    except tf.errors.InvalidArgumentError as error:
        raise BadPicture(f"the image cannot be decoded: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    text = str(error).split("}} ")[-1].split("[Op:")[0].split("\n")[0]
    return " ".join(text.split())[:160]


def from_base64(text: str) -> bytes:
    """The bytes of base64 text or of a data URL; raises BadPicture."""
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadPicture("it is neither base64 nor a data URL") from error
