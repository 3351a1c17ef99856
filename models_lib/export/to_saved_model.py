"""TensorFlow's SavedModel: a folder that TensorFlow Serving, Java and C++ load without Keras."""

from pathlib import Path

import keras
import tensorflow as tf

from models_lib.export.exportable import Exportable, Loaded, Named


def write_saved_model(source: Exportable, path: Path) -> Loaded:
    """One endpoint, `serve`, from tensors by name to outputs by name; it is the default signature, too."""
    write_graph(source, path)
    reloaded = tf.saved_model.load(path)

    def call(rows: Named) -> Named:
        tensors = {name: tf.constant(array, dtype=source.inputs[name].dtype) for name, array in rows.items()}
        return {name: tensor.numpy() for name, tensor in reloaded.signatures["serving_default"](**tensors).items()}

    return Loaded(call)


def write_graph(source: Exportable, path: Path, *, rows: int | None = None) -> None:
    """The model not in training, for any number of rows or for exactly so many.

    Not by `Model.export`, which lets layers decide for themselves: its RandomFlip flips.
    """
    signature = {name: tf.TensorSpec((rows, *spec.shape[1:]), spec.dtype, name) for name, spec in source.inputs.items()}
    archive = keras.export.ExportArchive()
    archive.track(source.model)
    archive.add_endpoint("serve", source.call, input_signature=[signature])
    archive.write_out(path, verbose=False)
