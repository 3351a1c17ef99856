"""Where in a document something stands: a JSON Pointer, and inside a call string the characters too."""

from dataclasses import dataclass
from typing import Any

from models_lib.spec.faults import Fault, FaultCode, join_pointer

Patch = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A value's place. Inside a call string `pointer` goes on below the string, by argument names."""

    pointer: str = ""
    text: str | None = None
    text_pointer: str = ""
    span: tuple[int, int] | None = None

    def below(self, *parts: str | int) -> "Place":
        """The place of a member."""
        return Place(join_pointer(self.pointer, *parts), self.text, self.text_pointer, self.span)

    def inside(self, text: str) -> "Place":
        """The same place, seen as a call string that can be pointed into."""
        return Place(self.pointer, text, self.pointer, (0, len(text)))

    def at(self, span: tuple[int, int] | None) -> "Place":
        """The same place, narrowed to some characters of the call string."""
        return Place(self.pointer, self.text, self.text_pointer, span)

    def fault(
        self,
        code: FaultCode,
        message: str,
        *,
        found: Any = None,
        allowed: Any = None,
        did_you_mean: str | None = None,
        patch: Patch | None = None,
    ) -> Fault:
        """A fault at this place."""
        return Fault(
            pointer=self.pointer,
            message=message,
            code=code,
            found=shorten(found),
            allowed=list(allowed) if isinstance(allowed, tuple) else allowed,
            did_you_mean=did_you_mean,
            patch=patch,
            span=self.span,
        )

    def replacing(self, value: Any) -> Patch:
        """The patch that writes `value` here; inside a call string, in quotes where there were quotes."""
        if self.text is None or self.span is None:
            return [{"op": "replace", "path": self.pointer, "value": value}]
        written = f'"{value}"' if self.text[self.span[0] : self.span[1]].startswith(("'", '"')) else str(value)
        mended = self.text[: self.span[0]] + written + self.text[self.span[1] :]
        return [{"op": "replace", "path": self.text_pointer, "value": mended}]

    def removing(self) -> Patch | None:
        """The patch that takes a member away; a call string is left for people to mend."""
        return [{"op": "remove", "path": self.pointer}] if self.text is None else None

    def renaming(self, name: str) -> Patch:
        """The patch that gives this member, or this argument, another name."""
        if self.text is not None:
            return self.replacing(name)
        return [{"op": "move", "from": self.pointer, "path": join_pointer(self.pointer.rsplit("/", 1)[0], name)}]


def shorten(found: Any) -> Any:
    """What stood there, as an answer may carry it: long texts and large values are cut."""
    if isinstance(found, str):
        return found if len(found) <= 200 else found[:200] + "…"
    if isinstance(found, dict | list | tuple):
        written = repr(found)
        return found if len(written) <= 200 else written[:200] + "…"
    return found if isinstance(found, bool | int | float | None) else repr(found)[:200]
