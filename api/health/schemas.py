"""How the service is."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.shapes import Answer


class Alive(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Part(Answer):
    """One part of the service."""

    ok: bool
    needed: bool
    detail: str
    mend: str | None = Field(default=None, description="What to do, where it is not ok.")


class Readiness(Answer):
    """Whether runs can be trained, part by part."""

    ready: bool
    parts: dict[str, Part]


class Version(Answer):
    """What runs here."""

    version: str
    keras: str
    oidc: str | None = Field(
        default=None, description="The sign-in page's button for an OpenID provider, if there is one."
    )


class Found(Answer):
    """One thing that was looked at, and how to mend it where it is not ok."""

    what: str
    ok: bool
    found: str
    mend: str


class Checkup(Answer):
    """What is wrong with the service as a whole."""

    ok: bool
    at: datetime
    version: str
    findings: list[Found]
