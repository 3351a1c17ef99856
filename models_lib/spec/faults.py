"""A fault: what is wrong with a document, where, what is allowed, and the mend where it is certain."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FaultCode = Literal[
    "syntax",
    "too_large",
    "unknown_name",
    "unknown_field",
    "wrong_type",
    "missing",
    "out_of_range",
    "duplicate",
    "forbidden",
    "bad_reference",
    "bad_graph",
    "bad_shape",
    "bad_data",
    "renamed",
    "not_available",
]


class Fault(BaseModel):
    """One thing that is wrong with a document."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pointer: str = Field(description="JSON Pointer (RFC 6901) into the document as it was given.")
    message: str = Field(description="What is wrong and what to do about it.")
    code: FaultCode = Field(description="The kind of fault, for programs.")
    found: Any = Field(default=None, description="What stood there.")
    allowed: Any = Field(default=None, description="What may stand there: names, or a word for the type.")
    did_you_mean: str | None = Field(default=None, description="The nearest allowed name.")
    patch: list[dict[str, Any]] | None = Field(default=None, description="JSON Patch (RFC 6902) that mends it.")
    span: tuple[int, int] | None = Field(default=None, description="First and last+1 character within a call string.")
    line: int | None = Field(default=None, description="Line of the text, counted from 1, where text was given.")


class Warning(BaseModel):
    """Something that will work, and perhaps not as it was meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pointer: str = Field(description="JSON Pointer into the document as it was given.")
    message: str = Field(description="What will happen, and what to write if it was not meant.")
    line: int | None = Field(default=None, description="Line of the text, where text was given.")


class SpecRefused(Exception):
    """The document is no run: carries every fault that was found, not the first one only."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in faults))
        self.faults = faults


def join_pointer(pointer: str, *parts: str | int) -> str:
    """The JSON Pointer one or more steps below `pointer`."""
    return pointer + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
