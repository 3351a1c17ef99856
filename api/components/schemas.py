"""Components as the API shows them."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from api.shapes import Answer, Body, Paging
from models_lib.spec.components import ComponentObject

FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ComponentSubmitted"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "name": {"type": "string", "maxLength": 64, "description": "Left out: the file's own name."},
                        "project": {"type": "string", "maxLength": 200, "description": "Left out: the caller's own."},
                        "file": {"type": "string", "format": "binary", "description": "A .py file, or a .zip of some."},
                    },
                }
            },
        },
    }
}


class ComponentSubmitted(Body):
    """Python source, as one module or as the files of a package. Exactly one of the two."""

    project: str | None = Field(default=None, max_length=200, description="A project's name or id.")
    name: str = Field(min_length=1, max_length=64, description="As a Python module is named; specs say name.Class.")
    source: str | None = Field(default=None, max_length=1_000_000, description="The text of a single module.")
    files: dict[str, str] | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Texts by path below the package's folder, such as layers/dense.py.",
    )

    @model_validator(mode="after")
    def _has_one(self) -> "ComponentSubmitted":
        if (self.source is None) == (self.files is None):
            raise ValueError("send either `source`, a text, or `files`, texts by path")
        return self


class Asked(Body):
    """What the doctor shall look at."""

    objects: list[str] = Field(default_factory=list, max_length=500, description="Names; left out: every object.")
    config: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Arguments to make an object with, by its name, where they cannot be guessed."
    )
    code: list[str] = Field(default_factory=list, max_length=50, description="Whose AutoGraph code shall be shown.")


class ComponentChecked(ComponentSubmitted, Asked):
    """Source to be examined and not kept."""


class Finding(Answer):
    """One thing that the doctor has to say."""

    object: str
    rule: str
    severity: Literal["error", "warning", "info"]
    line: int | None = Field(description="In `file`, counted from 1.")
    file: str | None
    message: str
    advice: str


class ExaminedObject(Answer):
    """What was done with an object."""

    name: str
    as_family: str = Field(description="What it was taken for.")
    checks: list[str]
    xla: bool | None = Field(description="Whether it compiles with XLA; null where that was not tried.")
    eager_slowdown: float | None = Field(description="How many times longer a call takes eagerly than in a graph.")
    not_checked: str | None = Field(description="Why it was not run, where it was not.")


class DoctorReport(Answer):
    """What the doctor found; `ok` where no finding is an error."""

    component: str
    version: int | None = Field(description="Null for source that is not kept.")
    ok: bool
    findings: list[Finding]
    objects: list[ExaminedObject]
    code: dict[str, str] = Field(description="AutoGraph's code by object.")


class ComponentsAsked(Paging):
    """Which components a list shows."""

    project: str | None = Field(default=None, max_length=200, description="A project's name or id.")
    name: str | None = Field(default=None, description="Exactly this name: its versions.")
    search: str | None = Field(default=None, max_length=200, description="Part of the name.")
    sort: Literal["-created_at", "created_at", "-name", "name"] = "-created_at"


class Component(Answer):
    """One version of a component: never changed, and pinned by the runs that use it."""

    id: str
    name: str
    version: int
    project: str
    owner: str
    bytes: int
    sha256: str
    objects: list[ComponentObject] = Field(description="Its classes and functions, and where each may stand.")
    files: list[str] = Field(description="Its files: what `entry` of a run of kind script may name.")
    created_at: datetime


class ComponentSource(Answer):
    """The source as it was sent."""

    files: dict[str, str] = Field(description="Texts by path; __init__.py is the package itself.")
