"""The text of a module made of pieces, in an order in which it can be run, the same for the same pieces."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import dedent
from textwrap import indent as indent_lines
from typing import Any

from horngate.source.finding import Found

HEADER = '"""Captured from live objects."""\n'
NAMESPACE = "a module of the user's own"


@dataclass(frozen=True)
class Piece:
    """Lines that bind one name; `now` and `later` are names that they need when run, and when called."""

    name: str
    text: str
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    value: Any = None
    is_import: bool = False


def bind_text(found: Found) -> str:
    """A definition as a text of its own, which binds its name."""
    if not found.indent:
        return found.text
    whole = f"if True:\n{found.text}"
    plain = dedent(found.text)
    try:
        is_same = ast.dump(ast.parse(plain).body[0]) == ast.dump(ast.parse(whole).body[0].body[0])  # type: ignore[attr-defined]  # an If
    except SyntaxError:
        is_same = False
    return plain if is_same else whole


def define_text(found: Found, name: str, closure: Mapping[str, str]) -> str:
    """The definition under its name in the package, within a function that binds what its closure had."""
    if not closure and name == found.name:
        return bind_text(found)
    indent = found.indent or "    "
    text = found.text if found.indent else indent_lines(found.text, indent)
    lines = [f"def _make_{name}():\n", *(f"{indent}{key} = {value}\n" for key, value in closure.items()), "\n"]
    made = f"{''.join(lines)}{text}{indent}return {found.name}\n\n\n{name} = _make_{name}()\n"
    return made if name == found.name else f'{made}{name}.__name__ = "{name}"\n'


def namespace_text(name: str, attributes: Iterable[str]) -> str:
    given = ", ".join(f"{attribute}={attribute}" for attribute in attributes)
    return f"{name} = types.SimpleNamespace({given})\n"


def write_module(pieces: Mapping[str, Piece], imports: Iterable[str], *, has_future_annotations: bool) -> str:
    """Imports, then constants and definitions, each after what it needs."""
    written = sorted({*imports, *(piece.text.strip() for piece in pieces.values() if piece.is_import)})
    head = [HEADER, *(["from __future__ import annotations\n"] if has_future_annotations else [])]
    body = [pieces[name].text for name in order(pieces) if not pieces[name].is_import]
    return "\n".join([*head, "\n".join(written) + "\n\n" if written else "", "\n\n".join(body)])


def order(pieces: Mapping[str, Piece]) -> list[str]:
    """Names such that each comes after those that it needs to be run, and after those that these may call."""
    done: list[str] = []
    open_now: set[str] = set()

    def visit(name: str) -> None:
        if name in open_now or name in done or name not in pieces:
            return
        open_now.add(name)
        for needed in sorted(pieces[name].now):
            visit(needed)
            for called in sorted(_called(pieces, needed)):
                if not _needed_now(pieces, called) & open_now:
                    visit(called)
        open_now.discard(name)
        done.append(name)

    for name in sorted(pieces, key=lambda name: (callable(pieces[name].value), name)):
        visit(name)
    return done


def _called(pieces: Mapping[str, Piece], name: str) -> set[str]:
    """All that a call of it may mention."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        piece = pieces.get(waiting.pop())
        new = (piece.later | piece.now if piece else frozenset()) - found
        found |= new
        waiting.extend(new)
    return found & set(pieces)


def _needed_now(pieces: Mapping[str, Piece], name: str) -> set[str]:
    """All that must be there before it is run, itself among it."""
    found: set[str] = {name}
    waiting = [name]
    while waiting:
        piece = pieces.get(waiting.pop())
        new = (piece.now if piece else frozenset()) - found
        found |= new
        waiting.extend(new)
    return found
