"""What of a run's spec one would vary and compare: short facts by their paths, which lists show without the spec."""

from collections.abc import Iterator, Mapping
from typing import Final

from store.table import Json

Fact = int | float | str | bool

SECTIONS: Final = (
    "seed",
    "compile.dtype_policy",
    "compile.jit_compile",
    "compile.optimizer",
    "compile.loss",
    "fit",
    "split",
)
QUIET: Final = frozenset({"fit.tensorboard", "fit.callbacks", "fit.class_weight", "fit.checkpoint", "fit.loop"})
"""Parts of a section that say how a run is watched and kept, not what it learns."""


def list_parameters(spec: Mapping[str, object]) -> Json:
    """By path, as `fit.batch_size`; an object is its class, and its arguments lie below it."""
    facts: Json = {}
    for path in SECTIONS:
        facts.update(_facts(path, _find(spec, path)))
    planned = _find(spec, "model.layers")
    return facts | ({"layers": len(planned)} if isinstance(planned, list) else {})


def list_sizes(summary: Mapping[str, object]) -> Json:
    """What is known once the model is built."""
    layers, parameters = summary.get("layers"), summary.get("parameters")
    return {
        **({"layers": len(layers)} if isinstance(layers, list) else {}),
        **({"parameters": parameters} if isinstance(parameters, int) else {}),
    }


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
