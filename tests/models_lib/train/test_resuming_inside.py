"""An attempt that is lost in the middle of an epoch is gone on with at its last batch saved, to the same end."""

import json
import random
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models_lib.spec.types import RunSpec
from models_lib.train import checkpoints
from models_lib.train.checkpoints import read_checkpoint
from models_lib.train.fused import pacing
from models_lib.train.inside import Paused
from tests.models_lib.train.attempts import Attempt, houses, make_attempt, write_table

HEAD = """
dataset: houses
inputs: {numbers: {columns: [rooms, age], missing: mean}}
targets: {price: {column: price, normalize: true}}
split: {validation: 0.25}
"""
DENSE = """
model:
  kind: sequential
  layers: [GaussianNoise(0.1), 'Dense(8, activation="relu")', BatchNormalization(), Dropout(0.4),
           {name: price, layer: Dense(1)}]
"""
ENDLESS = "mixed precision, epochs of more batches than there are"
FITS = {
    "falling rates, early stopping": """
compile: {optimizer: 'AdamW(0.02)', loss: mse, metrics: [RootMeanSquaredError()]}
fit:
  epochs: 5
  batch_size: 16
  checkpoint: {every: 0.001}
  early_stopping: {patience: 2, restore_best_weights: true}
  callbacks: ['ReduceLROnPlateau(patience=1, min_delta=0.05)', CSVLogger()]
""",
    "averages and accumulated gradients": """
compile: {optimizer: 'Adam(0.02, use_ema=True, ema_overwrite_frequency=3, gradient_accumulation_steps=2)', loss: mse}
fit: {epochs: 4, batch_size: 16, checkpoint: {every: 0.001}, callbacks: [SwapEMAWeights(swap_on_epoch=True)]}
""",
    ENDLESS: """
compile: {optimizer: 'RMSprop(CosineDecay(0.01, 40))', loss: mse, metrics: [mae], dtype_policy: mixed_float16}
fit: {epochs: 3, batch_size: 16, steps_per_epoch: 11, validation_steps: 2, checkpoint: {every: 0.001}}
""",
}


class Killed(BaseException):
    """Stands for the signal that ends a process between two batches."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", houses(160))


@pytest.fixture(autouse=True)
def _save_at_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """And hear of each, however many a call takes otherwise."""
    monkeypatch.setattr(checkpoints, "SHARE", 0)
    monkeypatch.setattr(pacing, "CHUNK_SECONDS", 0)


def _weights(attempt: Attempt) -> list[Any]:
    weights: list[Any] = keras.models.load_model(attempt.artifacts / "model.keras").get_layer("core").get_weights()
    return weights


def with_engine(spec: RunSpec, engine: str) -> RunSpec:
    return spec.model_copy(update={"fit": spec.fit.model_copy(update={"engine": engine})})


def _train_to_the_end(folder: Path, text: str, table: Path, seed: int) -> tuple[list[Attempt], int]:
    """Attempts that are killed after a few checkpoints each, and how many were killed inside an epoch.

    Every second one is trained by Keras' own `fit`.
    """
    generator, attempts, inside_kills = random.Random(seed), [], 0
    resume: Path | None = None
    while True:
        number = len(attempts)
        attempt = make_attempt(folder / str(number), text, {"houses": table}, resume=resume, attempt=number + 1)
        engine = ("fused", "keras")[number % 2]
        attempt.job = attempt.job.model_copy(update={"spec": with_engine(attempt.job.spec, engine)})
        attempts.append(attempt)
        left = generator.randint(6, 14)

        def hear(report: dict[str, Any]) -> None:
            nonlocal left
            if report["kind"] == "checkpoint" and report["name"] == "last":
                left -= 1
                if left == 0:
                    raise Killed

        try:
            attempt.train(hear=hear)
        except Killed:
            last = attempt.of_kind("checkpoint")[-1]
            inside_kills += "step" in last
            resume = attempt.folder / "out" / last["path"]
            keras.backend.clear_session()
        else:
            return attempts, inside_kills


@pytest.mark.parametrize("name", FITS)
def test_killed_in_the_middle_of_epochs_a_training_ends_as_if_left_alone(
    tmp_path: Path, table: Path, name: str
) -> None:
    text = HEAD + DENSE + FITS[name]
    whole = make_attempt(tmp_path / "whole", text, {"houses": table})
    whole.train()

    attempts, inside_kills = _train_to_the_end(tmp_path, text, table, seed=3)

    assert inside_kills >= 2
    assert {report["name"] for attempt in attempts for report in attempt.of_kind("engine")} == {"fused", "keras"}
    assert [curve for attempt in attempts for curve in attempt.curves] == whole.curves
    assert attempts[-1].of_kind("scores")[-1] == whole.of_kind("scores")[-1]
    assert all(np.array_equal(one, other) for one, other in zip(_weights(attempts[-1]), _weights(whole), strict=True))
    for file in ("history.json", "training-1.csv") if "CSVLogger" in text else ("history.json",):
        assert (attempts[-1].artifacts / file).read_text() == (whole.artifacts / file).read_text()


def test_who_is_asked_to_leave_saves_and_goes_after_the_batch(tmp_path: Path, table: Path) -> None:
    text = HEAD + DENSE + FITS[ENDLESS].replace("every: 0.001", "every: 1h")
    attempt = make_attempt(tmp_path / "first", text, {"houses": table})
    batches = 0

    def is_asked() -> bool:
        nonlocal batches
        batches += 1
        return batches == 12

    with pytest.raises(Paused):
        attempt.train(should_pause=is_asked)

    said = attempt.of_kind("checkpoint")[-1]
    state = read_checkpoint(attempt.folder / "out" / said["path"])
    assert (said["name"], said["epoch"], said["step"]) == ("last", 1, state.step)
    assert 0 < state.step < 8


def test_changes_under_way_are_made_once_after_a_batch_and_said(tmp_path: Path, table: Path) -> None:
    text = HEAD + DENSE + FITS["falling rates, early stopping"].replace("every: 0.001", "every: 1h")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})
    batches = 0

    def changes() -> dict[str, Any] | None:
        nonlocal batches
        batches += 1
        if batches < 12:
            return None
        return {"number": 1, "learning_rate": 0.001, "epochs": 7, "patience": 50}

    attempt.train(changes=changes)

    (said,) = attempt.of_kind("steering")
    assert said["changes"] == {"learning_rate": 0.001, "epochs": 7, "patience": 50}
    assert (said["epoch"], 0 < said["step"] <= 8) == (2, True)
    assert [epoch for epoch, _ in attempt.curves] == list(range(1, 8))
    rates = [metrics["learning_rate"] for _, metrics in attempt.curves]
    assert rates[0] > 0.01
    assert max(rates[1:]) <= 0.001 + 1e-9


def test_a_change_that_was_made_stays_made_when_the_attempt_is_lost(tmp_path: Path, table: Path) -> None:
    text = HEAD + DENSE + FITS[ENDLESS].replace("CosineDecay(0.01, 40)", "0.01")
    live = {"number": 3, "epochs": 4, "learning_rate": 0.004}
    first = make_attempt(tmp_path / "first", text, {"houses": table})

    def hear(report: dict[str, Any]) -> None:
        if report["kind"] == "checkpoint" and report["epoch"] == 1 and report.get("step", 0) > 3:
            raise Killed

    with pytest.raises(Killed):
        first.train(hear=hear, changes=lambda: live)
    resume = first.folder / "out" / first.of_kind("checkpoint")[-1]["path"]
    second = make_attempt(tmp_path / "second", text, {"houses": table}, resume=resume, attempt=2)
    outcome = second.train(changes=lambda: live)

    assert outcome.ended_by == "completed"
    assert second.of_kind("steering") == []
    assert [epoch for epoch, _ in first.curves + second.curves] == [1, 2, 3, 4]


def test_what_the_spec_alone_does_not_say_is_not_ejected(tmp_path: Path, table: Path) -> None:
    text = HEAD + DENSE + FITS[ENDLESS].replace("CosineDecay(0.01, 40)", "0.01")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    attempt.train(changes=lambda: {"number": 1, "learning_rate": 0.004})

    refused = json.loads((attempt.artifacts / "eject" / "refused.json").read_text())
    assert refused["pointer"] == "/fit"
    assert "changed under way" in refused["reason"]
