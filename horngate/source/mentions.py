"""The names that a text mentions without binding them: those needed when it is run, and those when it is called."""

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

FUTURE = "from __future__ import annotations\n"
IN_PLACE = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})


@dataclass(frozen=True)
class Mentions:
    """`now`: decorators, base classes, defaults, bodies of classes; `later`: bodies of functions."""

    now: frozenset[str]
    later: frozenset[str]

    @property
    def all(self) -> list[str]:
        return sorted(self.now | self.later)


def find_mentions(text: str, defined: str, *, has_future_annotations: bool = False) -> Mentions:
    """What the text of one definition mentions, but for its own name."""
    text = f"{FUTURE}{text}" if has_future_annotations else text
    now: set[str] = set()
    later: set[str] = set()
    top = symtable.symtable(text, "captured", "exec")
    now.update(s.get_name() for s in top.get_symbols() if s.is_referenced() and not s.is_assigned())
    for table in top.get_children():
        _walk(table, now, later)
    own = {defined} | {s.get_name() for s in top.get_symbols() if s.is_assigned()}
    return Mentions(frozenset(now - own), frozenset(later - now - own))


def _walk(table: symtable.SymbolTable, now: set[str], later: set[str]) -> None:
    is_called = table.get_type() == "function" and table.get_name() not in IN_PLACE
    into = later if is_called else now
    into.update(s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced())
    for inner in table.get_children():
        _walk(inner, later if is_called else now, later)


def attribute_chains(text: str, name: str) -> set[tuple[str, ...]]:
    """`("layers", "Block")` for `name.layers.Block`; an empty one where the name stands alone."""
    tree = ast.parse(text)
    inside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    ends = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inside]
    return {chain[1:] for node in ends if (chain := dotted(node)) and chain[0] == name}


def dotted(node: ast.expr) -> tuple[str, ...]:
    """The names of `a.b.c`; none where it is another expression."""
    return tuple(reversed(list(_parts(node)))) if _is_dotted(node) else ()


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _parts(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute):
        yield node.attr
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
