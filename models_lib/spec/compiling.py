"""Reads `compile`: losses, weights and metrics, whichever way they are written, by output."""

from collections.abc import Callable
from typing import Any, TypeVar

from models_lib.spec.names import did_you_mean, is_certain, join_names, nearest
from models_lib.spec.objects import Family, KerasObject
from models_lib.spec.optimizers import read_optimizer
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.training import MOST_METRICS, Compile

COMPILE = Place("/compile")
Item = TypeVar("Item")


def read_compile(reading: Reading, raw: Any, outputs: tuple[str, ...], *, model_only: bool) -> Compile | None:
    """The section in its type; `outputs` is empty where the model could not be read."""
    if raw is None and not model_only:
        message = "compile is missing: {optimizer: Adam(1e-3), loss: mse}"
        reading.refuse(COMPILE.fault("missing", message, allowed=tuple(Compile.model_fields)))
        return None
    fields = reading.mapping(raw or {}, COMPILE, "compile")
    by_output = _ByOutput(reading, outputs)
    fields["optimizer"] = read_optimizer(reading, fields)
    fields["loss"] = _read_losses(reading, fields.get("loss"), by_output, model_only=model_only)
    weights = fields.get("loss_weights")
    weighed = by_output.read(weights, COMPILE.below("loss_weights"), lambda value, _: value)
    fields["loss_weights"] = dict.fromkeys(outputs, 1.0) | weighed if weighed else {}
    for field in ("metrics", "weighted_metrics"):
        fields[field] = _read_metrics(reading, fields.get(field), COMPILE.below(field), by_output)
    return reading.closed(Compile, fields, COMPILE, "compile")


def _read_losses(reading: Reading, raw: Any, by_output: "_ByOutput", *, model_only: bool) -> dict[str, KerasObject]:
    place = COMPILE.below("loss")
    if raw in (None, {}) and model_only:
        return {}
    if raw is None:
        reading.refuse(place.fault("missing", "loss is missing: it is never guessed, e.g. loss: mse", allowed="a loss"))
        return {}
    return by_output.read(raw, place, _object_of(reading, "loss"), complete=True)


def _read_metrics(
    reading: Reading, raw: Any, place: Place, by_output: "_ByOutput"
) -> dict[str, tuple[KerasObject, ...]]:
    """Metrics of each output. A list for a single output is its metrics; for several, one entry for each."""
    read_one = _object_of(reading, "metric")

    def read_many(value: Any, at: Place) -> tuple[KerasObject, ...]:
        if isinstance(value, list | tuple):
            return tuple(reading.several(value, "metric", at, most=MOST_METRICS))
        return () if value is None else (read_one(value, at),)

    if raw is None or raw == {} or raw == []:
        return {}
    if len(by_output.outputs) <= 1 and (isinstance(raw, str | list) or _is_object(raw)):
        return {by_output.only: read_many(raw, place)}
    if isinstance(raw, str) or _is_object(raw):
        names = join_names(by_output.outputs)
        message = f"metrics of several outputs are written by output: {{{by_output.outputs[0]}: [...]}} of {names}"
        reading.refuse(place.fault("wrong_type", message, found=raw, allowed=by_output.outputs))
        return {}
    read = by_output.read(raw, place, read_many)
    return {name: metrics for name, metrics in read.items() if metrics}


def _object_of(reading: Reading, family: Family) -> Callable[[Any, Place], KerasObject]:
    return lambda value, place: reading.object(value, family, place)


def _is_object(raw: Any) -> bool:
    return isinstance(raw, KerasObject) or (isinstance(raw, dict) and "class_name" in raw)


class _ByOutput:
    """Spreads one value, a list or a mapping over the model's outputs."""

    def __init__(self, reading: Reading, outputs: tuple[str, ...]) -> None:
        self._reading = reading
        self.outputs = outputs

    @property
    def only(self) -> str:
        return self.outputs[0] if self.outputs else "output"

    def read(
        self, raw: Any, place: Place, read_one: Callable[[Any, Place], Item], *, complete: bool = False
    ) -> dict[str, Item]:
        """The value of each output; `complete` asks for one of every output."""
        match raw:
            case None:
                return {}
            case dict() if not _is_object(raw):
                return self._read_mapping(raw, place, read_one, complete=complete)
            case list() | tuple():
                return self._read_list(raw, place, read_one)
            case _:
                value = read_one(raw, place)
                return dict.fromkeys(self.outputs or ("output",), value)

    def _read_mapping(
        self, raw: dict[str, Any], place: Place, read_one: Callable[[Any, Place], Item], *, complete: bool
    ) -> dict[str, Item]:
        strangers = [str(name) for name in raw if self.outputs and name not in self.outputs]
        for name in strangers:
            self._reading.refuse(unknown_output(name, self.outputs, place.below(name)))
        missing = [name for name in self.outputs if raw.get(name) is None]
        if missing and complete and not strangers:
            message = f"{place.pointer.rpartition('/')[2]} is missing for output {', '.join(map(repr, missing))}"
            self._reading.refuse(place.fault("missing", message, found=list(raw), allowed=self.outputs))
        return {str(n): read_one(value, place.below(n)) for n, value in raw.items() if value is not None}

    def _read_list(
        self, raw: list[Any] | tuple[Any, ...], place: Place, read_one: Callable[[Any, Place], Item]
    ) -> dict[str, Item]:
        if self.outputs and len(raw) != len(self.outputs):
            message = f"a list has one entry for each output ({join_names(self.outputs)}): this one has {len(raw)}"
            self._reading.refuse(place.fault("wrong_type", message, found=len(raw), allowed=self.outputs))
            return {}
        items = [read_one(item, place.below(n)) for n, item in enumerate(raw)]
        return dict(zip(self.outputs, items, strict=False))


def unknown_output(name: str, outputs: tuple[str, ...], place: Place) -> Any:
    """The fault for a name that is no output."""
    near = nearest(name, outputs)
    mend = place.renaming(near) if near and is_certain(name, near) else None
    message = f"the model has no output {name[:80]!r}{did_you_mean(near)}"
    return place.fault("bad_reference", message, found=name, allowed=outputs, did_you_mean=near, patch=mend)
