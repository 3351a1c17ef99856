"""A resumed loop that keeps the optimizers it makes ends with the weights of one that was never interrupted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models_lib.components.describing import describe_package
from models_lib.components.importing import import_package
from models_lib.components.packing import write_files
from models_lib.data.profile import profile_dataset
from models_lib.spec.components import Package
from models_lib.spec.resolve import resolve_spec
from models_lib.train.job import Job, JobPart
from tests.models_lib.train.attempts import Attempt, write_table

LOOP = """
import keras
import tensorflow as tf


def train(model, data, context):
    first, rest = model.trainable_variables[:2], model.trainable_variables[2:]
    wide = context.keep("wide", keras.optimizers.SGD(0.01, momentum=0.9), first)
    deep = context.keep("deep", keras.optimizers.Adam(0.01), rest)
    assert set(context.optimizers) == {"optimizer", "wide", "deep"}
    for epoch in context.epochs:
        for x, y in data.train:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(context.loss(y, model(x, training=True)))
            gradients = tape.gradient(loss, [*first, *rest])
            wide.apply_gradients(zip(gradients[: len(first)], first))
            deep.apply_gradients(zip(gradients[len(first) :], rest))
            context.report_step(loss=loss)
        context.report_epoch(loss=loss)
"""
SPEC = {
    "dataset": "points",
    "targets": "c",
    "model": {"kind": "sequential", "layers": ["Dense(4)", "Dense(1)"]},
    "compile": {"loss": "mse"},
}


def attempt_at(folder: Path, epochs: int, *, resume: str | None = None) -> Attempt:
    components = folder / "in" / "components"
    write_files({"__init__.py": LOOP}, components / "kept_loops")
    table = write_table(
        folder / "in" / "train.csv", {name: [i % n for i in range(64)] for n, name in enumerate("abc", 3)}
    )
    package = Package("kept_loops", 1, describe_package(import_package("kept_loops", components)))
    profile = profile_dataset(table, table.name)
    fit = {"epochs": epochs, "loop": "kept_loops.train"}
    spec = resolve_spec({**SPEC, "fit": fit}, {"points": profile}, components=[package]).spec
    part = JobPart(path="in/train.csv", profile=profile)
    return Attempt(folder, Job(run_id="run_1", spec=spec, parts={"train": part}, resume=resume, threads=1))


def test_a_resumed_loop_has_the_optimizers_that_it_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a training with components changes the folder of its process
    whole, part = tmp_path / "whole", tmp_path / "part"
    attempt_at(whole, 3).train()
    attempt_at(part, 2).train()
    (part / "out" / "checkpoints" / "last-0002").rename(part / "in" / "checkpoint")
    attempt_at(part, 3, resume="in/checkpoint").train()

    one, other = state_of(whole), state_of(part)
    assert one.keys() == other.keys()
    assert {name.split("/")[0] for name in one} >= {"model", "own_wide", "own_deep"}
    assert [name for name in one if not np.array_equal(one[name], other[name])] == []


def state_of(folder: Path) -> dict[str, Any]:
    """The last checkpoint's variables by group and number: Keras counts its names in a process."""
    with np.load(folder / "out" / "checkpoints" / "last-0003" / "state.npz") as state:
        return {"/".join(name.split("/")[:2]): state[name] for name in state.files}
