"""`load_model.py`: the lines that load the saved model in plain Keras and predict a raw row."""

import pprint
from typing import Any

from models_lib.export.mapping import ModelMapping

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


def write_snippet(mapping: ModelMapping, row: dict[str, Any], *, has_components: bool = False) -> str:
    """The script, with a real row in it."""
    has_arrays = any(part.shape != (1,) for part in mapping.inputs)
    return TEMPLATE.format(
        inputs=_literal({part.tensor: (part.column, part.dtype) for part in mapping.inputs}),
        labels=_literal({part.name: list(part.labels) for part in mapping.outputs if part.labels}),
        row=_literal(row),
        components="from components import custom_objects\n" if has_components else "",
        custom=", custom_objects=custom_objects" if has_components else "",
        value="row[column]" if has_arrays else "[row[column]]",
    )


def _literal(value: Any) -> str:
    """Python that reads as the value; NaN has no literal."""
    return pprint.pformat(value, width=100, sort_dicts=False).replace(": nan", ': float("nan")')
