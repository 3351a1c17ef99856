"""Where a model's layers lie in a file of weights that another process wrote.

Keras names layers there by their classes and their order (`layers/dense_1`). A stack inside a model is called
`sequential` in the file and `functional` here; and where the file says the names of its layers, they are trusted more
than their order.
"""

from collections import defaultdict
from collections.abc import Mapping

from models_lib.data.weight_files import VARIABLES
from models_lib.spec.dataset import DatasetProfile

LAYERS = "layers"
OLD_LAYERS = "_layer_checkpoint_dependencies"
MODELS = ("functional", "sequential", "model")


def find_stored_paths(layers: Mapping[str, str], profile: DatasetProfile) -> dict[str, str]:
    """The path in the file by the path in the model, for those that differ.

    `layers`: the names by path of those layers of the model that have variables, or have such layers inside.
    """
    held = _Held(profile)
    found: dict[str, str] = {"": ""}
    siblings: dict[str, list[str]] = defaultdict(list)
    for path in layers:
        siblings[_parent(path)].append(path)
    for path in layers:  # a model comes before its layers
        if path:
            parent, _, key = path.rpartition("/")
            owner, _, attribute = parent.rpartition("/")
            if attribute == LAYERS or parent == LAYERS:
                names = [layers[sibling] for sibling in siblings[parent]]
                found[path] = held.find(found.get(owner, owner), key, layers[path], names)
            else:
                found[path] = "/".join(part for part in (found.get(parent, parent), key) if part)
    return {path: stored for path, stored in found.items() if path != stored}


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


class _Held:
    """The layers of a file: keys and names by the path that they lie under."""

    def __init__(self, profile: DatasetProfile) -> None:
        names: Mapping[str, str] = profile.reading.get("layers", {})
        self._keys: dict[str, dict[str, str]] = defaultdict(dict)
        paths = [stored.path.rpartition(f"/{VARIABLES}/")[0] for stored in profile.weights]
        for path in (*names, *paths):
            steps = path.split("/")
            for end in range(1, len(steps) + 1):
                under, key = "/".join(steps[: end - 1]), steps[end - 1]
                self._keys[under].setdefault(key, names.get("/".join(steps[:end]), ""))

    def find(self, owner: str, key: str, name: str, names: list[str]) -> str:
        """The path of a layer of the model that lies at `owner`; `names`: those of all its layers."""
        under = next((path for path in self._places(owner) if path in self._keys), self._places(owner)[0])
        keys = self._keys.get(under, {})
        by_name = {told: key for key, told in keys.items() if told}
        if len(by_name) == len(keys) and set(names) <= set(by_name):
            return f"{under}/{by_name[name]}"
        return f"{under}/{next((like for like in _alike(key) if like in keys), key)}"

    def _places(self, owner: str) -> tuple[str, str]:
        return (f"{owner}/{LAYERS}".lstrip("/"), f"{owner}/{OLD_LAYERS}".lstrip("/"))


def _alike(key: str) -> tuple[str, ...]:
    """The key, and what a model of another class would be called in its place."""
    kind, _, number = key.partition("_")
    if kind not in MODELS:
        return (key,)
    return (key, *(f"{other}_{number}" if number else other for other in MODELS))
