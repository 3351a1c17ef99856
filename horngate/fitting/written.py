"""Classes and functions that are written where no source of their author's says enough; they travel as source."""

import linecache
import sys
from collections.abc import Mapping, Sequence
from functools import cache
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
    made: type = _run(name, text, {**scope, "__name__": module})
    return made


@cache
def write_function(name: str, arguments: tuple[str, ...], doc: str, result: str) -> Any:
    """A live function that gives `result`, an expression of its arguments; the same one each time."""
    text = f'def {name}({", ".join(arguments)}):\n    """{doc}"""\n    return {result}\n'
    return _run(name, text, {"__name__": "__main__"})


def _run(name: str, text: str, scope: Mapping[str, Any]) -> Any:
    """What the text makes, with its source where `inspect` looks for it."""
    file = f"<{scope['__name__']}.{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = {"keras": keras, "np": np, "tf": sys.modules.get("tensorflow"), **scope}
    exec(compile(text, file, "exec"), names)
    return names[name]
