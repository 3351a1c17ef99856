"""How a core takes its inputs and gives its outputs: one tensor, tensors by name, or a component's own tuple."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import keras
from keras.src.models.functional import Functional

Structure = Literal["bare", "dict", "tuple"]
ATTRIBUTE = "_horngate_arrangement"


class OutputsDiffer(Exception):
    """What a component's call returns does not answer to the names that the spec has for it."""


@dataclass(frozen=True)
class Arrangement:
    """`bare`: the tensor alone. Kept on the core that it belongs to; one without takes and gives them by name."""

    inputs: Structure
    outputs: Structure
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    shapes: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)


def arrangement_of(core: keras.Model) -> Arrangement | None:
    """How a component's model is called; None for a model of layers, whose structures tell it themselves."""
    found: Arrangement | None = getattr(core, ATTRIBUTE, None)
    return found


def is_own_model(core: keras.Model) -> bool:
    """Whether a component's class made it, and not a graph of layers."""
    return not type(core).__module__.startswith("keras.")


def structure_of(symbols: Any) -> Structure:
    """How a graph holds its tensors."""
    return "tuple" if isinstance(symbols, list) else "dict" if isinstance(symbols, dict) else "bare"


def keep_arrangement(core: keras.Model, arrangement: Arrangement) -> None:
    """Beside Keras' own tracking of attributes, which would copy what it does not know."""
    object.__setattr__(core, ATTRIBUTE, arrangement)


def arrange_inputs(core: keras.Model, tensors: Mapping[str, Any]) -> Any:
    """Inputs by name, as the core's call takes them."""
    arrangement = arrangement_of(core)
    if arrangement is None:
        return _arrange(None, tensors)
    ordered = {name: tensors[name] for name in arrangement.input_names if name in tensors}
    return _arrange(arrangement.inputs, ordered)


def arrange_outputs(core: keras.Model, tensors: Mapping[str, Any]) -> Any:
    """Targets, weights, losses by output, as the core's call returns its outputs.

    What is none of them is for a step of the model's own, by name where there are several.
    """
    arrangement = arrangement_of(core)
    if arrangement is None or not set(tensors) <= set(arrangement.output_names):
        return _arrange(None, tensors)
    ordered = {name: tensors[name] for name in arrangement.output_names if name in tensors}
    return _arrange(arrangement.outputs, ordered)


def name_outputs(core: keras.Model, returned: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """What a call returned, by the names of the outputs."""
    arrangement = arrangement_of(core)
    names = arrangement.output_names if arrangement else names
    if isinstance(returned, dict):
        return dict(returned)
    if isinstance(returned, list | tuple):
        return dict(zip(names, returned, strict=True))
    return {names[0] if names else "output": returned}


def output_shapes(core: keras.Model, names: tuple[str, ...]) -> dict[str, tuple[int | None, ...]]:
    """The shape of each output, the batch axis first; nothing is known of a model that has no `call`."""
    arrangement = arrangement_of(core)
    if arrangement is not None:
        return dict(arrangement.shapes)
    return {name: tuple(tensor.shape) for name, tensor in name_outputs(core, core.output, names).items()}


def _arrange(structure: Structure | None, tensors: Mapping[str, Any]) -> Any:
    match structure or ("dict" if len(tensors) > 1 else "bare"):
        case "tuple":
            return tuple(tensors.values())
        case "dict":
            return dict(tensors)
        case _:
            return next(iter(tensors.values()))


def input_structure(core: keras.Model, names: tuple[str, ...]) -> Structure:
    """One input comes alone; several as a tuple in the spec's order, or by name where the model asks for names."""
    by_name = _takes_names(core, names) if isinstance(core, Functional) else _reads_by_name(type(core))
    if len(names) == 1 and not by_name:
        return "bare"
    return "dict" if by_name else "tuple"


def _takes_names(core: Any, names: tuple[str, ...]) -> bool:
    """Whether a graph's inputs are called as the spec's are, or it was made of a dict."""
    own = core.input if isinstance(core.input, dict) else [tensor.name for tensor in core.inputs]
    return set(own) == set(names) and (len(names) > 1 or isinstance(own, dict))


def _reads_by_name(model_class: Any) -> bool:
    """Whether `call` does `inputs["wide"]`, or says that its inputs are a dict."""
    first = next((p for p in list(inspect.signature(model_class.call).parameters.values())[1:]), None)
    if first is None:
        return False
    if first.annotation is dict or str(first.annotation).startswith(("dict", "Mapping", "typing.Dict")):
        return True
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(model_class.call)))
    except (OSError, TypeError, SyntaxError):
        return False
    return any(_is_key_of(node, first.name) for node in ast.walk(tree))


def _is_key_of(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(id=found), slice=ast.Constant(value=str())):
            return found == name
        case ast.Attribute(value=ast.Name(id=found), attr="items" | "get" | "keys" | "values"):
            return found == name
        case _:
            return False


def settle_outputs(returned: Any, wanted: tuple[str, ...]) -> tuple[Structure, tuple[str, ...]]:
    """The structure and the names of what a call returned; `wanted` are the spec's names. Raises OutputsDiffer."""
    if isinstance(returned, dict):
        missing = [name for name in wanted if name not in returned]
        if missing:
            raise OutputsDiffer(f"call returns {sorted(returned)}, and {', '.join(missing)} is none of them")
        return "dict", tuple(returned)
    several = list(returned) if isinstance(returned, list | tuple) else None
    if several is None:
        if len(wanted) > 1:
            raise OutputsDiffer(f"call returns one tensor, and the spec has {len(wanted)} outputs: {', '.join(wanted)}")
        return "bare", wanted or ("output",)
    if wanted and len(several) != len(wanted):
        raise OutputsDiffer(f"call returns {len(several)} tensors, and the spec has {len(wanted)} outputs")
    return "tuple", wanted or tuple(f"output_{n}" for n in range(len(several)))
