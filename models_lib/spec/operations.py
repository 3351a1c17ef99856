"""The operations on tensors that a Keras config may hold, generated (models_lib/build/operation_generator.py)."""

import json
from functools import cache
from pathlib import Path

OPERATIONS_PATH = Path(__file__).with_name("operations.json")


def find_operation(name: str) -> tuple[str, ...] | None:
    """The arguments of an operation's constructor; None for what is no operation."""
    described = _operations().get(name)
    return None if described is None else tuple(described[1])


def operation_module(name: str) -> str:
    """The module of `keras.ops` that has it."""
    return _operations()[name][0]


def operation_names() -> tuple[str, ...]:
    """All of them, sorted."""
    return tuple(_operations())


@cache
def _operations() -> dict[str, tuple[str, list[str]]]:
    operations: dict[str, tuple[str, list[str]]] = json.loads(OPERATIONS_PATH.read_text(encoding="utf-8"))
    return operations
