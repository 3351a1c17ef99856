"""Keras' refusals as faults: which part of the spec, the shape that it got, the shape that it needs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from models_lib.components.importing import own_line
from models_lib.spec.faults import Fault, join_pointer
from models_lib.spec.plans import Plan

LONGEST = 600
NOISE = (
    r"\x1b\[[0-9;]*m",
    r"Could not automatically infer .*?Error encountered:\s*",
    r"Exception encountered when calling [^\n]*\n+",
    r"Input \d+ with name '[^']*' of layer '[^']*' is incompatible with the layer: ",
    r"\.? Full shape received: .*",
    r"\n+Arguments received by .*",
    r"\n+Stack trace for op definition.*",
    r"\{\{[^}]*\}\} ?",
    r" for '= \w+\[[^\]]*\]\([^)]*\)'",
    r" \[Op:[^\]]*\]( name:.*)?$",
)
EQUAL = "tensors of equal shapes, or shapes that broadcast"
NEEDS = {
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), EQUAL),
    "Concatenate": "tensors whose shapes are equal but for the axis that is joined",
    "Dot": "tensors whose shapes are equal on the axes that are multiplied",
    **dict.fromkeys(("Attention", "AdditiveAttention"), "a query and a value of 3 axes whose last ones are equal"),
    **dict.fromkeys(
        ("MultiHeadAttention", "GroupQueryAttention"), "a query and a value of 3 axes: the batch, steps, features"
    ),
}
STATEFUL = "`stateful=True`"
ONE_SIZE = (
    "batches of one size to the last, which a run's are not: leave stateful out (the state within each row's own steps "
    "stays), or train it as kind: script, where fit is called by your own code"
)
NUMBERS = 'numbers, not words: give the input a preprocess such as StringLookup(output_mode="one_hot")'


def refuse_call(pointer: str, layer: keras.Operation | None, tensors: list[Any], error: Exception) -> Fault:
    """A layer, or a model that could not even be made (None), that could not be called on these tensors."""
    got = [list(tensor.shape) for tensor in tensors]
    shown = ", ".join(str(tuple(shape)) for shape in got)
    words = plain_words(error)
    needs = NUMBERS if any(tensor.dtype == "string" for tensor in tensors) else _needs(layer, error)
    wanted = f", and needs {needs}" if needs else ""
    named = "The model" if layer is None else f"{type(layer).__name__} {layer.name!r}"
    message = f"{named} got {shown}{wanted}. Keras: {words}{own_line(error)}"
    return Fault(
        pointer=pointer,
        message=message,
        code="bad_shape",
        found=got[0] if len(got) == 1 else got,
        allowed=needs or _expectation(words),
    )


def refuse_inputs(plan: Plan, inputs: Mapping[str, Any]) -> Iterator[Fault]:
    """Tensors of another shape than the model says that it takes."""
    for declared in plan.inputs:
        given = inputs.get(declared.name)
        if given is None or declared.shape is None:
            continue
        fits = len(given.shape) == len(declared.shape) and all(
            None in (size, wanted) or size == wanted for size, wanted in zip(given.shape, declared.shape, strict=True)
        )
        if not fits or (given.dtype == "string") != (declared.dtype == "string"):
            wanted, got = f"{declared.dtype} {(None, *declared.shape)}", f"{given.dtype} {(None, *given.shape)}"
            message = f"the model takes {wanted} as {declared.name!r}, and the spec gives it {got}"
            pointer, found = join_pointer("/inputs", declared.name), [None, *given.shape]
            yield Fault(
                pointer=pointer, message=message, code="bad_shape", found=found, allowed=[None, *declared.shape]
            )


def refuse_construction(pointer: str, named: str, error: Exception) -> Fault:
    """An object whose arguments Keras refuses together, though each is of the right type."""
    return Fault(
        pointer=pointer, message=f"{named} cannot be made: {plain_words(error)}{own_line(error)}", code="out_of_range"
    )


def refuse_component(pointer: str, named: str, error: Exception) -> Fault:
    """A component's model that cannot be constructed, or called on the inputs; its own line says where."""
    said = f"{type(error).__name__}: {plain_words(error)}"
    said += f" It needs {ONE_SIZE}." if STATEFUL in said else ""
    return Fault(pointer=pointer, message=f"{named} cannot be built{own_line(error)}: {said}", code="bad_shape")


def plain_words(error: Exception) -> str:
    """The error's own text without colours, call arguments and stacks."""
    text = str(error)
    for noise in NOISE:
        text = re.sub(noise, "", text, flags=re.DOTALL)
    return " ".join(text.split())[:LONGEST] or type(error).__name__


def _needs(layer: keras.Operation | None, error: Exception) -> str | None:
    """What the layer itself declares, or what its refusal comes of."""
    name, text = type(layer).__name__, str(error)
    if name in NEEDS:
        return NEEDS[name]
    if isinstance(layer, keras.layers.Reshape):
        return f"as many values as {tuple(layer.target_shape)} holds"
    if STATEFUL in text:
        return ONE_SIZE
    if "zero or negative" in text:
        window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
        return f'at least {window} where its window slides, or padding="same"' if window else None
    if "must be fully-defined" in text:
        return "a last axis of known size"
    if isinstance(error, IndexError):
        return "the axes that its arguments name"
    declared = keras.tree.flatten(getattr(layer, "input_spec", None))
    if declared and declared[0] is not None and "incompatible with the layer" in text:
        return _in_words(declared[0])
    return None


def _expectation(words: str) -> str | None:
    """The sentence of a refusal that says what would have been right."""
    said = re.search(r"[^.]*\b(?:must|should|expects?|[Ee]xpected|requires?)\b[^.]*", words)
    return said.group(0).strip() if said else None


def _in_words(declared: keras.InputSpec) -> str:
    parts = []
    if declared.ndim is not None:
        parts.append(f"{declared.ndim} axes, the batch among them")
    if declared.min_ndim is not None:
        parts.append(f"at least {declared.min_ndim} axes, the batch among them")
    if declared.max_ndim is not None:
        parts.append(f"at most {declared.max_ndim} axes, the batch among them")
    parts += [f"{size} on axis {axis}" for axis, size in (declared.axes or {}).items() if size is not None]
    return ", ".join(parts) or f"the shape {declared.shape}"
