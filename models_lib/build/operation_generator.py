"""Writes the operations that a Keras config may hold (`x * 2.0`, `ops.concatenate`), read off the installed Keras."""

import inspect
import json
import sys
from collections.abc import Iterator
from importlib import import_module

import keras

from models_lib.spec.operations import OPERATIONS_PATH

MODULES = ("core", "einops", "image", "linalg", "math", "nn", "numpy")
# They take functions, or are none themselves.
REFUSED = frozenset(
    {
        "AssociativeScan", "Cond", "ForiLoop", "JVP", "Map", "Scan", "SegmentReduction", "Switch", "VectorizedMap",
        "WhileLoop",
    }
)  # fmt: skip


def generate_operations() -> dict[str, list[object]]:
    """Each operation's module and the arguments of its constructor."""
    return dict(sorted((name, [module, _arguments(cls)]) for module in MODULES for name, cls in _classes(module)))


def render_operations() -> str:
    """The committed file's text: one line for each operation."""
    lines = [f"{json.dumps(name)}: {json.dumps(described)}" for name, described in generate_operations().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _classes(module: str) -> Iterator[tuple[str, type]]:
    found = import_module(f"keras.src.ops.{module}")
    for name, cls in vars(found).items():
        is_own = inspect.isclass(cls) and issubclass(cls, keras.Operation) and cls.__module__ == found.__name__
        if is_own and name not in REFUSED:
            yield name, cls


def _arguments(cls: type) -> list[str]:
    parameters = inspect.signature(cls).parameters.values()
    return [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name != "name"]


if __name__ == "__main__":
    OPERATIONS_PATH.write_text(render_operations(), encoding="utf-8")
    sys.stdout.write(f"wrote {OPERATIONS_PATH.name} for Keras {keras.version()}\n")
