"""A script's own board: its curves, its weights' histograms and its graph, under the names that Keras gives them."""

import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorboard.plugins.histogram import metadata

from models_lib.train.boards import count_buckets, forward_graph

HISTOGRAMS = 100


class ScriptBoard:
    """Written to by epoch; it never fails a script, and after its first fault it is left alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, Any] = {}
        self._has_graph = self._is_broken = False

    def write(self, epoch: int, metrics: Mapping[str, float], model: keras.Model | None, *, epochs: int | None) -> None:
        """An epoch's curves, counted from 1; of weights at most a hundred histograms."""
        if self._is_broken:
            return
        try:
            self._write_curves(epoch - 1, metrics)
            every = -(-(epochs or HISTOGRAMS) // HISTOGRAMS)
            if model is not None and (epoch - 1) % every == 0:
                self._write_model(epoch - 1, model)
            for writer in self._writers.values():
                writer.flush()
        except Exception:  # noqa: BLE001 - a model may be of any make; the script trains all the same
            self._is_broken = True
            traceback.print_exc()

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()

    def _writer(self, name: str) -> Any:
        if name not in self._writers:
            self._writers[name] = tf.summary.create_file_writer(str(self._folder / name))
        return self._writers[name]

    def _write_curves(self, step: int, metrics: Mapping[str, float]) -> None:
        for name, value in metrics.items():
            part, short = ("validation", name[4:]) if name.startswith("val_") else ("train", name)
            with self._writer(part).as_default():
                tf.summary.scalar(f"epoch_{short}", value, step=step)

    def _write_model(self, step: int, model: keras.Model) -> None:
        described = metadata.create_summary_metadata(display_name=None, description=None)
        with self._writer("train").as_default():
            for weight in model.trainable_weights:
                name = f"{weight.path.replace(':', '_')}/histogram"
                tf.summary.write(name, count_buckets(weight), step=step, metadata=described)
            if not self._has_graph and type(model).__name__ in ("Functional", "Sequential"):
                self._has_graph = True
                with suppress(AttributeError, ValueError):  # a stack that was built by its data alone has no input
                    tf.summary.graph(forward_graph(model))
