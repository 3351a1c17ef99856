"""How the service is."""

from typing import Literal

from api.shapes import Answer


class Alive(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Part(Answer):
    """One part of the service."""

    ok: bool
    needed: bool
    detail: str


class Readiness(Answer):
    """Whether runs can be trained, part by part."""

    ready: bool
    parts: dict[str, Part]


class Version(Answer):
    """What runs here."""

    version: str
    keras: str
