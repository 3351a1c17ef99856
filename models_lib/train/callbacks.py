"""Keras callbacks by name, every path chosen by us."""

from pathlib import Path

import keras

from models_lib.build.objects import construct
from models_lib.spec.objects import KerasObject
from models_lib.spec.training import EarlyStopping, Fit
from models_lib.train.boards import TensorBoard


def make_callbacks(fit: Fit, out: Path) -> list[keras.callbacks.Callback]:
    """The callbacks of one `fit`, in the order in which they are called."""
    callbacks = [_make_callback(described, at, out) for at, described in enumerate(fit.callbacks)]
    if fit.early_stopping:
        callbacks.append(_make_early_stopping(fit.early_stopping, fit))
    if fit.tensorboard:
        callbacks.append(_make_board(fit.tensorboard, out))
    return callbacks


def _make_callback(described: KerasObject, at: int, out: Path) -> keras.callbacks.Callback:
    if described.class_name != "CSVLogger":
        return construct("callback", described)
    path = out / "artifacts" / f"training-{at}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Appending, since a resumed training writes the earlier epochs into the file before it goes on.
    return construct("callback", described, filename=str(path), append=True)


def _make_early_stopping(described: EarlyStopping, fit: Fit) -> keras.callbacks.EarlyStopping:
    monitor = described.monitor or fit.monitor
    mode = fit.mode if described.mode == "auto" and monitor == fit.monitor else described.mode
    return keras.callbacks.EarlyStopping(**(described.model_dump() | {"monitor": monitor, "mode": mode}))


def _make_board(described: KerasObject, out: Path) -> TensorBoard:
    return TensorBoard(**(described.config | {"log_dir": str(out / "tensorboard"), "embeddings_metadata": None}))
