"""What is said about a name, an argument or a key that does not belong in an object."""

from typing import Any

from models_lib.spec.calls import UNQUOTED
from models_lib.spec.catalog import Catalog, Entry
from models_lib.spec.faults import Fault
from models_lib.spec.names import (
    RENAMED_ARGUMENTS,
    RENAMED_CLASSES,
    RETIRED_ARGUMENTS,
    did_you_mean,
    is_certain,
    nearest,
)
from models_lib.spec.objects import Family
from models_lib.spec.places import Place

SPECIAL_NAMES = frozenset({"function", "class", "method", "__lambda__", "__numpy__", "__tensor__", "__typespec__"})
KERAS_ROOMS = ("tf.", "tensorflow.", "keras.", "layers.", "losses.", "metrics.", "optimizers.", "initializers.",
               "regularizers.", "constraints.", "activations.", "callbacks.", "experimental.", "preprocessing.",
               "schedules.")  # fmt: skip
ARTICLES = {"optimizer": "an", "initializer": "an", "activation": "an", "application": "an"}


def unknown_object(catalog: Catalog, name: str, family: Family, place: Place) -> Fault:
    if name.endswith(")"):
        return place.fault("syntax", f"this is the end of a call; {UNQUOTED}", found=name)
    if name in SPECIAL_NAMES or name.startswith("__"):
        return place.fault("forbidden", f"the class name {name!r} is not allowed in a spec", found=name)
    if name in catalog.refused[family]:
        return place.fault("forbidden", f"{name} cannot be used: {catalog.refused[family][name]}", found=name)
    if "." in name or ">" in name:
        return _dotted(catalog, name, family, place)
    if name in RENAMED_CLASSES and catalog.find(family, RENAMED_CLASSES[name]):
        today = RENAMED_CLASSES[name]
        message = f"Keras 3 has no {name}: use {today}"
        return place.fault("renamed", message, found=name, did_you_mean=today, patch=place.replacing(today))
    others = [other for other in catalog.families_of(name) if other != family]
    if others:
        message = f"{name} is {article(others[0])} {others[0]}, and {article(family)} {family} belongs here"
        return place.fault("unknown_name", message, found=name, allowed=example(family))
    return _misspelt(catalog, name, family, place)


def _dotted(catalog: Catalog, name: str, family: Family, place: Place) -> Fault:
    short = name.rsplit(".", 1)[-1]
    if name.startswith(KERAS_ROOMS) and catalog.find(family, short):
        message = f"write {short} alone: catalog names carry no prefix"
        return place.fault("unknown_name", message, found=name, did_you_mean=short, patch=place.replacing(short))
    return place.fault("unknown_name", f"there is no component that has {name[:80]!r}", found=name)


def _misspelt(catalog: Catalog, name: str, family: Family, place: Place) -> Fault:
    known = catalog.names(family) + catalog.aliases(family)
    near = nearest(name, known)
    mend = place.replacing(near) if near and name.isidentifier() and is_certain(name, near) else None
    message = f"unknown {family} {name[:80]!r}{did_you_mean(near)}"
    return place.fault(
        "unknown_name", message, found=name, allowed=catalog.names(family), did_you_mean=near, patch=mend
    )


def unknown_argument(entry: Entry, family: Family, name: str, value: Any, place: Place) -> Fault:
    allowed = tuple(argument.name for argument in entry.arguments.values() if not argument.refused)
    if RENAMED_ARGUMENTS.get(name) in entry.arguments:
        today = RENAMED_ARGUMENTS[name]
        message = f"{name} became {today} in Keras 3: write {today}"
        return place.fault(
            "renamed", message, found=name, allowed=allowed, did_you_mean=today, patch=place.renaming(today)
        )
    if name in RETIRED_ARGUMENTS:
        message = f"{entry.name} takes no {name}: {RETIRED_ARGUMENTS[name]}"
        return place.fault("renamed", message, found=name, allowed=allowed)
    if name in ("module", "registered_name"):
        return foreign_key(name, value, place)
    near = nearest(name, allowed)
    mend = place.renaming(near) if near and is_certain(name, near) else None
    message = f"{entry.name} has no argument {name[:80]!r}{did_you_mean(near)}"
    return place.fault("unknown_field", message, found=name, allowed=allowed, did_you_mean=near, patch=mend)


def foreign_key(key: str, value: Any, place: Place) -> Fault:
    if key in ("module", "registered_name", "build_config"):
        message = f"{key} is not allowed: names come from the catalog alone, leave it out"
        return place.fault("forbidden", message, found=value, patch=place.removing())
    message = f"an object has class_name and config, not {str(key)[:80]!r}"
    return place.fault("unknown_field", message, found=key, allowed=("class_name", "config"))


def article(family: str) -> str:
    return ARTICLES.get(family, "a")


def example(family: Family) -> str:
    return {
        "layer": 'Dense(30, activation="relu")',
        "loss": "mse",
        "metric": "RootMeanSquaredError()",
        "optimizer": "Adam(1e-3)",
        "schedule": "ExponentialDecay(0.01, decay_steps=1000, decay_rate=0.9)",
        "initializer": "he_normal",
        "regularizer": "L2(1e-4)",
        "constraint": "MaxNorm(2)",
        "activation": "relu",
        "callback": "ReduceLROnPlateau(patience=4)",
        "application": "MobileNetV3Small(include_top=False)",
    }[family]
