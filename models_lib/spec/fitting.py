"""Reads `fit`: callbacks by name, early stopping, checkpoints, weights of classes."""

from typing import Any

from models_lib.spec.labels import label_key
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Place
from models_lib.spec.sections import FAULTY, Reading
from models_lib.spec.training import MOST_CALLBACKS, Checkpoint, Compile, EarlyStopping, Fit

FIT = Place("/fit")
HISTOGRAMS = 100


def read_fit(reading: Reading, raw: Any, outputs: tuple[str, ...]) -> Fit:
    """The section in its type; monitors that were left out are still None."""
    fields = reading.mapping(raw, FIT, "fit") if raw is not None else {}
    fields["callbacks"] = _read_callbacks(reading, fields.get("callbacks"))
    _lift_callbacks(reading, fields)
    fields["tensorboard"] = _read_tensorboard(reading, fields.get("tensorboard", True), fields.get("epochs"))
    fields["early_stopping"] = _read_stopping(reading, fields.get("early_stopping"))
    if isinstance(fields.get("checkpoint"), dict):
        place = FIT.below("checkpoint")
        read = reading.closed(Checkpoint, fields["checkpoint"], place, "checkpoint")
        fields["checkpoint"] = read or Checkpoint()
    fields["class_weight"] = _read_class_weight(reading, fields.get("class_weight"), outputs)
    fit = reading.closed(Fit, fields, FIT, "fit") or Fit()
    _check_first_epoch(reading, fit)
    _check_validated(reading, fit)
    return fit


def _check_first_epoch(reading: Reading, fit: Fit) -> None:
    if fit.initial_epoch >= fit.epochs:
        message = (
            f"no epoch is left: epochs, {fit.epochs}, counts from the very first one, so initial_epoch is at most "
            f"{fit.epochs - 1}"
        )
        place = FIT.below("initial_epoch")
        reading.refuse(place.fault("out_of_range", message, found=fit.initial_epoch, allowed=f"0 to {fit.epochs - 1}"))


def _check_validated(reading: Reading, fit: Fit) -> None:
    """A list of epochs that names none of those that there will be."""
    when = fit.validation_freq
    if isinstance(when, tuple) and not any(fit.initial_epoch < epoch <= fit.epochs for epoch in when):
        span = f"{fit.initial_epoch + 1} to {fit.epochs}"
        message = f"validation_freq names no epoch that is trained: epochs count from 1, and there are {span}"
        place = FIT.below("validation_freq")
        reading.refuse(place.fault("out_of_range", message, found=list(when), allowed=span))


def check_steps(reading: Reading, compiled: Compile, fit: Fit) -> None:
    """Keras does whole executions, more than were asked for."""
    steps, at_once = fit.steps_per_epoch, compiled.steps_per_execution
    if steps is not None and steps % at_once:
        message = f"steps_per_epoch is a multiple of steps_per_execution, {at_once}: an execution is not cut"
        place = FIT.below("steps_per_epoch")
        reading.refuse(place.fault("out_of_range", message, found=steps, allowed=f"a multiple of {at_once}"))


def _read_callbacks(reading: Reading, raw: Any) -> list[KerasObject]:
    place = FIT.below("callbacks")
    items = [] if raw is None else raw
    if isinstance(items, str | dict | KerasObject):
        return [reading.object(items, "callback", place)]
    if not isinstance(items, list | tuple):
        reading.refuse(place.fault("wrong_type", "callbacks is a list", found=raw, allowed="a list"))
        return []
    return reading.several(items, "callback", place, most=MOST_CALLBACKS)


def _lift_callbacks(reading: Reading, fields: dict[str, Any]) -> None:
    """EarlyStopping(...) and TensorBoard(...) among the callbacks are the sections of those names."""
    kept = []
    for n, callback in enumerate(fields["callbacks"]):
        field = {"EarlyStopping": "early_stopping", "TensorBoard": "tensorboard"}.get(callback.class_name)
        if field is None:
            kept.append(callback)
        elif fields.get(field) in (None, True):
            fields[field] = dict(callback.config) if field == "early_stopping" else callback
            _move_monitor(reading, n, field)
        else:
            message = f"{callback.class_name} is given twice: here and as fit.{field}"
            reading.refuse(FIT.below("callbacks", n).fault("duplicate", message, found=callback.class_name))
    fields["callbacks"] = kept


def _move_monitor(reading: Reading, n: int, field: str) -> None:
    """A monitor that was written in a callback is still refused where it stands."""
    place = reading.objects.places.get((FIT.below("callbacks", n).pointer, "monitor"))
    if place is not None:
        reading.objects.places[FIT.below(field).pointer, "monitor"] = place


def _read_stopping(reading: Reading, raw: Any) -> Any:
    """{patience: 3}, or EarlyStopping(patience=3)."""
    place = FIT.below("early_stopping")
    if isinstance(raw, str) or (isinstance(raw, dict) and "class_name" in raw):
        stopping = reading.object(raw, "callback", place)
        if stopping is not FAULTY and stopping.class_name != "EarlyStopping":
            message = "early_stopping is {patience: …}, or EarlyStopping(...)"
            reading.refuse(place.fault("wrong_type", message, found=stopping.class_name, allowed="EarlyStopping(...)"))
        raw = stopping.config if stopping.class_name == "EarlyStopping" else None
    return reading.closed(EarlyStopping, raw, place, "early_stopping") if isinstance(raw, dict) else raw


def _read_tensorboard(reading: Reading, raw: Any, epochs: Any) -> KerasObject | None:
    """By default with weights' histograms: each epoch, or as often as makes a hundred of them."""
    place = FIT.below("tensorboard")
    if raw is None or raw is False:
        return None
    every = -(-epochs // HISTOGRAMS) if type(epochs) is int and epochs > 0 else 1
    board = reading.object(f"TensorBoard(histogram_freq={every})" if raw is True else raw, "callback", place)
    if board is not FAULTY and board.class_name != "TensorBoard":
        message = "tensorboard is true, false, or TensorBoard(...)"
        reading.refuse(place.fault("wrong_type", message, found=board.class_name, allowed="TensorBoard(...)"))
    return board


def _read_class_weight(reading: Reading, raw: Any, outputs: tuple[str, ...]) -> dict[str, Any]:
    """{label: weight} of a single output, or that by output."""
    place = FIT.below("class_weight")
    if raw is None or raw == {}:
        return {}
    if not isinstance(raw, dict):
        message = "class_weight is {label: weight}, or that by output"
        reading.refuse(place.fault("wrong_type", message, found=raw, allowed="a mapping"))
        return {}
    if raw and all(isinstance(value, dict) for value in raw.values()):
        return {str(name): {label_key(label): w for label, w in weights.items()} for name, weights in raw.items()}
    if len(outputs) > 1:
        message = f"class_weight of several outputs is written by output: {{{outputs[0]}: {{…}}}}"
        reading.refuse(place.fault("wrong_type", message, found=raw, allowed=outputs))
        return {}
    return {outputs[0] if outputs else "output": {label_key(label): weight for label, weight in raw.items()}}
