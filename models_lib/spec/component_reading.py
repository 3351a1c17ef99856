"""Names that lead into a component: `package.Name`, or `Name` where only one package has it."""

from typing import Any

from models_lib.spec.catalog import Entry
from models_lib.spec.components import ComponentFamily, Components, FoundObject, as_entry
from models_lib.spec.faults import Fault
from models_lib.spec.names import did_you_mean, is_certain, join_names, nearest
from models_lib.spec.places import Place

KERAS_ROOMS = frozenset({
    "tf", "tensorflow", "keras", "layers", "losses", "metrics", "optimizers", "initializers", "regularizers",
    "constraints", "activations", "callbacks", "experimental", "preprocessing", "schedules",
})  # fmt: skip
UPLOAD = "upload it first (POST /v1/components, or horngate components add FILE)"


def find_in_components(
    components: Components, name: str, family: ComponentFamily, place: Place
) -> FoundObject | Fault | None:
    """What a name means in the packages at hand; a fault where it leads into one and not to its end; else None."""
    found = components.find(name)
    package = name.rpartition(".")[0]
    if not found:
        return (
            _nothing(components, name, family, place) if package and package.split(".")[0] not in KERAS_ROOMS else None
        )
    fitting = [part for part in found if family in part.described.families or _is_layer_too(part, family)]
    if not fitting:
        return place.fault("unknown_name", _misplaced(found[0], family), found=name, allowed=components.names(family))
    if len(fitting) > 1:
        names = tuple(part.name for part in fitting)
        message = f"several components have a {name}: write {' or '.join(names)}"
        return place.fault("bad_reference", message, found=name, allowed=names)
    components.use(fitting[0])
    return fitting[0]


def _is_layer_too(found: FoundObject, family: ComponentFamily) -> bool:
    """A function of one tensor stands for a layer that calls it."""
    return family == "layer" and "transform" in found.described.families


def entry_of(found: FoundObject) -> Entry:
    """The object's arguments; a plain function has none here, since Keras calls it."""
    return as_entry(found, () if found.described.kind == "function" else None)


def refuse_call(found: FoundObject, place: Place) -> Fault | None:
    """A plain function is named, not called; what returns a function, and a class, is called."""
    if found.described.kind != "function":
        return None
    taken = join_names(argument.name for argument in found.described.arguments)
    message = f"{found.name} is a function of ({taken}), which Keras calls: write {found.name} without parentheses"
    return place.fault("wrong_type", message, found=f"{found.name}(…)", patch=place.replacing(found.name))


def _nothing(components: Components, name: str, family: ComponentFamily, place: Place) -> Fault:
    package, _, short = name.rpartition(".")
    packages = {part.name: part for part in components.packages}
    if package not in packages:
        near = nearest(package, packages)
        message = f"there is no component {package[:80]!r}{did_you_mean(near)}" + ("" if near else f": {UPLOAD}")
        return place.fault("unknown_name", message, found=name, allowed=tuple(packages), did_you_mean=near)
    known = tuple(packages[package].manifest.by_name)
    near = nearest(short, known)
    mend = place.replacing(f"{package}.{near}") if near and is_certain(short, near) else None
    message = f"{packages[package].reference} has no {short[:80]!r}{did_you_mean(near)}"
    return place.fault("unknown_name", message, found=name, allowed=known, did_you_mean=near, patch=mend)


def _misplaced(found: FoundObject, family: ComponentFamily) -> str:
    """Why an object cannot stand where one of a family belongs."""
    serves = found.described.families
    if not serves:
        return f"{found.name} can stand nowhere in a spec: its arguments are those of no part of Keras"
    return f"{found.name} is {_article(serves[0])} {serves[0]}, and {_article(family)} {family} belongs here"


def _article(family: Any) -> str:
    return "an" if str(family)[0] in "aeio" else "a"
