"""Models inside models: what they are called on, and layers frozen by their paths."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from models_lib.spec.models import (
    ApplicationModel,
    Functional,
    KerasModel,
    NestedLayer,
    Sequential,
    StackedModel,
    layer_of,
    own_model,
)
from models_lib.spec.names import join_names
from models_lib.spec.places import Place
from models_lib.spec.planning import is_trainable, plan_nested, unresolved_names
from models_lib.spec.plans import Application, Plan, PlannedLayer
from models_lib.spec.sections import Reading

Stack = TypeVar("Stack", Sequential, Functional)


def settle_inputs(reading: Reading, part: Any, place: Place) -> Any:
    """The layer with the names of its inner graph's inputs written out, where it is such a model."""
    if not isinstance(part, NestedLayer | StackedModel):
        return part
    calls = part.inputs if isinstance(part, NestedLayer) else (("",),)
    given = calls[0] if calls else ()
    model = part.model
    if isinstance(model, Functional) and not model.inputs:
        model = _with_inputs(reading, model, [layer_of(reference) for reference in given], place.below("model"))
    wanted = _count_inputs(own_model(model))
    for call in calls:
        if wanted is not None and len(call) != wanted:
            message = f"{part.name!r} is called on {len(call)} tensors, and takes {wanted}"
            at = place.below("inputs") if isinstance(part, NestedLayer) else place
            reading.refuse(at.fault("bad_graph", message, found=list(call), allowed=wanted))
    return part.model_copy(update={"model": model})


def _with_inputs(reading: Reading, model: Functional, given: list[str], place: Place) -> Functional:
    """The names in the order of the call: those outside where they are the same, or the only one that there is."""
    names = unresolved_names(model)
    if len(names) == len(given) == 1:
        return model.model_copy(update={"inputs": tuple(names)})
    if sorted(names) == sorted(given):
        return model.model_copy(update={"inputs": tuple(given)})
    message = f"its layers are called on {join_names(names) or 'nothing'}: name them in order, inputs: [a, b]"
    reading.refuse(place.below("inputs").fault("missing", message, found=names, allowed="a list of names"))
    return model.model_copy(update={"inputs": tuple(names)})


def _count_inputs(model: Any) -> int | None:
    """How many tensors the model takes; None for one that joins as many as it is given."""
    match model:
        case Functional():
            return len(model.inputs)
        case KerasModel():
            return len(plan_nested("model", model, "", 1).inputs)
        case ApplicationModel():
            return 1
        case _:
            return None


def settle_trainable(reading: Reading, model: Stack, place: Place) -> Stack:
    """Plain layers with `trainable` as the globs say; where there are models inside the globs stay, and are checked."""
    if not any(isinstance(layer, NestedLayer | StackedModel) for layer in model.layers):
        check_globs(reading, model.trainable, [layer.name for layer in model.layers], place)
        layers = [
            layer.model_copy(update={"trainable": is_trainable(layer.name, model.trainable, layer.trainable)})
            for layer in model.layers
        ]
        return model.model_copy(update={"layers": tuple(layers), "trainable": {}})
    plan = plan_nested("model", model, "", 1)
    applications = [path for path, layer in walk_layers(plan) if isinstance(layer.made_of, Application)]
    check_globs(reading, model.trainable, [path for path, _ in walk_layers(plan)], place, unknown=applications)
    return model


def check_globs(
    reading: Reading, globs: Mapping[str, bool], paths: list[str], place: Place, *, unknown: Sequence[str] = ()
) -> None:
    """Refuse globs that match nothing; the layers inside `unknown` are known when they are made."""
    for pattern in globs:
        is_inside = any(pattern.startswith(f"{path}/") for path in unknown)
        if not is_inside and not any(fnmatchcase(path, pattern) for path in paths):
            at = place.below("trainable", pattern)
            message = f"no layer matches {pattern!r}"
            reading.refuse(at.fault("bad_reference", message, found=pattern, allowed=tuple(paths[:200])))


def walk_layers(plan: Plan, prefix: str = "") -> Iterator[tuple[str, PlannedLayer]]:
    """Every layer with its path, models inside before their own layers."""
    for layer in plan.layers:
        path = f"{prefix}{layer.name}"
        yield path, layer
        if isinstance(layer.made_of, Plan):
            yield from walk_layers(layer.made_of, f"{path}/")
