"""The JSON Schema of the run spec with the names of a project's components, which the judge takes bare too."""

from collections.abc import Mapping
from typing import Any

from models_lib.spec.components import Components
from models_lib.spec.objects import Family
from models_lib.spec.schema import FAMILIES, run_schema

Schema = dict[str, Any]


def component_names(components: Components) -> dict[Family, tuple[str, ...]]:
    """`Name` and `package.Name` of everything that may stand for an object of a family."""
    found: dict[Family, set[str]] = {family: set() for family in FAMILIES}
    for package in components.packages:
        for part in package.manifest.objects:
            for family in FAMILIES:
                if family in part.families or (family == "layer" and "transform" in part.families):
                    found[family] |= {part.name, f"{package.name}.{part.name}"}
    return {family: tuple(sorted(names)) for family, names in found.items() if names}


def schema_with(names: Mapping[Family, tuple[str, ...]]) -> Schema:
    """The schema, whose families have these names beside Keras' own."""
    schema = run_schema()
    definitions = dict(schema["$defs"])
    for family, known in names.items():
        own = {"enum": list(known)}
        long_form = {
            "type": "object",
            "required": ["class_name"],
            "additionalProperties": False,
            "properties": {"class_name": own, "config": {"type": "object"}},
        }
        described = {**own, "description": f"A {family} of a component."}
        definitions[family] = {**definitions[family], "anyOf": [*definitions[family]["anyOf"], described, long_form]}
    return {**schema, "$defs": definitions}
