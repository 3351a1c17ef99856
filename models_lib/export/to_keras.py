"""Keras' own files: `.keras`, its weights alone, and the legacy `.h5`."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from models_lib.export.exportable import Exportable, Loaded, Named, NotExportable


def write_keras(source: Exportable, path: Path) -> Loaded:
    """The model with its architecture; plain Keras loads it."""
    source.model.save(path)
    return calling(source, keras.models.load_model(path, compile=False))


def write_h5(source: Exportable, path: Path) -> Loaded:
    """The legacy file of Keras 2, which holds layers alone."""
    source.model.save(path)
    try:
        return calling(source, keras.models.load_model(path, compile=False))
    except (TypeError, ValueError) as error:
        reason = str(error).split(". Please ensure", maxsplit=1)[0]
        raise NotExportable(
            f"The legacy .h5 format cannot hold this model: {reason}. Where gaps are filled or words looked up, write "
            "{format: h5, inputs: tensors}, or take keras."
        ) from error


def write_weights(source: Exportable, path: Path) -> Loaded:
    """The core's weights: loaded into a copy whose own were set to zero."""
    source.model.save_weights(path)
    kept = source.model.get_weights()
    try:
        source.model.set_weights([np.zeros_like(array) for array in kept])
        source.model.load_weights(path)
        if not all(np.array_equal(one, other) for one, other in zip(kept, source.model.get_weights(), strict=True)):
            raise NotExportable("The weights that were loaded are not those that were saved.")
    finally:
        source.model.set_weights(kept)
    return calling(source, source.model)


def calling(source: Exportable, model: keras.Model) -> Loaded:
    """A model of Keras', called as the source is."""
    loaded = Exportable(model, source.inputs, source.outputs, source.rows, source.pack)

    def call(rows: Named) -> Named:
        tensors = {name: tf.constant(array, dtype=source.inputs[name].dtype) for name, array in rows.items()}
        return {name: keras.ops.convert_to_numpy(tensor) for name, tensor in loaded.call(tensors).items()}

    return Loaded(call)
