"""Raw rows of a request, judged before the model sees them."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from models_lib.export.mapping import MappedInput, MappedWindow, ModelMapping
from models_lib.export.values import WrongValue, reader_of
from models_lib.spec.faults import Fault, join_pointer

MOST_FAULTS = 100


class InstancesRefused(Exception):
    """Rows that the model cannot be given: every fault, with pointers such as `/instances/0/median_income`."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))
        self.faults = faults


class InstanceReader:
    """Turns rows by column (or input) name into columns of values, one per tensor of the model."""

    def __init__(self, mapping: ModelMapping) -> None:
        self._inputs = mapping.inputs
        self._window = mapping.window
        self._readers = [(part.column, reader_of(self._of_one_row(part))) for part in mapping.inputs]
        self._columns = {part.column for part in mapping.inputs}
        self._bindings = {name: sources for name, sources in mapping.bindings.items() if name not in self._columns}
        self._known = self._columns | set(mapping.ignored)

    def read(self, instances: list[Any]) -> list[list[Any]]:
        """Values by tensor, then by row; raises InstancesRefused."""
        values: list[list[Any]] = [[] for _ in self._inputs]
        faults: list[Fault] = []
        for at, instance in enumerate(instances):
            pointer = join_pointer("/instances", at)
            if self._window is not None:
                faults += self._read_window(self._window, instance, pointer, values)
            elif not self._read_row(instance, values):
                faults += self._find_faults(instance, pointer)
            if len(faults) >= MOST_FAULTS:
                break
        if faults:
            raise InstancesRefused(tuple(faults[:MOST_FAULTS]))
        return values

    def _of_one_row(self, part: MappedInput) -> MappedInput:
        return part if self._window is None else part.model_copy(update={"shape": part.shape[1:]})

    def _read_window(
        self, window: MappedWindow, instance: Any, pointer: str, values: list[list[Any]]
    ) -> Iterator[Fault]:
        """Append the steps of one window, or give what is wrong with it."""
        whole = (window.sequence_length - 1) * window.sampling_rate + 1
        allowed = sorted({window.sequence_length, whole})
        if type(instance) is not list or len(instance) not in allowed:
            message = f"An instance is a list of {' or '.join(map(str, allowed))} rows, the steps of one window."
            found = len(instance) if type(instance) is list else _shown(instance)
            yield Fault(pointer=pointer, message=message, code="wrong_type", found=found, allowed=allowed)
            return
        steps: list[list[Any]] = [[] for _ in self._inputs]
        chosen = range(0, len(instance), window.sampling_rate if len(instance) == whole else 1)
        for at in chosen:
            if not self._read_row(instance[at], steps):
                yield from self._find_faults(instance[at], join_pointer(pointer, at))
        for column, read in zip(values, steps, strict=True):
            column.append(read)

    def _read_row(self, instance: Any, values: list[list[Any]]) -> bool:
        """Append one row's values; False if anything is wrong with it."""
        if type(instance) is not dict:
            return False
        row = instance
        if not row.keys() <= self._known:
            row = self._spread(row)
            if not row.keys() <= self._known:
                return False
        try:
            for (column, read), column_values in zip(self._readers, values, strict=True):
                column_values.append(read(row[column]))
        except (KeyError, WrongValue):
            return False
        return True

    def _spread(self, row: dict[Any, Any]) -> dict[Any, Any]:
        """Inputs given by their own names, as the columns that feed them; a column's own value goes first."""
        spread: dict[Any, Any] = {}
        for name, value in row.items():
            sources = self._bindings.get(name)
            listed = value if isinstance(value, list) and sources and len(sources) > 1 else [value]
            if sources is None or len(listed) != len(sources):
                spread[name] = value
            else:
                spread |= {source: part for source, part in zip(sources, listed, strict=True) if source not in row}
        return spread

    def _find_faults(self, instance: Any, pointer: str) -> Iterator[Fault]:
        columns = [part.column for part in self._inputs]
        if type(instance) is not dict:
            message = "An instance is an object of values by column."
            yield Fault(pointer=pointer, message=message, code="wrong_type", found=_shown(instance), allowed=columns)
            return
        row = self._spread(instance)
        for name in row.keys() - self._known:
            yield self._unknown(pointer, str(name))
        for column, read in self._readers:
            if column not in row:
                message = f"The row has no {column!r}."
                yield Fault(pointer=join_pointer(pointer, column), message=message, code="missing")
                continue
            try:
                read(row[column])
            except WrongValue as wrong:
                at_column = join_pointer(pointer, column)
                message = f"{column!r} takes {wrong}."
                found = _shown(row[column])
                yield Fault(pointer=at_column, message=message, code="wrong_type", found=found, allowed=str(wrong))

    def _unknown(self, pointer: str, name: str) -> Fault:
        allowed = [part.column for part in self._inputs]
        near = next(iter(get_close_matches(name, allowed, 1)), None)
        if name in self._bindings:
            message = f"Input {name!r} takes a list of {len(self._bindings[name])} values: {self._bindings[name]}."
        else:
            message = f"The model knows no column {name[:80]!r}" + (f": did you mean {near!r}?" if near else ".")
        place = join_pointer(pointer, name)
        return Fault(
            pointer=place, message=message, code="unknown_name", found=name, allowed=allowed, did_you_mean=near
        )


def _shown(value: Any) -> Any:
    return value if isinstance(value, int | float | bool | None) else str(value)[:80]
