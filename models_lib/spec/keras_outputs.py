"""What the outputs of a Keras config are called."""

from typing import Any


def name_outputs(config: dict[str, Any]) -> tuple[str, ...]:
    """Each output's name in their order: unique, since losses and targets are written by it."""
    inner = config["config"]
    if config["class_name"] == "Sequential":
        last = inner["layers"][-1]
        return (str(last.get("name") or last["config"]["name"]),)
    names: list[str] = []
    for name in _named(inner["output_layers"], None):
        names.append(_free(name, names))
    return tuple(names)


def _named(value: Any, key: str | None) -> list[str]:
    match value:
        case [str(layer), int(), int()]:
            return [key or layer]
        case dict():
            return [name for part, inner in value.items() for name in _named(inner, str(part))]
        case _:
            return [name for part in value for name in _named(part, key)]


def _free(name: str, taken: list[str]) -> str:
    numbered = [name, *(f"{name}_{n}" for n in range(1, len(taken) + 1))]
    return next(free for free in numbered if free not in taken)
