"""Which array of a fit is which tensor of the model: inputs, targets and weights by the names that the spec uses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from horngate.errors import FitRefused
from horngate.fitting.structures import Rows

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")
WEIGHT = "sample_weight"


@dataclass
class Named:
    """The arrays of one part by their names in the file; inputs, targets and weights lead to them."""

    arrays: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(next(iter(self.arrays.values())))

    def add_weight(self, output: str, array: Any) -> None:
        """The weight of each row for one output."""
        name = WEIGHT if len(self.targets) == 1 else f"{WEIGHT}_{output}"
        self.arrays[name], self.weights[output] = array, name

    def merge(self, name: str, into: str) -> None:
        """Have everything that leads to one array lead to another."""
        del self.arrays[name]
        for uses in (self.inputs, self.targets, self.weights):
            uses |= {use: into for use, array in uses.items() if array == name}


def name_rows(rows: Rows, inputs: Mapping[str, Any] | None, outputs: Sequence[str] | None) -> Named:
    """The rows by name. `inputs` are a graph's symbols by the words that x calls them, `outputs` the names of its
    outputs; None where a model of its own class takes what comes. Raises FitRefused."""
    named = Named()
    given = _by_name(rows.x, inputs, "x")
    for word, array in given.items():
        symbol = inputs[word] if inputs is not None else None
        # Of an input that nobody named a config knows the layer's name alone.
        name = word if symbol is None else str(symbol._keras_history.operation.name)
        if not NAME.fullmatch(name):
            raise FitRefused("x", f"cannot be sent under {name!r}: names have letters, digits, _ - . (at most 64)")
        named.inputs[name] = "x" if len(given) == 1 else f"x_{name}"
        named.arrays[named.inputs[name]] = array if symbol is None else fit_rank(array, symbol)
    learned = _by_name(rows.y, outputs, "y") if rows.y is not None else {}
    for name, array in learned.items():
        if not NAME.fullmatch(name):
            raise FitRefused("y", f"cannot be sent under {name!r}: names have letters, digits, _ - . (at most 64)")
        named.targets[name] = "y" if len(learned) == 1 else f"y_{name}"
        named.arrays[named.targets[name]] = array
    _name_weights(named, rows.sample_weight)
    return named


def _name_weights(named: Named, weights: Any) -> None:
    """One array weighs the rows for every output."""
    if weights is None:
        return
    if not named.targets:
        raise FitRefused(WEIGHT, "weighs nothing: there is no y")
    if isinstance(weights, dict | list):
        weights = _by_name(weights, tuple(named.targets), WEIGHT)
    else:
        weights = dict.fromkeys(named.targets, weights)
    for output, array in weights.items():
        named.add_weight(output, array)


def _by_name(structure: Any, names: Mapping[str, Any] | Sequence[str] | None, argument: str) -> dict[str, Any]:
    """Arrays by the model's names; raises FitRefused where the structure is not the model's."""
    if isinstance(structure, dict):
        named = _chosen(structure, names, argument)
    else:
        arrays = structure if isinstance(structure, list) else [structure]
        stem = "output" if argument == "y" else argument
        own = [stem] if not isinstance(structure, list) else [f"{stem}_{at}" for at in range(len(arrays))]
        wanted = own if names is None else list(names)
        if len(arrays) != len(wanted):
            raise FitRefused(argument, f"is {len(arrays)} arrays, and the model has {len(wanted)}: {', '.join(wanted)}")
        named = dict(zip(wanted, arrays, strict=True))
    if any(isinstance(part, dict | list) for part in named.values()):
        raise FitRefused(argument, "is nested: give one array for each input and output, in a list or by name")
    return named


def _chosen(
    structure: Mapping[str, Any], names: Mapping[str, Any] | Sequence[str] | None, argument: str
) -> dict[str, Any]:
    if names is None:
        return dict(structure)
    missing = [name for name in names if name not in structure]
    if missing and argument != WEIGHT:
        wanted, found = ", ".join(names), ", ".join(structure)
        raise FitRefused(argument, f"has no {missing[0]!r}: the model wants {wanted}, and it has {found}")
    strangers = [name for name in structure if name not in names]
    if strangers and argument != "x":  # of x Keras itself leaves aside what no input takes
        raise FitRefused(argument, f"has {strangers[0]!r}, which is no output of the model: {', '.join(names)}")
    return {name: structure[name] for name in names if name in structure}


def fit_rank(array: Any, symbol: Any) -> Any:
    """A last axis of one added or taken away, as a graph does it with what it is called on."""
    rank, wanted = array.ndim, len(symbol.shape)
    if rank == wanted - 1 and symbol.shape[-1] == 1:
        return array[..., None]
    if rank == wanted + 1 and array.shape[-1] == 1:
        return array[..., 0]
    return array


def input_symbols(model: Any) -> dict[str, Any]:
    """A graph's inputs by the words that x calls them: the keys of its own mapping, or their names."""
    taken = model.inputs if isinstance(model, keras.Sequential) else model.input
    if isinstance(taken, dict):
        return {str(key): symbol for key, symbol in taken.items()}
    return {str(symbol.name): symbol for symbol in keras.tree.flatten(taken)}


def settle_parts(parts: Sequence[Named]) -> None:
    """The same arrays in every part: weights of ones where only another part has some, which weigh as much as none;
    and arrays that are equal everywhere (an autoencoder's x and y) once."""
    first = parts[0]
    for output in [output for output in first.targets if any(output in part.weights for part in parts)]:
        for part in (part for part in parts if output not in part.weights):
            part.add_weight(output, np.ones(part.rows, "float32"))
    names = list(first.arrays)
    for at, name in enumerate(names):
        equal = [other for other in names[:at] if other in first.arrays and _are_equal(parts, name, other)]
        for part in parts if equal else ():
            part.merge(name, equal[0])


def _are_equal(parts: Sequence[Named], one: str, other: str) -> bool:
    pairs = [(part.arrays[one], part.arrays[other]) for part in parts]
    return all(a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all()) for a, b in pairs)
