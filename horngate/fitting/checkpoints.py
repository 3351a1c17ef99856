"""`ModelCheckpoint`: the run keeps the epochs that it would save, and the files are written here when it has ended."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from string import Formatter
from tempfile import TemporaryDirectory
from typing import Any

import keras

from horngate.client.artifacts import download_checkpoint
from horngate.client.runs import Run
from horngate.errors import FitRefused, UsageError
from horngate.fitting.structures import Rows, map_arrays
from horngate.fitting.weights import WEIGHTS, put_weights


def take_checkpoint(callback: Any) -> Any:
    """The callback, where it saves after epochs; raises FitRefused."""
    if callback.save_freq != "epoch":
        mend = (
            f"leave save_freq out, and it saves after each epoch; one of {callback.save_freq} batches is fit(…, "
            f"steps_per_epoch={callback.save_freq})"
        )
        raise FitRefused("callbacks", f"holds a ModelCheckpoint with save_freq={callback.save_freq}: {mend}")
    return callback


def plan_checkpoints(
    callbacks: Sequence[Any], model: Any, rows: Rows, *, is_validated: bool, is_at_each: bool
) -> dict[str, Any]:
    """The fields of the spec's `fit` that keep what the callbacks would have saved; raises FitRefused.

    `is_at_each`: after each epoch, where at all. Without the value that it asks for, Keras saves an epoch.
    """
    if not callbacks:
        return {}
    judges = {}
    for callback in callbacks:
        callback.set_model(model)
        if callback.save_best_only and (is_validated or not callback.monitor.startswith("val_")):
            judges[callback.monitor, _mode(callback, model, rows)] = callback
    is_every = (
        len(judges) > 1 or (is_validated and not is_at_each) or any(_is_pattern(each.filepath) for each in callbacks)
    )
    fields: dict[str, Any] = {"checkpoint": {"keep": "all" if is_every else "best", "weights": True}}
    for monitor, mode in judges if len(judges) == 1 else ():
        fields |= {"monitor": monitor, "mode": mode}
    return fields


def _is_pattern(path: str) -> bool:
    return any(field is not None for _, field, _, _ in Formatter().parse(path))


def _mode(callback: Any, model: Any, rows: Rows) -> str:
    """Keras' own judgement, for which the model's metrics are made as `fit` makes them."""
    try:
        if callback.mode == "auto" and callback.monitor.removeprefix("val_") != "loss":
            first = rows.first(1)
            model._symbolic_build(data_batch=(_tensors(first.x), _tensors(first.y), None))
        callback._set_monitor_op()
    except Exception as error:
        mend = "give it mode='min' or mode='max'"
        raise FitRefused(
            "callbacks", f"holds a ModelCheckpoint whose monitor is {callback.monitor!r}, and Keras cannot tell here "
            f"which way is better: {mend}",
        ) from error  # fmt: skip
    return "min" if callback.monitor_op is keras.ops.less else "max"


def _tensors(structure: Any) -> Any:
    return map_arrays(keras.ops.convert_to_tensor, structure)


def leave_checkpoints(callbacks: Sequence[Any], run: Run, model: Any, history: Any) -> None:
    """Write the files, as Keras would have; the model is left with the weights of one of them."""
    logs = list(epoch_logs(history, validated=run.spec["fit"]["validation_freq"]))
    for callback in callbacks:
        callback.set_model(model)
        for path, epoch in _saved(callback, logs).items():
            with TemporaryDirectory(prefix="horngate-") as folder:
                try:
                    kept = download_checkpoint(run.service, run.path, epoch + 1, WEIGHTS, Path(folder))
                except UsageError as error:  # a budget of the service may hold fewer epochs than were asked for
                    warnings.warn(f"{path} is not written: {error}", stacklevel=2)
                    continue
                put_weights(model, kept)
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            save: Callable[..., Any] = model.save_weights if callback.save_weights_only else model.save
            save(path, overwrite=True)


def _saved(callback: Any, logs: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, int]:
    """By file the epoch that it holds in the end: Keras judges each by its logs."""
    found = {}
    for epoch, metrics in logs:
        path = callback._get_file_path(epoch, None, metrics)
        if callback._should_save_model(epoch, None, metrics, path):
            found[path] = epoch
    return found


def epoch_logs(history: Any, *, validated: int | Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The epochs, counted from 0, with what Keras logged; every so many of them were `validated`, or those listed."""
    curves = {name: iter(values) for name, values in history.history.items()}
    for epoch in history.epoch:
        is_validated = (epoch + 1) % validated == 0 if isinstance(validated, int) else epoch + 1 in validated
        yield (
            epoch,
            {name: next(values) for name, values in curves.items() if is_validated or not name.startswith("val_")},
        )
