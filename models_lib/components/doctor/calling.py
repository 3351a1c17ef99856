"""How a layer is called: with one thing, with several, or as the cell of a recurrent layer."""

import ast
import inspect
from typing import Any

import keras

from models_lib.components.doctor.subjects import Subject

NOT_DATA = frozenset({"self", "training", "mask", "attention_mask", "return_attention_scores"})


def layer_of(subject: Subject, **changes: Any) -> Any:
    """An instance as a model holds it: a cell within keras.layers.RNN. Raises CannotMake."""
    made = subject.make(**changes)
    return keras.layers.RNN(made) if is_cell(made) else made


def is_cell(made: Any) -> bool:
    return hasattr(made, "state_size") and "states" in inspect.signature(made.call).parameters


def call_layer(layer: Any, x: Any, **options: Any) -> Any:
    """`layer(x)`, or `layer(a, b)` where its call takes that many tensors."""
    return layer(*x, **options) if isinstance(x, list) and tensors_of(layer) > 1 else layer(x, **options)


def tensors_of(layer: Any) -> int:
    """How many arguments its call must be given, beside the words that Keras passes itself."""
    parameters = inspect.signature(layer.call).parameters.values()
    needed = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
    return len([p for p in needed if p.name not in NOT_DATA])


def wants_training(subject: Subject) -> bool:
    """Whether its call has a `training` without a default."""
    call = getattr(subject.value, "call", None)
    told = inspect.signature(call).parameters.get("training") if callable(call) else None
    return told is not None and told.default is told.empty and told.kind is not told.VAR_KEYWORD


def counts_its_inputs(subject: Subject) -> bool:
    """Whether its call looks at its input as a list: `inputs[0]`, `a, b = inputs`; a tensor's rows would do as well."""
    calls = [node for node in ast.walk(subject.tree or ast.Module([], [])) if isinstance(node, ast.FunctionDef)]
    call = next((node for node in calls if node.name == "call" and len(node.args.args) > 1), None)
    if call is None:
        return False
    given = call.args.args[1].arg
    return any(_counts(node, given) for node in ast.walk(call))


def _counts(node: ast.AST, given: str) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int())):
            return name == given
        case ast.Assign(targets=[ast.Tuple() | ast.List()], value=ast.Name(id=name)):
            return name == given
    return False
