"""Specs as the command line takes them: files, standard input, `--set`."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from horngate.errors import Problem, UsageError


def submission(spec: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """The body that sends a spec file as it stands, with what is to be changed about it."""
    return {"text": read_spec(spec), **({"changes": changes} if changes else {})}


def read_spec(spec: Path) -> str:
    if str(spec) == "-":
        return sys.stdin.read()
    try:
        return spec.expanduser().read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(
            f"There is no file {spec}. To train a table: horngate train --data FILE --target COLUMN"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(
            f"{spec} is not text. To train a table: horngate train --data {spec} --target COLUMN"
        ) from None
    except OSError as error:
        raise UsageError(f"Cannot read {spec}: {error.strerror}.") from None


def asked_changes(changes: Sequence[str]) -> dict[str, Any]:
    """`--set a.b=value` many times, as one JSON Merge Patch; a value is JSON where it reads as such, else text."""
    patch: dict[str, Any] = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals or not all(path.split(".")):
            raise UsageError(f"--set takes FIELD=VALUE, like --set fit.epochs=5; found {change!r}.")
        *parents, name = path.split(".")
        place = patch
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = read_value(value)
    return patch


def read_value(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


@contextmanager
def refusals_point_at(name: str, text: str) -> Iterator[None]:
    """Let a refusal in here know the text that its lines belong to."""
    try:
        yield
    except Problem as problem:
        problem.source = ("" if name == "-" else name, text)
        raise
