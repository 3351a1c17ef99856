"""Source from live objects: the text of a component of the classes and functions of a script, project or notebook."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from horngate.errors import CaptureRefused
from horngate.source.gathering import Gathering
from horngate.source.writing import write_module


@dataclass(frozen=True)
class Captured:
    """A component's source, and the name in it of each object that was given, in their order."""

    source: str
    names: tuple[str, ...]

    def names_in(self, package: str) -> tuple[str, ...]:
        """The objects as a spec names them, `package.Name`."""
        return tuple(f"{package}.{name}" for name in self.names)


def capture(objects: Sequence[Any]) -> Captured:
    """The source of classes and functions, with all that they mention: imports of installed packages, constants, other
    functions and classes of the same project or notebook. Equal objects give equal text. Raises CaptureRefused, with
    every fault at once."""
    gathering = Gathering()
    names = tuple(gathering.add_object(value) for value in objects)
    gathering.finish()
    if gathering.faults:
        raise CaptureRefused(gathering.faults)
    source = write_module(gathering.pieces, gathering.imports, has_future_annotations=gathering.has_future_annotations)
    return Captured(source, names)


def guess_name(objects: Sequence[Any]) -> str:
    """What to call a component of these: as the module of the first, or as itself where it comes from a notebook."""
    module = str(getattr(objects[0], "__module__", None) or "__main__").rpartition(".")[2] if objects else "objects"
    if module != "__main__":
        return module
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(getattr(objects[0], "__name__", "objects"))).lower()
    plain = re.sub(r"\W", "", name).strip("_") or "objects"
    return f"own_{plain}" if iskeyword(plain) else plain
