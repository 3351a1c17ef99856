"""`eject/`: the script, the exact versions of what it imports, and a manifest of the data that it reads."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from models_lib.data.loading import columns_read
from models_lib.eject.calls import NotEjectable
from models_lib.eject.script import Trained, write_script
from models_lib.spec.given_weights import list_weights
from models_lib.spec.models import Functional, Sequential
from models_lib.spec.types import RunSpec

ROOTS = ("keras", "tensorflow-cpu", "tensorflow", "numpy", "duckdb", "pyarrow")


def refuse_unwritten(spec: RunSpec) -> None:
    """Raise NotEjectable for what no script is written for, before anything is asked of the model."""
    if spec.windows is not None:
        raise NotEjectable("Windows over time are not written yet.")
    for name, binding in spec.inputs.items():
        if any(getattr(binding, way, None) is not None for way in ("image", "text", "sequence", "sparse", "date")):
            raise NotEjectable(f"Input {name!r}, which is no plain column, is not written yet.")
    if spec.components:
        raise NotEjectable("A run with components is not written yet.")
    if any(list_weights(spec.model)):
        raise NotEjectable("A model that is given weights is not written yet.")
    if not isinstance(spec.model, Sequential | Functional):
        raise NotEjectable(f"A model of kind {spec.model.kind} is not written yet.")


def write_eject(run: Trained, folder: Path) -> None:
    """Write all three; raises NotEjectable where a plain script cannot say what the run did."""
    script = write_script(run)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.py").write_text(script)
    (folder / "requirements.txt").write_text(list_versions())
    (folder / "data.json").write_text(json.dumps(describe_data(run), indent=1))


def list_versions() -> str:
    """What is installed here of the script's imports, and of all that they need."""
    found: dict[str, str] = {}
    waiting = list(ROOTS)
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


def describe_data(run: Trained) -> dict[str, Any]:
    """Which file, by its hash, and which of its columns."""
    used = columns_read(run.spec, with_split=True)
    profile = run.data.profile
    told = {"name", "dtype", "missing", "shape"}
    columns = [column.model_dump(mode="json", include=told) for column in profile.columns]
    return {
        "dataset": run.spec.dataset,
        "file": run.file,
        "format": profile.format,
        "rows": profile.rows,
        "sha256": run.sha256,
        "columns": [{**column, "used": column["name"] in used} for column in columns],
    }
