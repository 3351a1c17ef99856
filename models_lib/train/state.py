"""All that the next step depends on: weights, optimizer, seed generators, metrics, callbacks, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.train.failures import CheckpointUnusable
from models_lib.train.fingerprint import take_fingerprint

Arrays = dict[str, NDArray[Any]]
# What callbacks remember from step to step; everything else in them is settled when they are made.
REMEMBERED = {
    "EarlyStopping": ("wait", "stopped_epoch", "best", "best_weights", "best_epoch"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
    "SwapEMAWeights": ("_ema_weights_in_model",),
    "History": ("epoch", "history"),
    "BestEpoch": ("wait", "best", "best_epoch", "leading"),
    "EpochRecorder": ("best_score", "last_score", "seconds", "steered"),
    "TensorBoard": ("_global_train_batch", "_global_test_batch"),
}
KEPT = "_horngate_kept_optimizers"
ARRAY_LISTS = frozenset({"best_weights"})
# NumPy files know no bfloat16: its two bytes come back as a void type.
BFLOAT16 = np.dtype(tf.bfloat16.as_numpy_dtype)


@dataclass
class TrainingState:
    """`arrays` by name, and `plain`: what JSON can hold."""

    arrays: Arrays = field(default_factory=dict)
    plain: dict[str, Any] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """Batches done of the epoch that is under way; 0 between two epochs."""
        return int(self.plain.get("step", 0))

    @property
    def bytes(self) -> int:
        """Of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())


def take_state(core: keras.Model, callbacks: Sequence[keras.callbacks.Callback], *, step: int = 0) -> TrainingState:
    """A copy of the state between two epochs, or after `step` batches of one."""
    arrays: Arrays = {}
    for group, variables in _variables(core, inside=step > 0).items():
        for at, variable in enumerate(variables):
            arrays[f"{group}/{at:05d}/{variable.path}"] = keras.ops.convert_to_numpy(variable)
    remembered = [_remember(callback, f"callbacks/{at}", arrays) for at, callback in enumerate(callbacks)]
    return TrainingState(
        arrays,
        {
            "callbacks": remembered,
            "stop": bool(getattr(core, "stop_training", False)),
            "step": step,
            "fingerprint": take_fingerprint(),
        },
    )


def put_state(core: keras.Model, callbacks: Sequence[keras.callbacks.Callback], state: TrainingState) -> None:
    """Write a state back; the optimizer must have been built."""
    for group, variables in _variables(core, inside=state.step > 0).items():
        _put_group(group, variables, state)
    for at, (callback, remembered) in enumerate(zip(callbacks, state.plain["callbacks"], strict=True)):
        _remind(callback, remembered, f"callbacks/{at}", state.arrays)
    core.stop_training = state.plain["stop"]


def _put_group(group: str, variables: Sequence[Any], state: TrainingState) -> None:
    saved = [array for name, array in state.arrays.items() if name.startswith(f"{group}/")]
    if len(saved) != len(variables):
        raise CheckpointUnusable(f"The checkpoint has {len(saved)} variables of the {group}, not {len(variables)}.")
    for variable, array in zip(variables, saved, strict=True):
        dtype = keras.ops.convert_to_numpy(variable).dtype
        variable.assign(array.view(dtype) if array.dtype.kind == "V" else array)


def keep_optimizer(
    core: keras.Model,
    name: str,
    optimizer: keras.optimizers.Optimizer,
    variables: Sequence[Any],
    resumed: TrainingState | None,
) -> None:
    """Have checkpoints hold an optimizer that a loop has made, and give it what the one resumed from holds of it."""
    optimizer.build(list(variables))
    object.__setattr__(core, KEPT, {**kept_optimizers(core), name: optimizer})  # beside Keras' own tracking
    if resumed is not None:
        _put_group(f"own_{name}", optimizer.variables, resumed)


def kept_optimizers(core: keras.Model) -> dict[str, keras.optimizers.Optimizer]:
    """What `keep_optimizer` was given, by name."""
    found: dict[str, keras.optimizers.Optimizer] = getattr(core, KEPT, {})
    return found


def _variables(core: keras.Model, *, inside: bool) -> dict[str, list[Any]]:
    """`core.variables` holds the seed generators too; metrics are reset at the start of each epoch.

    They count `inside` one, those of a model's own `metrics` too, which Keras resets with the others.
    """
    optimizer = getattr(core, "optimizer", None)  # a model that was never compiled has no such attribute
    found = {"model": core.variables, "optimizer": optimizer.variables if optimizer is not None else []}
    if inside:
        found["metrics"] = core.metrics_variables
    return found | {f"own_{name}": optimizer.variables for name, optimizer in own_optimizers(core).items()}


def own_optimizers(core: keras.Model) -> dict[str, keras.optimizers.Optimizer]:
    """Those that a component's model holds beside Keras' one, a GAN's two, and those that its loop keeps."""
    held = {name: value for name, value in vars(core).items() if isinstance(value, keras.optimizers.Optimizer)}
    return {name: value for name, value in held.items() if value is not core.optimizer} | kept_optimizers(core)


def build_for(core: keras.Model, batches: tf.data.Dataset, state: TrainingState) -> None:
    """Have a model's own optimizers, and metrics where the state holds some, make their variables.

    They do at their first step: it is traced, and not taken.
    """
    if core.distribute_strategy.num_replicas_in_sync > 1:
        core._maybe_symbolic_build(data_batch=batches.element_spec)
    elif state.step or any(not optimizer.built for optimizer in own_optimizers(core).values()):
        tf.function(core.train_step).get_concrete_function(batches.element_spec)


def _remember(callback: keras.callbacks.Callback, place: str, arrays: Arrays) -> dict[str, Any]:
    if isinstance(callback, keras.callbacks.CSVLogger):
        return {"text": Path(callback.filename).read_text()}
    remembered: dict[str, Any] = {}
    for name in REMEMBERED.get(type(callback).__name__, ()):
        value = getattr(callback, name)
        if name in ARRAY_LISTS and value is not None:
            arrays.update({f"{place}/{name}/{at:05d}": np.asarray(array) for at, array in enumerate(value)})
        else:
            remembered[name] = value.item() if isinstance(value, np.generic) else _copy(value)
    return remembered


def _copy(value: Any) -> Any:
    """Of lists that grow with each epoch, and of what holds them; the numbers in them are left where they are."""
    if isinstance(value, dict):
        return {name: _copy(part) for name, part in value.items()}
    return list(value) if isinstance(value, list) else value


def _remind(
    callback: keras.callbacks.Callback, remembered: Mapping[str, Any], place: str, arrays: Mapping[str, NDArray[Any]]
) -> None:
    for name in REMEMBERED.get(type(callback).__name__, ()):
        saved = [array for key, array in arrays.items() if key.startswith(f"{place}/{name}/")]
        if name in remembered or saved:
            setattr(callback, name, remembered.get(name, saved))


def restore_tables(callbacks: Sequence[keras.callbacks.Callback], state: TrainingState) -> None:
    """Write earlier epochs' rows into the files of CSVLoggers, before they open them."""
    for callback, remembered in zip(callbacks, state.plain["callbacks"], strict=True):
        if isinstance(callback, keras.callbacks.CSVLogger):
            Path(callback.filename).write_text(remembered["text"])
