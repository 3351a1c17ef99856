"""Writes the catalog: every name that a spec may use, with its arguments, read off the installed Keras."""

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
from keras.src.layers.merging.base_merge import Merge
from keras.src.utils.naming import to_snake_case

from models_lib.build import catalog_rules as rules
from models_lib.build.docstrings import argument_docs, first_sentence
from models_lib.spec.catalog import CATALOG_PATH

FAMILIES: dict[str, tuple[Any, Any]] = {
    "layer": (keras.layers, keras.layers.Layer),
    "loss": (keras.losses, keras.losses.Loss),
    "metric": (keras.metrics, keras.metrics.Metric),
    "optimizer": (keras.optimizers, keras.optimizers.Optimizer),
    "schedule": (keras.optimizers.schedules, keras.optimizers.schedules.LearningRateSchedule),
    "initializer": (keras.initializers, keras.initializers.Initializer),
    "regularizer": (keras.regularizers, keras.regularizers.Regularizer),
    "constraint": (keras.constraints, keras.constraints.Constraint),
    "callback": (keras.callbacks, keras.callbacks.Callback),
}
REGISTRIES = {
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "activation": "activations",
}
KIND_WORDS = {
    "int": r"\b(integers?|ints?|number of)\b",
    "float": r"\b(floats?|floating|scalars?|numbers?(?! of))\b",
    "bool": r"\b(bool|booleans?)\b",
    "string": r"\b(str|strings?)\b",
    "list": r"\b(tuples?|lists?|arrays?|sequences?|iterables?)\b",
    "dict": r"\b(dict|dictionary|dictionaries)\b",
}


def generate_catalog() -> dict[str, Any]:
    """The whole catalog as JSON-able data, in a stable order."""
    families = {family: _describe_family(family, *where) for family, where in FAMILIES.items()}
    families["activation"] = {name: _entry(doc=first_sentence(fn)) for name, fn in sorted(_activations().items())}
    inner = {name: getattr(import_module(where), name) for name, where in rules.APPLICATION_LAYERS.items()}
    layers = families["layer"] | {name: _describe_class("layer", cls) for name, cls in inner.items()}
    families["layer"] = dict(sorted(layers.items()))
    families["application"] = {name: _describe_class("application", fn) for name, fn in _applications().items()}
    for family, names in rules.BY_SHAPE.items():
        families[family].update({name: _by_shape_entry(family, name, doc) for name, doc in names.items()})
    return {
        "keras": keras.version(),
        "families": families,
        "aliases": {family: _aliases(family, families[family]) for family in families},
        "refused": rules.REFUSED,
    }


def render_catalog() -> str:
    """The committed file's text: one line for each argument."""
    text = json.dumps(generate_catalog(), indent=1, ensure_ascii=False)
    return (
        re.sub(r"\{\n {5}([^{}]*?)\n {4,5}\}", lambda match: "{" + re.sub(r"\n\s+", " ", match[1]) + "}", text) + "\n"
    )


def _describe_family(family: str, module: Any, base: type) -> dict[str, Any]:
    classes = {cls.__name__: cls for _, cls in _public_classes(module, base)}
    usable = {name: cls for name, cls in sorted(classes.items()) if name not in rules.REFUSED[family]}
    return {name: _describe_class(family, cls) for name, cls in usable.items()}


def _public_classes(module: Any, base: type) -> Iterator[tuple[str, type]]:
    for name in dir(module):
        value = getattr(module, name)
        if inspect.isclass(value) and issubclass(value, base):
            yield name, value


def _entry(*, doc: str, arguments: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {"doc": doc, "arguments": arguments or [], **{key: value for key, value in more.items() if value}}


def _by_shape_entry(family: str, name: str, doc: str) -> dict[str, Any]:
    names = [name, *rules.BY_SHAPE_ALIASES[family]]
    named = {"name": "name", "default": name, "kinds": ["string"], "choices": names, "doc": "The name of its curve."}
    return _entry(doc=doc, arguments=[named] if family == "metric" else [])


def _describe_class(family: str, cls: type) -> dict[str, Any]:
    parameters = _parameters(family, cls)
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    docs = argument_docs(cls)
    arguments = [_describe_argument(cls, parameter, docs.get(parameter.name, "")) for parameter in parameters]
    arguments += [{"name": name, "kinds": ["bool"]} for name in rules.HIDDEN_ARGUMENTS.get(cls.__name__, ())]
    if family == "metric":
        _write_default_name(cls, arguments)
    return _entry(
        doc=first_sentence(cls),
        arguments=arguments,
        positional=len(positional),
        call=_call_arguments(cls) if family == "layer" else None,
        inputs=_input_count(cls) if family == "layer" else None,
    )


def _parameters(family: str, cls: type) -> list[inspect.Parameter]:
    """The constructor's own parameters; where it takes **kwargs, a layer's base parameters too."""
    if family == "application":
        return [p for p in inspect.signature(cls).parameters.values() if p.name != "name"]
    if "__init__" not in {name for ancestor in cls.__mro__[:-1] for name in vars(ancestor)}:
        return []
    own = list(inspect.signature(cls).parameters.values())
    named = [p for p in own if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    if family == "layer" and len(named) < len(own):
        base = inspect.signature(keras.layers.Layer.__init__).parameters.values()
        known = {p.name for p in named} | {"self", "kwargs", "autocast"}
        named += [p for p in base if p.name not in known]
    return named


def _write_default_name(cls: type, arguments: list[dict[str, Any]]) -> None:
    for argument in arguments:
        if argument["name"] == "name" and argument.get("default") is None:
            argument["default"] = to_snake_case(cls.__name__)


def _describe_argument(cls: type, parameter: inspect.Parameter, doc: str) -> dict[str, Any]:
    name = parameter.name
    described: dict[str, Any] = {"name": name}
    if parameter.default is parameter.empty:
        described["required"] = True
    elif parameter.default is not None and name not in rules.DEFAULT_BY_SPEC:
        described["default"] = _plain(parameter.default)
    refused = rules.REFUSED_ARGUMENTS.get((cls.__name__, name)) or rules.REFUSED_ARGUMENTS.get(("*", name))
    takes = _takes(name)
    described |= {"refused": refused} if refused else {}
    described |= {"takes": list(takes)} if takes else {}
    described |= {"many": True} if takes and name in rules.TAKES_MANY else {}
    choices = _choices(cls, name)
    kinds = ["string"] if choices else _kinds(parameter, doc, takes)
    described |= {"kinds": kinds} if kinds else {}
    described |= {"choices": choices} if choices else {}
    is_positive = name in rules.POSITIVE or re.match(r"(a |an )?positive int", doc, re.IGNORECASE)
    described |= {"minimum": 1} if is_positive else {}
    return described | ({"doc": doc} if doc else {})


def _takes(name: str) -> tuple[str, ...]:
    if name in rules.TAKES:
        return rules.TAKES[name]
    return next((families for suffix, families in rules.TAKES_BY_SUFFIX.items() if name.endswith(suffix)), ())


def _kinds(parameter: inspect.Parameter, doc: str, takes: tuple[str, ...]) -> list[str]:
    """The kinds of constant that an argument takes; none means any, or no constant at all where it takes objects."""
    name, default = parameter.name, parameter.default
    if takes:
        return ["float"] if name == "learning_rate" else []
    if name in rules.KINDS:
        return rules.KINDS[name]
    if name.startswith("num_"):
        return ["int"]
    if isinstance(default, bool):
        return ["bool"]
    mentioned = {kind for kind, pattern in KIND_WORDS.items() if re.search(pattern, doc, re.IGNORECASE)}
    return sorted(mentioned | _kind_of_default(default, mentioned))


def _kind_of_default(default: Any, mentioned: set[str]) -> set[str]:
    match default:
        case int() if "float" not in mentioned:
            return {"int"}
        case int() | float():
            return {"float"}
        case str():
            return {"string"}
        case tuple() | list():
            return {"list"}
        case _:
            return set()


def _choices(cls: type, name: str) -> list[str]:
    if (cls.__name__, name) in rules.CHOICES_OF_CLASS:
        return rules.CHOICES_OF_CLASS[cls.__name__, name]
    if name == "padding" and any(part in cls.__module__ for part in rules.PADDED_BY):
        return ["valid", "same"]
    return rules.CHOICES.get(name, [])


def _plain(value: Any) -> Any:
    """A default as JSON has it; whatever JSON cannot say is a bug in the tables above, and fails."""
    return json.loads(json.dumps(value))


def _call_arguments(cls: Any) -> list[str]:
    parameters = inspect.signature(cls.call).parameters.values()
    return [p.name for p in parameters if p.name != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]


def _input_count(cls: type) -> list[int | None] | None:
    """Least and most tensors that the layer is called on; None where that is not known."""
    if cls.__name__ in rules.INPUTS:
        return list(rules.INPUTS[cls.__name__])
    if issubclass(cls, Merge):
        return [2, None]
    single = cls.__module__.split(".")[3] in rules.ONE_INPUT if cls.__module__.count(".") > 3 else False
    return [1, 1] if single and len(_call_arguments(cls)) > 0 else None


def _aliases(family: str, entries: dict[str, Any]) -> dict[str, str]:
    """Other names that Keras knows, each with the catalog's name."""
    found = {**_registered_aliases(family), **rules.BY_SHAPE_ALIASES.get(family, {})}
    if family in FAMILIES:
        found |= {name: cls.__name__ for name, cls in _public_classes(*FAMILIES[family])}
    shadowed = rules.BY_SHAPE.get(family, {})
    usable = {a: name for a, name in found.items() if name in entries and a != name and a not in shadowed}
    return dict(sorted((usable | rules.BY_SHAPE_ALIASES.get(family, {})).items()))


def _registered_aliases(family: str) -> dict[str, str]:
    registered = getattr(getattr(keras.src, REGISTRIES.get(family, ""), None), "ALL_OBJECTS_DICT", {})
    classes = _class_of_function() if family == "loss" else {}
    return {name: classes.get(value, getattr(value, "__name__", "")) for name, value in registered.items()}


def _class_of_function() -> dict[Callable[..., Any], str]:
    """Losses are functions under their short names: the class that wraps each."""
    losses = [cls for _, cls in _public_classes(keras.losses, keras.losses.Loss)]
    wrapped = [cls for cls in losses if issubclass(cls, keras.src.losses.losses.LossFunctionWrapper)]
    return {cls().fn: cls.__name__ for cls in wrapped if cls.__module__.startswith("keras.src.losses.losses")}


def _applications() -> dict[str, Any]:
    """The functions of `keras.applications`, each of which makes a model."""
    return {name: fn for name, fn in sorted(vars(keras.applications).items()) if inspect.isfunction(fn)}


def _activations() -> dict[str, Callable[..., Any]]:
    return {fn.__name__: fn for fn in keras.src.activations.ALL_OBJECTS}


if __name__ == "__main__":
    CATALOG_PATH.write_text(render_catalog(), encoding="utf-8")
    sys.stdout.write(f"wrote {Path(CATALOG_PATH).name} for Keras {keras.version()}\n")
