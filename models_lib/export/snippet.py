"""`load_model.py`: the lines that load the saved model in plain Keras and predict a raw row."""

import pprint
from typing import Any

from models_lib.export.mapping import MappedInput, ModelMapping

TEMPLATE = '''"""Loads the trained model in plain Keras and predicts a raw row: python load_model.py"""

from pathlib import Path

import keras
import tensorflow as tf
{components}
# Tensor of the model <- (column of the row, type). A gap is NaN in a number and "" in a word.
INPUTS = {inputs}
# Labels in the order of each output's units; a single unit is the probability of the second label.
LABELS = {labels}
ROW = {row}
{images}
model = keras.models.load_model(Path(__file__).with_name("model.keras"){custom})


def to_tensors(rows):
    """Rows by column as the model's tensors. Words must be tensors: predict takes no NumPy strings."""
    return {{
        name: tf.constant([{value} for row in rows], dtype=dtype)
        for name, (column, dtype) in INPUTS.items()
    }}


if __name__ == "__main__":
    print(model.predict(to_tensors([ROW]), verbose=0))
'''


SEQUENCES = """# Columns of lists, or of words between delimiters: how each becomes a row of one length.
SEQUENCES = {sequences}


def pad(row, delimiter, dtype, **options):
    items = row if isinstance(row, list) else [item.strip() for item in row.split(delimiter) if item.strip()]
    if dtype == "string":
        return keras.utils.pad_sequences([items], dtype=object, **options)[0].tolist()
    return keras.utils.pad_sequences([[float(item) for item in items]], dtype=dtype, **options)[0]

"""
IMAGES = """# Columns of image files: how each becomes a tensor, as Keras' image_dataset_from_directory does it.
IMAGES = {images}


def load_image(path, image_size, channels, interpolation, crop_to_aspect_ratio):
    image = tf.image.decode_image(tf.io.read_file(str(path)), channels=channels, expand_animations=False)
    if crop_to_aspect_ratio:
        return keras.preprocessing.image.smart_resize(image.numpy(), image_size, interpolation=interpolation)
    return tf.image.resize(image, image_size, method=interpolation).numpy()

"""


def write_snippet(
    mapping: ModelMapping, row: dict[str, Any] | list[dict[str, Any]], *, has_components: bool = False
) -> str:
    """The script, with a real row in it; of windows, with the rows of one."""
    single = (1,) if mapping.window is None else (mapping.window.sequence_length, 1)
    has_arrays = any(part.shape != single and not (part.image or part.sequence) for part in mapping.inputs)
    value = "row[column]" if has_arrays else "[row[column]]"
    images = {part.column: _image_options(part) for part in mapping.inputs if part.image is not None}
    if images:
        value = f"load_image(row[column], **IMAGES[column]) if column in IMAGES else {value}"
    sequences = {part.column: _sequence_options(part) for part in mapping.inputs if part.sequence is not None}
    if sequences:
        value = f"pad(row[column], **SEQUENCES[column]) if column in SEQUENCES else {value}"
    if mapping.window is not None:
        value = f"[{value.replace('row[', 'step[')} for step in row]"
    return TEMPLATE.format(
        inputs=_literal({part.tensor: (part.column, part.dtype) for part in mapping.inputs}),
        labels=_literal({part.name: list(part.labels) for part in mapping.outputs if part.labels}),
        row=_literal(row),
        components="from components import custom_objects\n" if has_components else "",
        custom=", custom_objects=custom_objects" if has_components else "",
        value=value,
        images=(IMAGES.format(images=_literal(images)) if images else "")
        + (SEQUENCES.format(sequences=_literal(sequences)) if sequences else ""),
    )


def _sequence_options(part: MappedInput) -> dict[str, Any]:
    assert part.sequence is not None, "asked for with a list"
    return part.sequence.model_dump() | {"dtype": part.dtype}


def _image_options(part: MappedInput) -> dict[str, Any]:
    assert part.image is not None, "asked for with an image"
    options = part.image.model_dump(exclude={"color_mode"})
    return options | {"channels": part.shape[-1]}


def _literal(value: Any) -> str:
    """Python that reads as the value; NaN has no literal."""
    return pprint.pformat(value, width=100, sort_dicts=False).replace(": nan", ': float("nan")')
