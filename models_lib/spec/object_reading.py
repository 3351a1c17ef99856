"""Reads a Keras object in any of its three notations into the long form, by the catalog alone."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from models_lib.spec.calls import Call, CallRefused, parse_call
from models_lib.spec.catalog import Argument, Catalog, Entry, load_catalog
from models_lib.spec.component_reading import entry_of, find_in_components, refuse_call
from models_lib.spec.components import Components, FoundObject, is_component
from models_lib.spec.constants import check_constant
from models_lib.spec.faults import Fault
from models_lib.spec.names import join_names
from models_lib.spec.object_faults import article, example, foreign_key, unknown_argument, unknown_object
from models_lib.spec.objects import ConfigValue, Family, KerasObject
from models_lib.spec.open_arguments import GRAPHS, function_named, open_argument, open_value, read_graph
from models_lib.spec.places import Place

MAX_DEPTH = 16
OF_TEXT = ("standardize", "split")
"""Arguments of TextVectorization: one of Keras' words, or a function of a component, `package.name`."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class ObjectReader:
    """Reads objects and collects what is wrong with them; a faulty object is read as None.

    `trusts_components`: what was read before, and written out, is taken as it stands where it is a component's.
    """

    def __init__(
        self, faults: list[Fault], components: Components | None = None, *, trusts_components: bool = False
    ) -> None:
        self._trusts = trusts_components
        self.catalog: Catalog = load_catalog()
        self.components = components or Components()
        self._faults = faults
        self.places: dict[tuple[str, str], Place] = {}

    def read(self, value: Any, family: Family, place: Place, depth: int = 0) -> KerasObject | None:
        """The object in its long form, defaults written; None where a fault was found."""
        if depth > MAX_DEPTH:
            return self.refuse(place.fault("too_large", f"objects are nested at most {MAX_DEPTH} deep"))
        match value:
            case Call():
                return self._read_call(value, family, place, depth)
            case str() if "(" in value:
                return self._read_text(value, family, place, depth)
            case str():
                return self._read_alias(value.strip(), family, place, depth)
            case dict():
                return self._read_long_form(value, family, place, depth)
            case KerasObject():
                return self._read_long_form(value.model_dump(mode="json"), family, place, depth)
            case _:
                message = f"{article(family)} {family} is written as an alias, a call or {{class_name, config}}"
                return self.refuse(place.fault("wrong_type", message, found=value, allowed=example(family)))

    def refuse(self, fault: Fault) -> KerasObject | None:
        self._faults.append(fault)
        return None

    def _read_text(self, text: str, family: Family, place: Place, depth: int) -> KerasObject | None:
        inside = place.inside(text)
        try:
            call = parse_call(text)
        except CallRefused as refused:
            at = inside.at(refused.span)
            name = text.split("(", 1)[0].strip()
            if name in self.catalog.refused[family]:
                return self.refuse(unknown_object(self.catalog, name, family, inside))
            mend = at.replacing(refused.mend) if refused.mend else None
            return self.refuse(at.fault("syntax", refused.message, found=text, patch=mend))
        return self._read_call(call, family, inside, depth)

    def _read_call(self, call: Call, family: Family, place: Place, depth: int) -> KerasObject | None:
        at = place.at(call.name_span)
        entry = self._find(call.name, family, at, called=place.at(call.span))
        if entry is None:
            return None
        named, known = self._name_arguments(call, entry, place)
        built = self._build(entry, family, named, place.at(call.span), depth)
        return built if known else None

    def _name_arguments(
        self, call: Call, entry: Entry, place: Place
    ) -> tuple[dict[str, tuple[Any, Place, Place]], bool]:
        """Arguments by name, each with its place and that of its name; False where some could not be named."""
        names = list(entry.arguments)[: entry.positional]
        named: dict[str, tuple[Any, Place, Place]] = {}
        before = len(self._faults)
        for index, argument in enumerate(call.arguments):
            name = argument.name or (names[index] if index < len(names) else None)
            at = place.below(name or index).at(argument.span)
            if name is None:
                message = f"{entry.name} takes at most {len(names)} arguments by position: {join_names(names)}"
                self.refuse(at.fault("unknown_field", message, found=_constant(argument.value), allowed=names))
            elif name in named:
                self.refuse(at.fault("duplicate", f"{name} is given twice", found=_constant(argument.value)))
            else:
                named[name] = (argument.value, at, at.at(argument.name_span or argument.span))
        return named, len(self._faults) == before

    def _read_alias(self, name: str, family: Family, place: Place, depth: int) -> KerasObject | None:
        entry = self._find(name, family, place)
        if entry is None:
            return None
        given = {"name": (name, place, place)} if family == "metric" and "name" in entry.arguments else {}
        return self._build(entry, family, given, place, depth)

    def _read_long_form(self, value: Mapping[str, Any], family: Family, place: Place, depth: int) -> KerasObject | None:
        before = len(self._faults)
        for key in value:
            if key not in ("class_name", "config"):
                self.refuse(foreign_key(key, value[key], place.below(str(key))))
        name, config = value.get("class_name"), value.get("config", {})
        if not isinstance(name, str):
            fault = place.fault(
                "missing", f"an object is {{class_name: …, config: {{…}}}}: {example(family)}", found=name
            )
            return self.refuse(fault)
        if not isinstance(config, dict):
            message = "config is a mapping of arguments"
            return self.refuse(place.below("config").fault("wrong_type", message, found=config, allowed="a mapping"))
        if self._trusts and is_component(name):
            return KerasObject.model_validate(value)
        entry = self._find(name, family, place.below("class_name"))
        if entry is None or len(self._faults) > before:
            return None
        at = place.below("config")
        return self._build(
            entry, family, {str(k): (v, at.below(k), at.below(k)) for k, v in config.items()}, place, depth
        )

    def _find(self, name: str, family: Family, place: Place, called: Place | None = None) -> Entry | None:
        """The catalog's entry, or that of a component; `called` is where a call of it stands."""
        entry = self.catalog.find(family, name) if NAME.fullmatch(name) else None
        if entry is not None:
            return entry
        found = find_in_components(self.components, name, family, place)
        if isinstance(found, FoundObject):
            refused = refuse_call(found, called) if called is not None else None
            if refused is None:
                return entry_of(found)
            self._faults.append(refused)
        else:
            self._faults.append(found or unknown_object(self.catalog, name, family, place))
        return None

    def _build(
        self, entry: Entry, family: Family, given: Mapping[str, tuple[Any, Place, Place]], place: Place, depth: int
    ) -> KerasObject | None:
        before = len(self._faults)
        self.places |= {(place.pointer, name): at for name, (_, at, _) in given.items()}
        config: dict[str, ConfigValue] = {}
        for name, (value, value_at, at) in given.items():
            if name not in entry.arguments and entry.takes_any:
                config[name] = open_value(self, name, value, value_at, depth)
            elif name not in entry.arguments:
                self._faults.append(unknown_argument(entry, family, name, value, at))
        for argument in entry.arguments.values():
            value = self._argument(entry, argument, given.get(argument.name), place, depth)
            if value is not None or (argument.name in given and argument.default is not None):
                config[argument.name] = value
        return KerasObject(class_name=entry.name, config=config) if len(self._faults) == before else None

    def _argument(
        self, entry: Entry, argument: Argument, given: tuple[Any, Place, Place] | None, place: Place, depth: int
    ) -> ConfigValue:
        if given is None:
            if argument.required and not argument.refused and not self._is_misspelt(argument, place):
                message = f"{entry.name} needs {argument.name}: {argument.doc}".rstrip(": ")
                self._faults.append(place.fault("missing", message, allowed=argument.name))
            return self._default(argument)
        value, at, name_at = given
        if argument.refused:
            self._refuse_argument(entry, argument, value, at if at.text is None else name_at)
            return None
        if value is None and not argument.required:
            return None
        return self._value(argument, value, at, depth)

    def _is_misspelt(self, argument: Argument, place: Place) -> bool:
        """True where a fault just said that a misspelt argument means this one."""
        below = place.pointer.removesuffix("/config")
        return any(f.did_you_mean == argument.name and f.pointer.startswith(below) for f in self._faults)

    def _refuse_argument(self, entry: Entry, argument: Argument, value: Any, place: Place) -> None:
        if value is not None:
            message = f"{entry.name} takes no {argument.name} here: {argument.refused}"
            fault = place.fault("forbidden", message, found=_constant(value), patch=place.removing())
            self._faults.append(fault)

    def _default(self, argument: Argument) -> ConfigValue:
        if argument.takes and isinstance(argument.default, str):
            return _default_object(argument.default, argument.takes[0])
        return None if argument.refused else argument.default

    def read_arguments(self, entry: Entry, given: Mapping[str, Any], place: Place) -> dict[str, ConfigValue]:
        """The arguments of a component that is no object of a family: a model, a loop; empty where some are refused."""
        placed = {str(name): (value, place.below(name), place.below(name)) for name, value in given.items()}
        built = self._build(entry, "layer", placed, place, 0)
        return built.config if built is not None else {}

    def _value(self, argument: Argument, value: Any, place: Place, depth: int) -> ConfigValue:
        if argument.is_open:
            return open_argument(self, argument, value, place, depth)
        if "layer" in argument.takes and isinstance(value, dict) and value.get("class_name") in GRAPHS:
            return read_graph(self, value, place)
        if argument.name in OF_TEXT and (function := self._text_function(argument, value)):
            return function
        nested = isinstance(value, Call) or (argument.takes and isinstance(value, str | dict | KerasObject))
        if argument.takes and isinstance(value, list) and argument.many:
            return [self.read(item, argument.takes[0], place.below(n), depth + 1) for n, item in enumerate(value)]
        if argument.takes and (nested or not argument.kinds):
            return self.read(value, argument.takes[0], place, depth + 1)
        if nested or _holds_call(value):
            message = f"{argument.name} takes no nested object"
            return self.refuse(place.fault("wrong_type", message, found=_constant(value)))
        fault = check_constant(argument, value, place)
        if fault is not None:
            return self.refuse(fault)
        constant: ConfigValue = value
        return constant

    def _text_function(self, argument: Argument, value: Any) -> KerasObject | None:
        """A component's function in place of one of Keras' words."""
        name = value.get("class_name") if isinstance(value, dict) else value
        if not isinstance(name, str) or not is_component(name):
            return None
        found = None if self._trusts else function_named(self, argument.name, name)
        return KerasObject(class_name=found.name if found else name) if found or self._trusts else None


@cache
def _default_object(name: str, family: Family) -> KerasObject | None:
    """What a default such as `glorot_uniform` stands for; objects are frozen, so one serves all."""
    return ObjectReader([]).read(name, family, Place())


def _holds_call(value: Any) -> bool:
    match value:
        case Call():
            return True
        case list():
            return any(_holds_call(item) for item in value)
        case dict():
            return any(_holds_call(item) for item in value.values())
        case _:
            return False


def _constant(value: Any) -> Any:
    return f"{value.name}(…)" if isinstance(value, Call) else value
