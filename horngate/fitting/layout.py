"""A run's weight file in the layout of the model here: Keras names what is inside by class, and a stack in a graph is a
graph there."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import keras
from keras.src.models.functional import Functional
from keras.src.utils.naming import to_snake_case

LAYERS = "layers"
RESTORED = "restored_"


def lay_out(model: Any, came: Path, laid: Path) -> Path:
    """Write `laid`, which `model.load_weights` takes, from what the run left."""
    with h5py.File(came) as source, h5py.File(laid, "w") as target:
        _copy_graph(model, source, target)
        _name_as_here({to_snake_case(type(part).__name__) for part in model._flatten_layers()}, target)
    return laid


def _name_as_here(kinds: set[str], group: Any) -> None:
    """Without the `restored_` of classes that were written for those here."""
    for name in list(group):
        ours = name.removeprefix(RESTORED)
        is_written = ours != name and re.sub(r"_\d+$", "", ours) in kinds
        if is_written:
            group.move(name, ours)
        inside = group[ours if is_written else name]
        if isinstance(inside, h5py.Group):
            _name_as_here(kinds, inside)


def _copy_graph(model: Any, source: Any, target: Any) -> None:
    target.attrs.update(source.attrs)
    for name in source:
        if name != LAYERS:
            source.copy(name, target)
    there, here = Counter[str](), Counter[str]()
    for layer in model.layers if LAYERS in source else ():
        is_stack = type(layer) is keras.Sequential
        ours = _numbered(to_snake_case(type(layer).__name__), here)
        is_alike = is_stack and ours in source[LAYERS]  # made there by its author's own code
        name = "functional" if is_stack else to_snake_case(type(layer).__name__)
        theirs = ours if is_alike else _numbered(name, there)
        if theirs not in source[LAYERS]:
            continue
        if is_stack or type(layer) is Functional:
            _copy_graph(layer, source[LAYERS][theirs], target.require_group(f"{LAYERS}/{ours}"))
        else:
            source.copy(f"{LAYERS}/{theirs}", target.require_group(LAYERS), name=ours)


def _numbered(name: str, seen: Counter[str]) -> str:
    """As Keras counts them: dense, dense_1, dense_2."""
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}_{seen[name] - 1}"
