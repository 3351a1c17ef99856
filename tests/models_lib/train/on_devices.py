"""Trains specs in a process of its own, whose processor appears as several devices: TensorFlow is told so once."""

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from models_lib.train.checkpoints import read_checkpoint
from tests.models_lib.train.attempts import make_attempt


def train_each(devices: int, folder: Path) -> dict[str, Any]:
    """What became of each case in `cases.json`: name → spec (YAML), and of which case it resumes the checkpoint."""
    told = json.loads((folder / "cases.json").read_text())
    return {name: _train(name, case, devices, folder, told) for name, case in told["cases"].items()}


def _train(name: str, case: dict[str, Any], devices: int, folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    tables = {table: Path(path) for table, path in told["tables"].items()}
    place = folder / f"{name.replace(' ', '-')}-{devices}"
    resumes = case.get("resumes")
    resume = Path(resumes) if resumes else None
    try:
        attempt = make_attempt(place, case["spec"], tables, resume=resume, components=case.get("components"))
        attempt.job = attempt.job.model_copy(update={"cpu_devices": devices})
        attempt.train()
    except Exception as error:  # noqa: BLE001 - the test that has asked is told
        return {"error": "".join(traceback.format_exception_only(error))}
    last = sorted((place / "out" / "checkpoints").glob("last-*"))[-1]
    state = read_checkpoint(last)
    np.savez(place / "model.npz", **{key: value for key, value in state.arrays.items() if key.startswith("model/")})
    return {
        "engine": attempt.of_kind("engine")[-1],
        "curves": attempt.curves,
        "scores": attempt.of_kind("scores")[-1],
        "weights": str(place / "model.npz"),
        "checkpoint": str(last),
        "artifacts": sorted(report["path"] for report in attempt.of_kind("artifact")),
        "exports": attempt.of_kind("failed_export"),
        "warnings": attempt.of_kind("warning"),
        "names": sorted(state.arrays),
    }


if __name__ == "__main__":
    said = train_each(int(sys.argv[1]), Path(sys.argv[2]))
    (Path(sys.argv[2]) / f"said-{sys.argv[1]}.json").write_text(json.dumps(said))
