"""The catalog: every name that a spec may use, generated from Keras (models_lib/build/catalog_generator.py)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from models_lib.spec.objects import Family

CATALOG_PATH = Path(__file__).with_name("catalog.json")


class Argument:
    """One argument of a catalog entry."""

    __slots__ = (
        "choices", "default", "doc", "is_open", "kinds", "many", "minimum", "name", "refused", "required", "takes",
    )  # fmt: skip

    def __init__(self, described: dict[str, Any]) -> None:
        self.name: str = described["name"]
        self.required: bool = described.get("required", False)
        self.default: Any = described.get("default")
        self.takes: tuple[Family, ...] = tuple(described.get("takes", ()))
        self.many: bool = described.get("many", False)
        self.kinds: frozenset[str] = frozenset(described.get("kinds", ()))
        self.choices: tuple[str, ...] = tuple(described.get("choices", ()))
        self.minimum: int | None = described.get("minimum")
        self.refused: str | None = described.get("refused")
        self.doc: str = described.get("doc", "")
        self.is_open: bool = described.get("open", False)  # takes constants and objects of any family alike


class Entry:
    """One name: its arguments in order, how many may be given by position, and for layers what a call takes."""

    __slots__ = ("arguments", "call", "doc", "inputs", "name", "positional", "takes_any")

    def __init__(self, name: str, described: dict[str, Any]) -> None:
        self.name = name
        self.doc: str = described["doc"]
        self.arguments = {argument["name"]: Argument(argument) for argument in described["arguments"]}
        self.positional: int = described.get("positional", 0)
        self.takes_any: bool = described.get("takes_any", False)  # a component's **kwargs, used as it likes
        self.call: tuple[str, ...] = tuple(described.get("call", ()))
        self.inputs: tuple[int, int | None] | None = tuple(described["inputs"]) if "inputs" in described else None


class Catalog:
    """All names by family, their aliases, and the names that Keras has and a spec may not use."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.keras: str = described["keras"]
        self.described = described
        self.refused: dict[str, dict[str, str]] = described["refused"]
        self._aliases: dict[str, dict[str, str]] = described["aliases"]
        self._entries: dict[tuple[str, str], Entry] = {}

    def find(self, family: Family, name: str) -> Entry | None:
        """The entry that a name or alias of the family stands for."""
        named = self.canonical_name(family, name)
        if named is None:
            return None
        if (family, named) not in self._entries:
            self._entries[family, named] = Entry(named, self.described["families"][family][named])
        return self._entries[family, named]

    def canonical_name(self, family: Family, name: str) -> str | None:
        entries = self.described["families"][family]
        if name in entries:
            return name
        if family == "optimizer":
            return next((entry for entry in entries if entry.lower() == name.lower()), None)
        return self._aliases[family].get(name)

    def names(self, family: Family) -> tuple[str, ...]:
        """Every canonical name of the family, sorted."""
        return tuple(sorted(self.described["families"][family]))

    def aliases(self, family: Family) -> tuple[str, ...]:
        return tuple(self._aliases[family])

    def families_of(self, name: str) -> tuple[Family, ...]:
        """The families that know the name, for 'L2 is a regularizer, not a layer'."""
        families: tuple[Family, ...] = tuple(self.described["families"])
        return tuple(family for family in families if self.canonical_name(family, name))


@cache
def load_catalog() -> Catalog:
    """The committed catalog, read once."""
    return Catalog(json.loads(CATALOG_PATH.read_text(encoding="utf-8")))
