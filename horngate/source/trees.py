"""The texts that objects were made from: files, a notebook's cells and a console's inputs, read once and parsed."""

import ast
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Scope = Definition | ast.Module


@dataclass(frozen=True)
class Tree:
    """A parsed text."""

    filename: str
    lines: tuple[str, ...]
    module: ast.Module

    def definitions(self) -> Iterator[Definition]:
        """Every class and function, at any depth."""
        return (node for node in ast.walk(self.module) if isinstance(node, Definition))

    def text(self, node: ast.AST) -> str:
        """The lines of a definition, its decorators among them, as they stand."""
        return "".join(self.lines[first_line(node) - 1 : last_line(node)]).rstrip() + "\n"

    def segment(self, node: ast.AST) -> str:
        """The very characters of an expression."""
        return ast.get_source_segment("".join(self.lines), node) or ""


class Shelf:
    """The trees that one capture reads: each text once, as it stands now."""

    def __init__(self) -> None:
        self._trees: dict[str, Tree | None] = {}

    def tree(self, filename: str) -> Tree | None:
        """None where there is no such text, or none that is Python."""
        if filename not in self._trees:
            linecache.checkcache(filename)
            self._trees[filename] = parse(filename, linecache.getlines(filename))
        return self._trees[filename]

    def trees_of(self, module: str) -> list[Tree]:
        """All texts that made a module: its file; for `__main__` the cells or inputs too, the latest first."""
        found = [self.tree(file)] if (file := getattr(sys.modules.get(module), "__file__", None)) else []
        if module == "__main__":
            found += [self.tree(name) for name in cell_names()] + read_history()
        return [tree for tree in found if tree is not None]


def cell_names() -> list[str]:
    """Texts that lie in no file, as IPython and the console note them, the latest first."""
    entries = list(linecache.cache.items())
    return [name for name, entry in reversed(entries) if len(entry) == 4 and entry[1] is None]


def read_history() -> list[Tree | None]:
    """IPython's `In`, the latest first, without the lines that are magics."""
    history = getattr(sys.modules.get("__main__"), "In", None)
    if not isinstance(history, list):
        return []
    texts = [str(text).splitlines(keepends=True) for text in reversed(history)]
    return [parse("In", [line for line in lines if not line.startswith(("%", "!", "?"))]) for lines in texts]


def parse(filename: str, lines: list[str]) -> Tree | None:
    try:
        return Tree(filename, tuple(lines), ast.parse("".join(lines))) if lines else None
    except (SyntaxError, ValueError):
        return None


def first_line(node: ast.AST) -> int:
    """Where a statement begins, its decorators counted."""
    lines = [node.lineno, *(part.lineno for part in getattr(node, "decorator_list", ()))]  # type: ignore[attr-defined]  # a statement
    return int(min(lines))


def last_line(node: ast.AST) -> int:
    return int(node.end_lineno)  # type: ignore[attr-defined]  # what was parsed has one


def unwrapped(value: Any) -> FunctionType | None:
    """The function under `functools.wraps` and its like; None where there is none."""
    for _ in range(20):
        if isinstance(value, FunctionType) and not hasattr(value, "__wrapped__"):
            return value
        value = getattr(value, "__wrapped__", None)
    return None
