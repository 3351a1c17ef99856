"""Live callbacks as the spec's: Keras' own by their constructor's values, anybody's own by source."""

import inspect
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from horngate.errors import FitRefused
from horngate.fitting.checkpoints import take_checkpoint
from horngate.fitting.objects import OwnObjects, is_own, read_constructor
from horngate.fitting.written import write_class

READ: Mapping[str, tuple[str, ...]] = {
    "EarlyStopping": (
        "monitor", "min_delta", "patience", "verbose", "mode", "baseline", "restore_best_weights", "start_from_epoch",
    ),
    "ReduceLROnPlateau": ("monitor", "factor", "patience", "verbose", "mode", "min_delta", "cooldown", "min_lr"),
    "TerminateOnNaN": (),
    "SwapEMAWeights": ("swap_on_epoch",),
    "TensorBoard": ("histogram_freq", "write_graph", "write_images", "write_steps_per_second", "update_freq"),
}  # fmt: skip
REFUSED: Mapping[str, str] = {
    "OrbaxCheckpoint": "the run keeps its best and its last epoch itself: leave it out",
    "RemoteMonitor": "a training has no network: read history.run.events()",
}
OF_FUNCTIONS = ("LearningRateScheduler", "LambdaCallback")
# What a run does by itself.
DONE_ANYWAY = ("History", "ProgbarLogger", "BackupAndRestore", "BaseLogger")


@dataclass
class Callbacks:
    """The spec's callbacks, and what is left to do here when the run has ended."""

    written: list[Any] = field(default_factory=list)
    logs: list[Any] = field(default_factory=list)
    checkpoints: list[Any] = field(default_factory=list)


def describe_callbacks(callbacks: Any, own: OwnObjects) -> Callbacks:
    """Every callback in the spec's words; raises FitRefused by its name."""
    described = Callbacks()
    for callback in _listed(callbacks):
        written = _describe(callback, described, own)
        if written is not None:
            described.written.append(written)
    return described


def _listed(callbacks: Any) -> Sequence[Any]:
    if callbacks is None:
        return []
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return list(callbacks.callbacks)
    return list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]


def _describe(callback: Any, described: Callbacks, own: OwnObjects) -> Any:
    name = type(callback).__name__
    if not isinstance(callback, keras.callbacks.Callback):
        raise FitRefused("callbacks", f"holds a {name}, which is no keras.callbacks.Callback")
    if is_own(type(callback)):
        return _describe_own(callback, own)
    if name in DONE_ANYWAY:
        return None
    if name == "CSVLogger":
        described.logs.append(callback)
        return {"class_name": name, "config": {"separator": callback.sep}}
    if name == "ModelCheckpoint":
        described.checkpoints.append(take_checkpoint(callback))
        return None
    if name in OF_FUNCTIONS:
        return _describe_functions(callback, len(described.written), own)
    if name not in READ:
        raise FitRefused("callbacks", f"holds a {name}: {REFUSED.get(name, 'remote.fit does not know it')}")
    config = {argument: _plain(getattr(callback, argument)) for argument in READ[name]}
    if "min_delta" in config:  # Keras turns its sign where larger is better
        config["min_delta"] = abs(config["min_delta"])
    return {"class_name": name, "config": {key: value for key, value in config.items() if value is not None}}


def _describe_own(callback: Any, own: OwnObjects) -> Any:
    get_config: Callable[[], Mapping[str, Any]] | None = getattr(callback, "get_config", None)
    config = dict(get_config()) if get_config else read_constructor(callback, "callbacks", own)
    return {"class_name": own.mark_object(type(callback)), "config": config}


def _describe_functions(callback: Any, at: int, own: OwnObjects) -> Any:
    """A class that hands its functions, which are captured beside it, to Keras' own."""
    kind = type(callback).__name__
    functions = {name: value for name, value in vars(callback).items() if name == "schedule" or name.startswith("on_")}
    for argument, function in functions.items():
        if not inspect.isfunction(function) or not is_own(function):
            mend = "give it a function of your own (def), or subclass keras.callbacks.Callback"
            raise FitRefused("callbacks", f"holds a {kind} whose {argument} is no plain function: {mend}")
    given = [f"{argument}={argument}{at or ''}" for argument in functions]
    verbose = ["verbose=1"] if getattr(callback, "verbose", 0) else []
    made = write_class(
        f"Own{kind}{at or ''}",
        f"keras.callbacks.{kind}",
        f"Keras' {kind} with functions of its user's.",
        [],
        [f"super().__init__({', '.join([*given, *verbose])})"],
        {f"{argument}{at or ''}": function for argument, function in functions.items()},
        next(iter(functions.values())).__module__ if functions else "__main__",
    )
    return {"class_name": own.mark_object(made), "config": {}}


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def leave_logs(callbacks: Callbacks, spec: Mapping[str, Any], fetch: Callable[[str], Path]) -> None:
    """The tables that CSVLoggers would have written, where they would have written them."""
    written = [at for at, callback in enumerate(spec["fit"]["callbacks"]) if callback["class_name"] == "CSVLogger"]
    for callback, at in zip(callbacks.logs, written, strict=False):  # who comes back later brings none
        target, table = Path(callback.filename), fetch(f"training-{at}.csv")
        target.parent.mkdir(parents=True, exist_ok=True)
        if callback.append and target.is_file() and target.stat().st_size:
            with target.open("a") as log:
                log.write(table.read_text().partition("\n")[2])
        else:
            shutil.copyfile(table, target)
