"""The fields that belong to no section, and the run spec put together."""

from collections.abc import Mapping
from typing import Any

from models_lib.spec.exports import read_exports
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.types import Resources, Retry, RunSpec

ROOT = Place("")
READ_ELSEWHERE = frozenset({"components", "inputs", "targets", "split", "windows", "model", "compile", "fit"})


def take_exports(reading: Reading, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with its exports read, those that cannot be refused by their pointers."""
    rest = dict(document)
    if rest.get("export") is not None:
        rest["export"] = read_exports(reading, rest["export"])
    return rest


def read_whole(reading: Reading, document: Mapping[str, Any], parts: Mapping[str, Any]) -> RunSpec | None:
    """The run spec of the sections that were read and the fields that stand alone; None where a section is missing."""
    alone = {key: value for key, value in document.items() if key not in READ_ELSEWHERE}
    for field, part in (("resources", Resources), ("retry", Retry)):
        if isinstance(alone.get(field), dict):
            alone[field] = reading.closed(part, alone[field], ROOT.below(field), field) or part()
    given = {name: part for name, part in parts.items() if part is not None or name == "windows"}
    if isinstance(alone.get("dataset"), str) and not alone.get("name"):
        alone["name"] = alone["dataset"].partition("@")[0]
    if len(given) == len(parts):
        return reading.closed(RunSpec, {**alone, **given}, ROOT, "spec")
    reading.closed(_Alone, alone, ROOT, "spec")
    return None


class _Alone(RunSpec):
    """The fields that stand alone, judged where a section could not be read."""

    model: Any = None
    compile: Any = None
