"""Keras callbacks by name, every path chosen by us."""

from pathlib import Path
from typing import Any

import keras

from models_lib.build.direction import settle_mode
from models_lib.build.objects import construct
from models_lib.components.describing import describe_object, snake_case
from models_lib.components.importing import find_component
from models_lib.spec.components import CHOSEN_BY_SERVICE, is_component, short_name
from models_lib.spec.objects import KerasObject
from models_lib.spec.training import EarlyStopping, Mode
from models_lib.spec.types import RunSpec
from models_lib.train.boards import TensorBoard


def make_callbacks(spec: RunSpec, out: Path) -> list[keras.callbacks.Callback]:
    """The callbacks of one `fit`, in the order in which they are called."""
    rates = [] if isinstance(spec.compile.optimizer, KerasObject) else [LearningRates()]
    made = [_make_callback(spec, described, at, out) for at, described in enumerate(spec.fit.callbacks)]
    callbacks: list[keras.callbacks.Callback] = [*rates, *made]
    if spec.fit.early_stopping:
        callbacks.append(_make_early_stopping(spec, spec.fit.early_stopping))
    if spec.fit.tensorboard:
        callbacks.append(_make_board(spec.fit.tensorboard, out))
    return callbacks


class LearningRates(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """A curve for each of several optimizers: `learning_rate/wide`."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        several = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        for optimizer in several.optimizers:
            logs[f"learning_rate/{optimizer.name}"] = float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def _make_callback(spec: RunSpec, described: KerasObject, at: int, out: Path) -> keras.callbacks.Callback:
    monitor = described.config.get("monitor")
    if isinstance(monitor, str) and not is_component(described.class_name):
        return construct("callback", described, mode=_mode(spec, monitor, described.config.get("mode")))
    if is_component(described.class_name):
        paths = _own_paths(described, at, out)
        asked = {name: path for name, path in paths.items() if name in _argument_names(described)}
        return construct("callback", described, **asked)
    if described.class_name != "CSVLogger":
        return construct("callback", described)
    path = out / "artifacts" / f"training-{at}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Appending, since a resumed training writes the earlier epochs into the file before it goes on.
    return construct("callback", described, filename=str(path), append=True)


def _own_paths(described: KerasObject, at: int, out: Path) -> dict[str, str]:
    """Where a component's callback writes: event files into the run's board, any other file among its artifacts."""
    kept = out / "artifacts"
    kept.mkdir(parents=True, exist_ok=True)
    return chosen_paths(described, at, kept=f"{kept}/", board=f"{out}/tensorboard/")


def chosen_paths(described: KerasObject, at: int, *, kept: str, board: str) -> dict[str, str]:
    """The same in folders whose names end in a slash."""
    name = f"{snake_case(short_name(described.class_name))}-{at}"
    return dict.fromkeys(CHOSEN_BY_SERVICE, f"{kept}{name}") | {"log_dir": f"{board}{name}"}


def _argument_names(described: KerasObject) -> set[str]:
    """What the constructor names: its **kwargs go on to Keras' own, which takes nothing."""
    told = describe_object(short_name(described.class_name), find_component(described.class_name))
    return {argument.name for argument in told.arguments} if told is not None else set()


def _make_early_stopping(spec: RunSpec, described: EarlyStopping) -> keras.callbacks.EarlyStopping:
    monitor = described.monitor or spec.fit.monitor or "loss"
    mode = _mode(spec, monitor, described.mode)
    return keras.callbacks.EarlyStopping(**(described.model_dump() | {"monitor": monitor, "mode": mode}))


def _mode(spec: RunSpec, monitor: str, given: object) -> Mode:
    """A callback's own mode, else the run's where it watches the run's monitor."""
    if given in ("min", "max"):
        return given
    return settle_mode(spec, monitor, spec.fit.mode if monitor == spec.fit.monitor else "auto")


def _make_board(described: KerasObject, out: Path) -> TensorBoard:
    return TensorBoard(**(described.config | {"log_dir": str(out / "tensorboard"), "embeddings_metadata": None}))
