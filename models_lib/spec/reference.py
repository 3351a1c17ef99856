"""Writes docs/spec-reference.md from the types and the catalog: `python -m models_lib.spec.reference`."""

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models_lib.spec.bindings import Binding, Split, Target, Windows
from models_lib.spec.catalog import load_catalog
from models_lib.spec.exports import Export
from models_lib.spec.models import (
    ApplicationModel,
    ComponentModel,
    Functional,
    FunctionalLayer,
    KerasModel,
    NestedLayer,
    RunModel,
    Sequential,
    SequentialLayer,
)
from models_lib.spec.schema import FAMILIES
from models_lib.spec.scripts import OtherDatasets, ScriptModel, ScriptSpec
from models_lib.spec.training import Checkpoint, Compile, EarlyStopping, Fit, Loop, NamedOptimizer
from models_lib.spec.types import Resources, Retry, RunSpec

REFERENCE_PATH = Path(__file__).parents[2] / "docs" / "spec-reference.md"
SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The document", RunSpec),
    ("inputs.<name>", Binding),
    ("targets.<output>", Target),
    ("split", Split),
    ("windows", Windows),
    ("model: sequential", Sequential),
    ("model: sequential, a layer", SequentialLayer),
    ("model: functional", Functional),
    ("model: functional, a layer", FunctionalLayer),
    ("model: functional, a model as a layer", NestedLayer),
    ("model: keras", KerasModel),
    ("model: application", ApplicationModel),
    ("model: component", ComponentModel),
    ("model: run", RunModel),
    ("The document of a script", ScriptSpec),
    ("split of a script", OtherDatasets),
    ("model: script", ScriptModel),
    ("compile", Compile),
    ("compile.optimizer.<name>", NamedOptimizer),
    ("fit", Fit),
    ("fit.loop", Loop),
    ("fit.early_stopping", EarlyStopping),
    ("fit.checkpoint", Checkpoint),
    ("export, in its long form", Export),
    ("resources", Resources),
    ("retry", Retry),
)
HEAD = """\
# The run spec: reference

Written by `python -m models_lib.spec.reference` from the types; do not edit. Every object (layer, loss, metric, …) is
written as an alias (`relu`), as a call (`Dense(30, activation="relu")`) or in the long form
(`{class_name: Dense, config: {units: 30}}`).
"""


def render_reference() -> str:
    """The whole page."""
    sections = [_section(title, part) for title, part in SECTIONS]
    return "\n".join([HEAD, *sections, _catalog()])


def _section(title: str, part: type[BaseModel]) -> str:
    rows = [
        f"| `{name}` | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in part.model_fields.items()
    ]
    return "\n".join(
        [f"## {title}", "", _cell(part.__doc__ or ""), "", "| field | default | |", "|---|---|---|", *rows, ""]
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ("", {}, ()):
        return ""
    if isinstance(value, BaseModel):
        return "see below"
    written = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return f"`{', '.join(value) if isinstance(value, tuple) else written}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _catalog() -> str:
    """Every name, with the first sentence of its documentation."""
    catalog = load_catalog()
    parts = [f"# Names\n\nAs Keras {catalog.keras} has them.\n"]
    for family in FAMILIES:
        entries = [entry for name in catalog.names(family) if (entry := catalog.find(family, name))]
        rows = [f"- `{entry.name}`: {_cell(entry.doc)}" for entry in entries]
        parts.append("\n".join([f"## {family}", "", *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    REFERENCE_PATH.write_text(render_reference(), encoding="utf-8")
    sys.stdout.write(f"wrote {REFERENCE_PATH.name}\n")
