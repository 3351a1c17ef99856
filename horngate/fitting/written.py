"""Classes that are written for an object that none of its author's says how to make again; they travel as source."""

import linecache
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np


def write_class(
    name: str,
    base: str,
    doc: str,
    arguments: Sequence[str],
    lines: Sequence[str],
    scope: Mapping[str, Any],
    module: str,
) -> type:
    """A live class whose `__init__` takes `arguments` and runs `lines`, to be captured with what `scope` names."""
    text = "\n".join([
        f"class {name}({base}):",
        f'    """{doc}"""',
        "",
        f"    def __init__(self{''.join(f', {argument}' for argument in arguments)}):",
        *(f"        {line}" for line in lines),
        "",
    ])  # fmt: skip
    file = f"<{module}.{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = {"keras": keras, "np": np, **scope, "__name__": module}
    exec(compile(text, file, "exec"), names)
    made: type = names[name]
    return made
