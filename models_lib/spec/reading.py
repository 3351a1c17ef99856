"""Text into a plain document: YAML by the 1.2 core rules, or JSON; closed against bombs and doubled keys."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, Event, ScalarEvent, SequenceStartEvent

from models_lib.spec.faults import Fault, FaultCode, SpecRefused, join_pointer

MAX_BYTES = 2_500_000
MAX_DEPTH = 40
MAX_VALUES = 100_000
TOO_NESTED = f"a spec is nested at most {MAX_DEPTH} deep and holds at most {MAX_VALUES} values"
TOO_DEEP = re.compile(r"(?:[\[{]\s*+){64}")
NULLS = {"", "~", "null", "Null", "NULL"}
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?[0-9]+")
OCTAL = re.compile(r"0o[0-7]+")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True)
class Document:
    """A document read from text, which knows on which line each of its values stands."""

    text: str
    value: object

    def line_of(self, pointer: str) -> int | None:
        """The line of the value, or of the nearest one around it; counted from 1."""
        while pointer and pointer not in self._lines:
            pointer = pointer.rpartition("/")[0]
        return self._lines.get(pointer)

    @cached_property
    def _lines(self) -> dict[str, int]:
        builder = _Builder(self.text)
        builder.build()
        return builder.lines


def read_document(text: str) -> object:
    """The document as plain data. Raises SpecRefused with the line."""
    return parse_document(text).value


def parse_document(text: str) -> Document:
    """The document with its lines. Raises SpecRefused."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise _refused("too_large", f"a spec has at most {MAX_BYTES} bytes")
    if deep := TOO_DEEP.search(text):  # the scanner's time grows with the square of the depth
        raise _refused("too_large", TOO_NESTED, line=text.count("\n", 0, deep.start()) + 1)
    if text.lstrip()[:1] == "{":
        try:
            return Document(text, json.loads(text, object_pairs_hook=unique_pairs, parse_constant=_not_finite))
        except (json.JSONDecodeError, RecursionError, ValueError):
            pass  # YAML's flow style begins alike; its reader has the better message
    return Document(text, _Builder(text).build())


def unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping of JSON; raises ValueError where a key stands twice."""
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("doubled key")
    return mapping


def _not_finite(word: str) -> Any:
    raise _refused("out_of_range", "numbers are finite", found=word)


def _refused(
    code: FaultCode, message: str, *, pointer: str = "", line: int | None = None, found: Any = None
) -> SpecRefused:
    return SpecRefused((Fault(pointer=pointer, message=message, code=code, line=line, found=found),))


class _Builder:
    """Builds plain data from the parser's events, without any tag, class or constructor."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._text = text
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._values = 0

    def build(self) -> object:
        """The one document of the text."""
        try:
            events = iter(YAML(typ="safe", pure=True).parse(self._text))
            next(events)  # the stream starts
            first = next(events)
            if not hasattr(first, "explicit") or not hasattr(first, "version"):
                raise _refused("syntax", "the text is empty", line=1)
            value = self._value(next(events), events, "", 0)
            next(events)  # the document ends
            if hasattr(second := next(events), "version"):
                raise _refused("syntax", "one spec has one document: a second begins here", line=_line(second))
        except (YAMLError, RecursionError) as error:
            raise _syntax_fault(error) from None
        return value

    def _value(self, event: Event, events: Iterator[Event], pointer: str, depth: int) -> Any:
        self._count(event, pointer, depth)
        if isinstance(event, AliasEvent):
            return self._aliased(event, pointer)
        if getattr(event, "tag", None) is not None and getattr(event, "ctag", None) is not None:
            raise _refused("forbidden", "YAML tags are not allowed", pointer=pointer, line=_line(event))
        before = self._values
        if isinstance(event, ScalarEvent):
            value: Any = self._scalar(event, pointer)
        elif isinstance(event, SequenceStartEvent):
            value = self._sequence(events, pointer, depth)
        else:
            value = self._mapping(events, pointer, depth)
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = (value, self._values - before + 1)
        return value

    def _count(self, event: Event, pointer: str, depth: int) -> None:
        self.lines.setdefault(pointer, _line(event))
        self._values += 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise _refused("too_large", TOO_NESTED, pointer=pointer, line=_line(event))

    def _aliased(self, event: AliasEvent, pointer: str) -> Any:
        if event.anchor not in self._anchors:
            raise _refused("bad_reference", f"no anchor &{event.anchor}", pointer=pointer, line=_line(event))
        value, size = self._anchors[event.anchor]
        self._values += size
        return value

    def _sequence(self, events: Iterator[Event], pointer: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while not _ends(event := next(events)):
            items.append(self._value(event, events, f"{pointer}/{len(items)}", depth + 1))
        return items

    def _mapping(self, events: Iterator[Event], pointer: str, depth: int) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        while not _ends(event := next(events)):
            if not isinstance(event, ScalarEvent):
                raise _refused("syntax", "a key is a word or a number", pointer=pointer, line=_line(event))
            key = self._scalar(event, pointer)
            key = key if isinstance(key, str) else event.value
            below = join_pointer(pointer, key)
            if key in mapping:
                raise _refused("duplicate", f"{key!r} stands here twice", pointer=below, line=_line(event), found=key)
            self.lines[below] = _line(event)
            mapping[key] = self._value(next(events), events, below, depth + 1)
        return mapping

    def _scalar(self, event: ScalarEvent, pointer: str) -> Any:
        text: str = event.value
        if event.style not in (None, "") or not event.implicit[0]:
            return text
        if text in NULLS:
            return None
        if text in BOOLEANS:
            return BOOLEANS[text]
        if NOT_FINITE.fullmatch(text):
            raise _refused("out_of_range", "numbers are finite", pointer=pointer, line=_line(event), found=text)
        return _number(text)


def _number(text: str) -> Any:
    if len(text) <= 64:
        if INTEGER.fullmatch(text):
            return int(text)
        if OCTAL.fullmatch(text) or HEXADECIMAL.fullmatch(text):
            return int(text, 0)
        if FLOAT.fullmatch(text):
            return float(text)
    return text


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _ends(event: Event) -> bool:
    return type(event).__name__ in ("SequenceEndEvent", "MappingEndEvent")


def _syntax_fault(error: Exception) -> SpecRefused:
    mark = getattr(error, "problem_mark", None) if isinstance(error, MarkedYAMLError) else None
    problem = getattr(error, "problem", None) or "it is nested too deep or holds characters that YAML does not allow"
    return _refused("syntax", f"this is no YAML: {problem}", line=mark.line + 1 if mark else None)
