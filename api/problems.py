"""What may go wrong on purpose: the errors that services raise. `drawing.py` makes answers of them.

Problem
├── Unauthorized  Forbidden        who is calling, and what they may
├── NotFound  NotThereYet          there is no such thing, or not yet
├── Conflict                       its state does not allow it
├── TooLarge  UnknownFormat        what was sent is too much, or of a kind that is not read
├── ForeignHost                    a Host header that is none of ours
├── Refused                        what was sent is well-formed and wrong
├── Away                           a part of the service does not answer
└── DiskFull                       there is no room to keep what was sent
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from api.shapes import Answer


class Fault(Answer):
    """One thing that is wrong with what was sent."""

    pointer: str = Field(description="JSON Pointer to it.")
    message: str
    code: str
    found: Any = None
    allowed: Any = Field(default=None, description="What may stand there: names, or a word for the type.")
    did_you_mean: str | None = None
    patch: list[dict[str, Any]] | None = Field(default=None, description="A JSON Patch that mends it, where certain.")
    line: int | None = Field(default=None, description="In the text, from 1, where the spec was sent as text.")
    span: tuple[int, int] | None = Field(default=None, description="Characters of a call string, first and past it.")


class Problem(Exception):
    """An expected failure; `detail` tells the reader what to do."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.shown_code = code or self.code
        self.errors = list(errors)
        self.headers = dict(headers or {})


class Unauthorized(Problem):
    """Nobody known is calling."""

    status, code = 401, "unauthorized"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """The caller is known, and may not do this."""

    status, code = 403, "forbidden"


class NotFound(Problem):
    """There is no such thing, or not for this caller."""

    status, code = 404, "not_found"


class NotThereYet(Problem):
    """It does not exist yet, and may later."""

    status, code = 404, "not_there_yet"


class Conflict(Problem):
    """The thing's state does not allow it."""

    status, code = 409, "conflict"


class TooLarge(Problem):
    """More bytes than the service takes."""

    status, code = 413, "too_large"


class UnknownFormat(Problem):
    """A file of a kind that is not read here."""

    status, code = 415, "unknown_format"


class ForeignHost(Problem):
    """A Host header that is none of ours."""

    status, code = 421, "foreign_host"


class Refused(Problem):
    """What was sent is well-formed and wrong; `errors` says where."""

    status, code = 422, "refused"


class TooMany(Problem):
    """Too many requests of one caller; `Retry-After` says when there may be more."""

    status, code = 429, "too_many_requests"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Away(Problem):
    """A part of the service does not answer; asking again later may help."""

    status, code = 503, "away"

    def __init__(self, detail: str, *, code: str, retry_after: int = 5) -> None:
        super().__init__(detail, code=code, headers={"Retry-After": str(retry_after)})


class DiskFull(Problem):
    """There is no room to keep what was sent, and nothing of it was kept."""

    status, code = 507, "disk_full"

    def __init__(self) -> None:
        super().__init__("The service's disk is full: nothing was kept of this. Free space there, then ask again.")
