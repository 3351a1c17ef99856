"""Keras' TensorBoard callback, with histograms that cost a fifth, and the graph without a look at each batch."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorboard.plugins.histogram import metadata

BUCKETS = 30
SAMPLE = 65_536


class TensorBoard(keras.callbacks.TensorBoard):  # type: ignore[misc]  # Keras ships no types
    """Writes weights' histograms with NumPy: `tf.summary.histogram` takes 600 ms at first and 5 ms a weight later.

    Of a weight with many values a sample is counted, so that a big model's epoch is not held up by its board. They go
    through Keras' own writer, since TensorBoard reads only the newest of several files in one folder.
    """

    _has_graph = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The graph comes with the first epoch, not before the first batch, for which somebody waits."""
        if self.write_graph and not self._has_graph:
            self._has_graph = True
            self._write_graph()
        super().on_epoch_end(epoch, logs)

    def _write_graph(self) -> None:
        """Keras looks for it in its training function, which holds none any more: so the core is traced once more."""
        if type(self.model).__name__ in ("Functional", "Sequential"):
            with self._train_writer.as_default():
                tf.summary.graph(forward_graph(self.model))

    def _log_weights(self, epoch: int) -> None:
        described = metadata.create_summary_metadata(display_name=None, description=None)
        with self._train_writer.as_default():
            for layer in self.model.layers:
                for weight in layer.weights:
                    name = f"{weight.path.replace(':', '_')}/histogram"
                    tf.summary.write(name, count_buckets(weight), step=epoch, metadata=described)
        self._train_writer.flush()


def forward_graph(core: keras.Model) -> Any:
    """The operations of one call of the core on a batch; nothing is computed."""
    batch = keras.tree.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), core.input)
    return tf.function(lambda tensors: core(tensors, training=True)).get_concrete_function(batch).graph


def count_buckets(weight: Any) -> Any:
    """Left edge, right edge and count of each bucket, as TensorBoard's histogram plugin reads them."""
    values = keras.ops.convert_to_numpy(weight).reshape(-1)
    stride = -(-values.size // SAMPLE)
    sample = values[::stride].astype(np.float64)
    counts, edges = np.histogram(sample[np.isfinite(sample)], bins=BUCKETS)
    return np.stack([edges[:-1], edges[1:], counts * stride], axis=1)
