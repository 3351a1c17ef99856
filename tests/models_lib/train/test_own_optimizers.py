"""A component's model that holds optimizers of its own goes on from a checkpoint with them."""

from pathlib import Path

import numpy as np
import pytest

from models_lib.components.describing import describe_package
from models_lib.components.importing import import_package
from models_lib.components.packing import write_files
from models_lib.data.profile import profile_dataset
from models_lib.spec.components import Package
from models_lib.spec.resolve import resolve_spec
from models_lib.train.job import Job, JobPart
from tests.components import seed
from tests.models_lib.train.attempts import Attempt, write_table

SPEC = {
    "dataset": "points",
    "inputs": {"x": {"columns": ["a", "b", "c"]}},
    "targets": "none",
    "model": {"kind": "component", "class_name": "GAN", "config": {"latent_dim": 3, "n_features": 3}},
    "compile": {"d_optimizer": "adam", "g_optimizer": "Adam(1e-3)", "loss_fn": "BinaryCrossentropy(from_logits=True)"},
}


def attempt_at(folder: Path, epochs: int, *, resume: str | None = None) -> Attempt:
    components = folder / "in" / "components"
    write_files({"__init__.py": seed.TRAINERS}, components / "own_optimizers")
    table = write_table(
        folder / "in" / "train.csv", {name: [i % n for i in range(64)] for n, name in enumerate("abc", 3)}
    )
    package = Package("own_optimizers", 1, describe_package(import_package("own_optimizers", components)))
    profile = profile_dataset(table, table.name)
    spec = resolve_spec({**SPEC, "fit": {"epochs": epochs}}, {"points": profile}, components=[package]).spec
    part = JobPart(path="in/train.csv", profile=profile)
    return Attempt(folder, Job(run_id="run_1", spec=spec, parts={"train": part}, resume=resume, threads=1))


def steps_of(folder: Path) -> dict[str, int]:
    with np.load(folder / "state.npz") as state:
        return {
            name.split("/")[0]: int(state[name]) for name in state.files if name.startswith("own_") and "iter" in name
        }


def test_own_optimizers_count_on_after_a_resumed_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a training with components changes the folder of its process
    first = attempt_at(tmp_path, 2)
    first.train()
    (tmp_path / "out" / "checkpoints" / "last-0002").rename(tmp_path / "in" / "checkpoint")
    second = attempt_at(tmp_path, 3, resume="in/checkpoint")
    second.train()

    assert steps_of(tmp_path / "in" / "checkpoint") == {"own_d_optimizer": 4, "own_g_optimizer": 4}
    assert steps_of(tmp_path / "out" / "checkpoints" / "last-0003") == {"own_d_optimizer": 6, "own_g_optimizer": 6}
    assert [epoch for epoch, _ in second.curves] == [3]
