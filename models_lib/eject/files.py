"""`eject/`: the script, the exact versions of what it imports, a manifest of its data, and the run's own code."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from models_lib.data.loading import columns_read
from models_lib.eject.beginning_text import write_starts
from models_lib.eject.script import Trained, write_script
from models_lib.export.components import FOLDER, lay_components

ROOTS = ("keras", "tensorflow-cpu", "tensorflow", "numpy")


def write_eject(run: Trained, folder: Path, components: Path | None) -> None:
    """Write all of them; raises NotEjectable where a plain script cannot say what the run did."""
    script, modules = write_script(run)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.py").write_text(script)
    starts = write_starts(run.spec, run.core, run.begun, folder)
    (folder / "data.json").write_text(json.dumps(describe_data(run) | describe_weights(run, starts, folder), indent=1))
    roots = [*ROOTS, *(["duckdb", "pyarrow"] if "duckdb" in modules else [])]
    if components is not None:
        lay_components(components, run.spec, folder)
        roots += imported_distributions(folder / FOLDER)
    (folder / "requirements.txt").write_text(list_versions(roots))


def list_versions(roots: list[str]) -> str:
    """What is installed here of the script's imports, and of all that they need."""
    found: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = installed.version
        needs = [Requirement(text) for text in installed.requires or ()]
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return "".join(f"{name}=={version}\n" for name, version in sorted(found.items()))


def imported_distributions(folder: Path) -> Iterator[str]:
    """What the run's own code imports."""
    known: Mapping[str, list[str]] = packages_distributions()
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Import():
                    names = [alias.name for alias in node.names]
                case ast.ImportFrom(module=str(module), level=0):
                    names = [module]
                case _:
                    continue
            roots = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
            yield from (name for root in sorted(roots) for name in known.get(root, ()))


def describe_data(run: Trained) -> dict[str, Any]:
    """Which file, by its hash, and which of its columns; beside it those that are validated and tested on."""
    parts = {part: _describe_file(run, part) for part in run.files}
    own = parts.pop("train")
    return {"dataset": run.spec.dataset, **own, **({"parts": parts} if parts else {})}


def describe_weights(run: Trained, starts: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Files of weights that the script takes behind the rows; and those that lie beside it."""
    given = [
        {
            "dataset": reference,
            "file": file.path.name,
            "layout": file.profile.reading.get("layout", "keras"),
            "bytes": file.path.stat().st_size,
            "sha256": run.hashes[reference],
        }
        for reference, file in run.begun.weights.items()
    ]
    beside = [{**start, "sha256": hash_file(folder / start["file"])} for start in starts]
    return ({"weights": given} if given else {}) | ({"starts": beside} if beside else {})


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _describe_file(run: Trained, part: str) -> dict[str, Any]:
    used = columns_read(run.spec, with_split=part == "train")
    file = run.files[part]
    told = {"name", "dtype", "missing", "shape"}
    columns = [column.model_dump(mode="json", include=told) for column in file.profile.columns]
    return {
        "file": file.path.name,
        "format": file.profile.format,
        "rows": file.profile.rows,
        "sha256": run.hashes[part],
        "columns": [{**column, "used": column["name"] in used} for column in columns],
    }
