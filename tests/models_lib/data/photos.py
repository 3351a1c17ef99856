"""Archives of real pictures: scikit-learn's digits as PNG files, and its two photographs cut into pieces."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from keras.utils import array_to_img
from sklearn import datasets


def encode(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", kind: str = "png") -> bytes:
    file = io.BytesIO()
    array_to_img(pixels, scale=False).save(file, kind)
    return file.getvalue()


def digit_files(count: int = 120, kinds: tuple[str, ...] = ("png",), classes: int = 3) -> dict[str, bytes]:
    """Images by path: a folder per digit, in the formats given by turns."""
    digits = datasets.load_digits(n_class=classes)
    images = (digits.images[:count] * 15.9).astype(np.uint8)[..., None]
    files = {}
    for at, (image, digit) in enumerate(zip(images, digits.target, strict=False)):
        kind = kinds[at % len(kinds)]
        files[f"{digit}/{at:04}.{kind}"] = encode(image, kind)
    return files


def photo_files(side: int = 48) -> dict[str, bytes]:
    """JPEG pieces of a photograph of a flower and of one of a temple, each in a folder of its own."""
    files = {}
    for name in ("china", "flower"):
        photo = datasets.load_sample_image(f"{name}.jpg")
        for row in range(0, photo.shape[0] - side, side * 2):
            for column in range(0, photo.shape[1] - side, side):
                piece = photo[row : row + side, column : column + side + column % 7]
                files[f"photos/{name}/{row}_{column}.jpg"] = encode(piece, "jpeg")
    return files


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
