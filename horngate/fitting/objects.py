"""Keras' objects as a spec writes them: those that Keras ships by name and config, anybody's own by their source."""

import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras
from keras.src.utils import python_utils

from horngate.client.capturing import capture, guess_name
from horngate.client.components import Component, Components
from horngate.errors import FitRefused
from horngate.fitting.written import write_function

MARK = "\0own:"
# What every layer's config has and says nothing where it is so.
SILENT = (("trainable", True), ("dtype", "float32"), ("autocast", True), ("activity_regularizer", None))
OF_EVERY_LAYER = frozenset({"name", "trainable", "dtype", "activity_regularizer"})
CALLED = {"losses": ("y_true", "y_pred"), "activations": ("x",)}
UNSAID = frozenset({"build_config", "compile_config", "shared_object_id", "registered_name"})


class OwnObjects:
    """The classes and functions that Keras does not ship, as they are met; `settle` gives them their names."""

    def __init__(self) -> None:
        self.found: list[Any] = []
        self.known: dict[str, Any] = {}
        self.lambdas: dict[str, Any] = {}
        self.written: dict[Any, type] = {}

    def look_through(self, values: Iterable[Any]) -> None:
        """Note live objects, and those that they hold, so that a config which names them leads back to them."""
        waiting, seen = list(values), set[int]()
        while waiting:
            value = waiting.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            waiting += self._look_at(value)

    def _look_at(self, value: Any) -> list[Any]:
        if isinstance(value, dict):
            return list(value.values())
        if isinstance(value, list | tuple):
            return list(value)
        of_keras = isinstance(value, keras.layers.Layer)
        made = value if inspect.isfunction(value) or isinstance(value, type) else type(value)
        if is_own(made):
            self.known.setdefault(made.__name__, made)
        if inspect.isfunction(made) and made.__name__ == "<lambda>":
            self.lambdas[_key(python_utils.func_dump(made))] = made
        return list(vars(value).values()) if of_keras or (is_own(made) and hasattr(value, "__dict__")) else []

    def mark(self, name: str, what: str) -> str:
        """What stands for an own object until its source is sent."""
        found = self.known.get(name) or getattr(sys.modules.get("__main__"), name, None)
        registered = keras.saving.get_registered_object(name) or keras.saving.get_custom_objects().get(name)
        found = found or registered
        if found is None:
            raise FitRefused(
                "model", f"uses {what} {name!r}, which remote.fit cannot find: keep it in a module or cell"
            )
        return self.mark_object(found)

    def mark_lambda(self, dumped: Any) -> str:
        """What stands for a lambda that was noted, by the code that Keras writes of it."""
        found = self.lambdas.get(_key(dumped))
        if found is None:
            raise FitRefused("model", "uses a lambda that remote.fit cannot find: write it with def")
        return self.mark_object(found)

    def mark_object(self, made: Any) -> str:
        if made not in self.found:
            self.found.append(made)
        return f"{MARK}{self.found.index(made)}"

    def settle(self, components: Components, document: Any) -> tuple[Any, Component | None]:
        """Send the source of all that was met, once; and the document with their names in it."""
        if not self.found:
            return document, None
        captured = capture(self.found)
        component = components.add(captured.source + "\n", name=guess_name(self.found))
        names = captured.names_in(component.name)
        return _named(document, names), component


def _named(value: Any, names: tuple[str, ...]) -> Any:
    match value:
        case dict():
            return {_named(key, names): _named(part, names) for key, part in value.items()}
        case list() | tuple():
            return [_named(part, names) for part in value]
        case str() if value.startswith(MARK):
            return names[int(value.removeprefix(MARK))]
        case _:
            return value


def is_own(made: Any) -> bool:
    """Whether a class or function is neither Keras' nor anything else that is installed with it."""
    module = str(getattr(made, "__module__", "") or "")
    return module.partition(".")[0] not in ("keras", "tensorflow", "numpy", "builtins", "horngate", "", "jax", "torch")


def write_object(value: Any, own: OwnObjects) -> Any:
    """A live Keras object, function, alias or constant in the spec's long form."""
    own.look_through([value])
    found = find_function(getattr(value, "__name__", ""))
    if inspect.isfunction(value) and found is not None and value is found[1]:
        return mark_function(value.__name__, own)
    return write_config(keras.saving.serialize_keras_object(value), own)


def find_function(name: str) -> tuple[str, Any] | None:
    """The room of Keras that has a loss or an activation of this name, and the function."""
    for room in CALLED:
        found = getattr(getattr(keras, room), name, None)
        if inspect.isfunction(found):
            return room, found
    return None


def mark_function(name: str, own: OwnObjects) -> str:
    """What stands for a function of Keras' that somebody's code calls: its name alone would come there as a word, or as
    a loss object, which gives one number where the function gives one for each row."""
    room, _ = find_function(name) or ("ops", None)
    call = f"keras.{room}.{name}({', '.join(CALLED[room])})"
    return own.mark_object(write_function(f"keras_{name}", CALLED[room], f"Keras' {name}.", call))


def write_config(value: Any, own: OwnObjects) -> Any:
    """What Keras' `serialize` gave, in the spec's long form: {class_name, config} and no modules."""
    match value:
        case {"class_name": "function", "config": str(name)}:
            return name if _is_function_of_keras(name, own) else own.mark(name, "a function")
        case {"class_name": "__lambda__", "config": {"value": dumped}}:
            return own.mark_lambda(dumped)
        case {"value": [str(), _, _] | (str(), _, _) as dumped} if len(value) == 1:  # of an activation
            return own.mark_lambda(dumped)
        case {"class_name": str(name), "config": config} if name.startswith("__"):
            return {"class_name": name, "config": config}  # a tensor, a slice or an array among a call's arguments
        case {"class_name": str(name), "config": config}:
            return _write_class(name, config, value, own)
        case dict():
            return {str(key): write_config(part, own) for key, part in value.items()}
        case list() | tuple():
            return [write_config(part, own) for part in value]
        case _:
            return value


def _key(dumped: Any) -> str:
    return json.dumps(dumped, default=str)


def _is_function_of_keras(name: str, own: OwnObjects) -> bool:
    if name in own.known:
        return False
    places = (keras.losses, keras.metrics, keras.activations, keras.initializers, keras.regularizers, keras.ops)
    return any(hasattr(place, name) for place in places)


def _write_class(name: str, config: Any, value: Mapping[str, Any], own: OwnObjects) -> Any:
    if name in ("DTypePolicy", "FloatDTypePolicy") and isinstance(config, dict):
        return config.get("name")
    rest = {key: part for key, part in value.items() if key not in ("class_name", "config", *UNSAID)}
    if name == "Lambda" and str(config.get("function")).startswith(MARK):  # a function stands for a layer by its name
        inbound = {key: write_config(part, own) for key, part in rest.items() if key != "module"}
        return {"class_name": config["function"], "config": {"name": config["name"]}, **inbound}
    module = value.get("module")
    if module is None or str(module).partition(".")[0] not in ("keras", "builtins"):
        rest.pop("module", None)
        name = own.mark(name, "a class")
        config = _with_functions(_taken(own.found[int(name.removeprefix(MARK))], config), own)
    elif not str(module).startswith("keras.src.ops."):
        rest.pop("module", None)
    rest = {key: write_config(part, own) for key, part in rest.items()}
    return {"class_name": name, "config": write_config(config, own), **rest}


def _taken(cls: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config without what the constructor would not take, and what goes without saying."""
    names = constructor_names(cls) | _named_by_kwargs(cls, config)
    plain = {key: part.get("config", {}).get("name") if _is_policy(part) else part for key, part in config.items()}
    return {key: part for key, part in plain.items() if key in names and (key, part) not in SILENT}


def _with_functions(config: Mapping[str, Any], own: OwnObjects) -> dict[str, Any]:
    """Functions of Keras' that a class was made with, as Keras itself would hand them to it again."""
    functions = {
        key: part["config"]
        for key, part in config.items()
        if isinstance(part, dict) and part.get("class_name") == "function" and find_function(str(part.get("config")))
    }
    return {**config, **{key: mark_function(name, own) for key, name in functions.items() if name not in own.known}}


def _named_by_kwargs(cls: Any, config: Mapping[str, Any]) -> set[str]:
    """What a layer was given beside its named arguments; Keras kept it where the class has no get_config."""
    is_kept = issubclass(cls, keras.layers.Layer) and python_utils.is_default(cls.get_config)
    takes_all = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(cls.__init__).parameters.values())
    return set(config) - OF_EVERY_LAYER if is_kept and takes_all else set()


def _is_policy(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == "DTypePolicy"


def constructor_names(cls: Any) -> set[str]:
    """The arguments of a class' constructor, and of those that its **kwargs go on to."""
    names: set[str] = set()
    for ancestor in cls.__mro__:
        if "__init__" not in vars(ancestor):
            continue
        parameters = list(inspect.signature(vars(ancestor)["__init__"]).parameters.values())[1:]
        names |= {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters) or ancestor.__module__.startswith("keras."):
            break
    return names


def read_constructor(value: Any, argument: str, own: OwnObjects) -> dict[str, Any]:
    """What an object was made with, in the spec's long form; raises FitRefused."""
    return {name: write_object(untracked(kept), own) for name, kept in read_kept(value, argument)}


def read_kept(value: Any, argument: str) -> Iterator[tuple[str, Any]]:
    """What an object was made with, read off it under its constructor's own names; raises FitRefused."""
    parameters = list(inspect.signature(type(value).__init__).parameters.values())[1:]
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        kept = next(
            (vars(value)[n] for n in (parameter.name, f"_{parameter.name}") if n in vars(value)), parameter.empty
        )
        if kept is parameter.empty:
            raise FitRefused(
                argument,
                f"holds a {type(value).__name__} that does not keep {parameter.name!r}, which it was made with: write "
                f"self.{parameter.name} = {parameter.name} in its __init__, or give it a get_config",
            )
        yield parameter.name, kept


def untracked(value: Any) -> Any:
    """Keras' own lists and mappings as plain ones."""
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list | tuple) else value
