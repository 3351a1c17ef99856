"""Functions that make a model, as most examples are written: `def build(…): …; return keras.Model(inputs, outputs)`."""

import ast
from collections.abc import Iterator
from typing import Any, TypeGuard

import keras

from models_lib.components.sources import tree_of

MOST_STEPS = 8
"""How many functions that call one another are followed."""


def made_model(function: Any, steps: int = MOST_STEPS) -> type | None:
    """The class of the model that a function returns, told by its annotation or its source; None for any other."""
    annotated = getattr(function, "__annotations__", {}).get("return")
    if _is_model_class(annotated):
        return annotated
    tree, names = tree_of(function), getattr(function, "__globals__", {})
    if tree is None or steps == 0:
        return None
    found = [_class_of(value, tree, names, steps) for value in _returned(tree)]
    return found[0] if found and all(found) else None


def _returned(tree: ast.FunctionDef) -> Iterator[ast.expr]:
    """What its own return statements give, not those of functions inside it."""
    for node in _own_nodes(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield child
            yield from _own_nodes(child)


def _class_of(value: ast.expr, tree: ast.FunctionDef, names: dict[str, Any], steps: int) -> type | None:
    """The class of a model: of a call that makes it, or of a name that the function binds to such calls alone."""
    if isinstance(value, ast.Name):
        bound = [
            node.value
            for node in _own_nodes(tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == value.id for target in node.targets)
        ]
        found = [_class_of(part, tree, names, steps) for part in bound if isinstance(part, ast.Call)]
        return found[-1] if bound and len(found) == len(bound) and all(found) else None
    if not isinstance(value, ast.Call):
        return None
    called = _resolve(value.func, names)
    if _is_model_class(called):
        return called
    home = getattr(called, "__module__", "") or ""
    if home.startswith("keras.src.applications") or called is keras.models.clone_model:
        plain: type = keras.Model
        return plain
    return made_model(called, steps - 1) if callable(called) and not home.startswith("keras.") else None


def _is_model_class(value: Any) -> TypeGuard[type]:
    return isinstance(value, type) and issubclass(value, keras.Model)


def _resolve(expression: ast.expr, names: dict[str, Any]) -> Any:
    """What `keras.Model` or `build_encoder` mean where the function was defined; None for what is not known there."""
    match expression:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=inner, attr=name):
            return getattr(_resolve(inner, names), name, None)
        case _:
            return None
