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
                        "file": {"type": "string", "format": "binary", "description": "A .py file, or a .zip of some."},
                    },
                }
            },
        },
    }
}


class ComponentSubmitted(Body):
    """Python source, as one module or as the files of a package. Exactly one of the two."""

    name: str = Field(min_length=1, max_length=64, description="As a Python module is named; specs say name.Class.")
    source: str | None = Field(default=None, max_length=1_000_000, description="The text of a single module.")
    files: dict[str, str] | None = Field(
        default=None, max_length=200, description="Texts by path below the package's folder, such as layers/dense.py."
    )

    @model_validator(mode="after")
    def _has_one(self) -> "ComponentSubmitted":
        if (self.source is None) == (self.files is None):
            raise ValueError("send either `source`, a text, or `files`, texts by path")
        return self


class ComponentsAsked(Paging):
    """Which components a list shows."""

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
    created_at: datetime


class ComponentSource(Answer):
    """The source as it was sent."""

    files: dict[str, str] = Field(description="Texts by path; __init__.py is the package itself.")
