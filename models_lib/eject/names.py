"""Names in the script, and what it takes of helpers and modules."""

import keyword
import re
from dataclasses import dataclass, field

from models_lib.eject.helpers import HELPERS
from models_lib.spec.components import short_name

# Names of the script's own, which nothing of the spec may have.
TAKEN = frozenset({
    "FILES", "HASHES", "LoopContext", "LoopData", "LoopPart", "Path", "PurePosixPath", "ROWS", "SEED", "Shuffle",
    "WEIGHTS", "archive", "arrays", "begun", "bool", "class_weights", "components", "context", "core", "custom_objects",
    "data", "dict", "digest", "duckdb", "float", "folders", "found", "frozenset", "gaps", "h5py", "hashlib", "held",
    "images", "inner", "int", "kept", "keras", "known", "labels", "layer", "len", "list", "map", "max", "min",
    "name", "np", "oldest_first", "open", "optimizer", "order", "own", "pa", "part", "part_of", "part_of_row",
    "path", "pq", "print", "range", "round", "set", "shuffled", "sorted", "str", "sum", "sys", "table", "tempfile",
    "test", "test_part", "test_steps", "test_targets", "tf", "train", "train_part", "train_steps", "train_targets",
    "trained_by", "tuple", "validation", "validation_part", "validation_steps", "validation_targets", "weight",
    "windows", "zip", "zipfile",
}) | frozenset(HELPERS)  # fmt: skip


class NotEjectable(Exception):
    """A plain script cannot say this; says what, where in the spec, and why."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or '/'}: {reason}")
        self.pointer, self.reason = pointer, reason


class Variables:
    """Names of the script's variables, one for each thing of the spec."""

    def __init__(self, *taken: str) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._taken = {*TAKEN, *taken}

    def of(self, kind: str, name: str) -> str:
        """The same name each time: the thing's own where it is free."""
        if (kind, name) not in self._names:
            plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or kind
            plain = f"{kind}_{plain}" if plain[0].isdigit() or keyword.iskeyword(plain) else plain
            free = (f"{plain}_{kind}" if n == 1 else f"{plain}_{kind}_{n}" for n in range(1, 10_000))
            chosen = plain if plain not in self._taken else next(other for other in free if other not in self._taken)
            self._taken.add(chosen)
            self._names[kind, name] = chosen
        return self._names[kind, name]


@dataclass
class Page:
    """What the lines that were written so far need: helper functions and modules."""

    variables: Variables
    helpers: dict[str, None] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)

    def use(self, helper: str) -> str:
        """The helper's name; its text goes before all lines."""
        self.helpers[helper] = None
        return helper


def package_alias(package: str) -> str:
    """What the script calls a component's package: its own name, unless the script has another use for that."""
    return f"{package}_component" if package in TAKEN else package


def component_text(module: str, class_name: str) -> str:
    """A component's object as the script refers to it: `robust.losses.HuberLoss`."""
    package, _, inside = module.partition(".")
    return ".".join(part for part in (package_alias(package), inside, short_name(class_name)) if part)
