"""What of a run's spec one would vary and compare: short facts by their paths, small enough for lists."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from store import rows

Fact = int | float | str | bool

SECTIONS: Final = ("compile.optimizer", "compile.loss", "fit", "split")
HEADS: Final = ("seed", "compile.dtype_policy", "compile.jit_compile")
QUIET: Final = frozenset({"fit.tensorboard", "fit.callbacks", "fit.class_weight", "fit.checkpoint", "fit.loop"})
"""Parts of a section that say how a run is watched and kept, not what it learns."""


def list_parameters(run: rows.Run) -> dict[str, Fact]:
    """By path, as `fit.batch_size`; an object is its class, and its arguments lie below it."""
    facts: dict[str, Fact] = {}
    for path in (*HEADS, *SECTIONS):
        facts.update(_facts(path, _find(run.spec, path)))
    layers, parameters = _sizes(run)
    return facts | {name: value for name, value in (("layers", layers), ("parameters", parameters)) if value}


def monitor_of(spec: Mapping[str, Any]) -> str | None:
    """`fit.monitor`; a script's spec has none."""
    found = _find(spec, "fit.monitor")
    return found if isinstance(found, str) else None


def _find(spec: object, path: str) -> object:
    for step in path.split("."):
        spec = spec.get(step) if isinstance(spec, Mapping) else None
    return spec


def _facts(path: str, value: object) -> Iterator[tuple[str, Fact]]:
    if path in QUIET:
        return
    if isinstance(value, bool | int | float | str):
        yield path, value
    elif isinstance(value, Mapping) and "class_name" in value:
        yield path, str(value["class_name"])
        yield from _below(path, value.get("config"))
    elif isinstance(value, Mapping):
        yield from _below(path, value)


def _below(path: str, value: object) -> Iterator[tuple[str, Fact]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _facts(f"{path}.{name}", inner)


def _sizes(run: rows.Run) -> tuple[int, int]:
    """How many layers and parameters; 0 before they are known."""
    summary: Mapping[str, Any] = run.summary or {}
    planned = _find(run.spec, "model.layers")
    layers = summary.get("layers") or (planned if isinstance(planned, list) else ())
    return len(layers), int(summary.get("parameters") or 0)
