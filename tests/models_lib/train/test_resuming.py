"""A lost attempt leaves a checkpoint from which the next one goes on as if nothing had happened."""

import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models_lib.train import checkpoints
from models_lib.train.checkpoints import read_checkpoint
from models_lib.train.failures import CheckpointUnusable, NonFinite
from models_lib.train.inside import Paused
from tests.models_lib.train.attempts import Attempt, houses, make_attempt, write_table

SPEC = """
dataset: houses
inputs: {numbers: {columns: [rooms, age], missing: mean}}
targets: {price: {column: price, normalize: true}}
split: {validation: 0.25}
model:
  kind: sequential
  layers: [GaussianNoise(0.1), 'Dense(16, activation="relu")', Dropout(0.4), {name: price, layer: Dense(1)}]
compile: {optimizer: 'AdamW(0.02)', loss: mse, metrics: [RootMeanSquaredError()]}
fit:
  epochs: 9
  early_stopping: {patience: 3, restore_best_weights: true}
  callbacks: ['ReduceLROnPlateau(patience=1, min_delta=0.05)', CSVLogger()]
"""


class Killed(BaseException):
    """Stands for the signal that ends a process between two epochs."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", houses(160))


@pytest.fixture
def each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every epoch's checkpoint is written, however short the epochs are."""
    monkeypatch.setattr(checkpoints, "SHARE", 0)


@pytest.fixture
def never_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first, none is worth its time any more."""
    monkeypatch.setattr(checkpoints, "SHARE", 10**9)


def _kill_after(epoch: int) -> Any:
    def hear(report: dict[str, Any]) -> None:
        if report["kind"] == "checkpoint" and report["name"] == "last" and report["epoch"] == epoch:
            raise Killed

    return hear


def _weights(attempt: Attempt) -> list[Any]:
    weights: list[Any] = keras.models.load_model(attempt.artifacts / "model.keras").get_layer("core").get_weights()
    return weights


@pytest.mark.usefixtures("each_epoch")
def test_the_curves_go_on_without_a_gap_and_the_end_is_the_same(tmp_path: Path, table: Path) -> None:
    whole = make_attempt(tmp_path / "whole", SPEC, {"houses": table})
    outcome = whole.train()

    first = make_attempt(tmp_path / "first", SPEC, {"houses": table})
    with pytest.raises(Killed):
        first.train(hear=_kill_after(3))
    saved = first.of_kind("checkpoint")[-1]
    checkpoint = first.folder / "out" / saved["path"]
    second = make_attempt(tmp_path / "second", SPEC, {"houses": table}, resume=checkpoint, attempt=2)
    resumed = second.train()

    assert resumed == outcome
    said = [one["best"] for one in first.of_kind("scores") if one["best"]["epoch"] <= saved["epoch"]]
    assert second.of_kind("scores")[0]["best"] == said[-1], "what was best until then is said again"
    left = [path.name for path in (second.folder / "out" / "checkpoints").iterdir()]
    assert not [name for name in left if name.startswith(".")], "each was moved to its place, whole"
    assert first.curves + second.curves == whole.curves
    assert second.of_kind("scores")[-1] == whole.of_kind("scores")[-1]
    assert all(np.array_equal(one, other) for one, other in zip(_weights(second), _weights(whole), strict=True))
    for name in ("history.json", "training-1.csv"):
        assert (second.artifacts / name).read_text() == (whole.artifacts / name).read_text()


@pytest.mark.usefixtures("each_epoch")
def test_a_run_that_goes_on_under_other_conditions_says_that_its_bits_may_differ(tmp_path: Path, table: Path) -> None:
    first = make_attempt(tmp_path / "first", SPEC, {"houses": table})
    with pytest.raises(Killed):
        first.train(hear=_kill_after(2))
    checkpoint = first.folder / "out" / first.of_kind("checkpoint")[-1]["path"]
    same = make_attempt(tmp_path / "same", SPEC, {"houses": table}, resume=checkpoint, attempt=2)
    same.train()
    plain = json.loads((checkpoint / "state.json").read_text())
    plain["fingerprint"] |= {"keras": "3.14.0", "gpus": "NVIDIA H100"}
    (checkpoint / "state.json").write_text(json.dumps(plain))
    other = make_attempt(tmp_path / "other", SPEC, {"houses": table}, resume=checkpoint, attempt=2)

    other.train()

    assert same.of_kind("warning") == []
    (warned,) = other.of_kind("warning")
    assert warned["code"] == "resumed_inexact"
    assert f"keras 3.14.0 → {keras.__version__}; gpus NVIDIA H100 → none" in warned["message"]


@pytest.mark.usefixtures("each_epoch")
def test_a_run_that_had_decided_to_stop_does_not_train_on(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("patience: 3", "patience: 1, min_delta: 10")
    first = make_attempt(tmp_path / "first", text, {"houses": table})
    with pytest.raises(Killed):
        first.train(hear=_kill_after(2))
    checkpoint = first.folder / "out" / first.of_kind("checkpoint")[-1]["path"]

    second = make_attempt(tmp_path / "second", text, {"houses": table}, resume=checkpoint, attempt=2)
    outcome = second.train()

    assert outcome.ended_by == "early_stopping"
    assert second.curves == []
    assert second.of_kind("scores")[-1]["last"] == {"epoch": 2, "metrics": first.curves[-1][1]}


def test_a_checkpoint_is_whole_hashed_and_said_only_then(tmp_path: Path, table: Path) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC.replace("epochs: 9", "epochs: 2"), {"houses": table})
    checked = []

    def check(report: dict[str, Any]) -> None:
        if report["kind"] == "checkpoint":
            folder = attempt.folder / "out" / report["path"]
            for name, said in report["files"].items():
                data = (folder / name).read_bytes()
                checked.append((hashlib.sha256(data).hexdigest(), len(data)) == (said["sha256"], said["bytes"]))
            assert json.loads((folder / "manifest.json").read_text()) == report["files"]

    attempt.train(hear=check)

    assert checked
    assert all(checked)
    assert {report["name"] for report in attempt.of_kind("checkpoint")} == {"best", "last"}


@pytest.mark.usefixtures("never_due")
def test_epochs_too_short_for_the_disk_are_held_until_the_end(tmp_path: Path, table: Path) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC, {"houses": table})

    attempt.train()

    saved = [(report["name"], report["epoch"]) for report in attempt.of_kind("checkpoint")]
    scores = attempt.of_kind("scores")[-1]
    best, last = scores["best"]["epoch"], scores["last"]["epoch"]
    assert 1 < best < last
    assert saved == [("best", 1), ("last", 1), ("best", best), ("last", last)]
    state = read_checkpoint(attempt.folder / "out" / attempt.of_kind("checkpoint")[-1]["path"])
    assert [len(each["history"]["loss"]) for each in state.plain["callbacks"] if "history" in each] == [last]
    held = read_checkpoint(attempt.folder / "out" / attempt.of_kind("checkpoint")[-2]["path"])
    assert [len(each["history"]["loss"]) for each in held.plain["callbacks"] if "history" in each] == [best]


@pytest.mark.usefixtures("never_due")
def test_what_is_held_is_written_when_the_training_fails_or_leaves_its_place(tmp_path: Path, table: Path) -> None:
    grown = SPEC.replace("AdamW(0.02)", "SGD(ExponentialDecay(1e-4, 4, 30.0))").replace("epochs: 9", "epochs: 40")
    grown = grown.replace("'ReduceLROnPlateau(patience=1, min_delta=0.05)', ", "").replace(
        "patience: 3", "patience: 30"
    )
    fails = make_attempt(tmp_path / "fails", grown, {"houses": table})
    with pytest.raises(NonFinite):
        fails.train()
    leaves = make_attempt(tmp_path / "leaves", SPEC, {"houses": table})
    with pytest.raises(Paused):
        leaves.train(should_pause=lambda: len(leaves.curves) == 3)

    reached = [report["epoch"] for report in fails.of_kind("checkpoint") if report["name"] == "last"]
    assert reached == [1, len(fails.curves)]
    assert [report["epoch"] for report in leaves.of_kind("checkpoint") if report["name"] == "last"] == [1, 3]


@pytest.mark.usefixtures("each_epoch")
@pytest.mark.parametrize(("keep", "epochs"), [("best", []), ("2", [3, 4]), ("all", [1, 2, 3, 4])])
def test_as_many_epochs_are_kept_as_asked(tmp_path: Path, table: Path, keep: str, epochs: list[int]) -> None:
    text = SPEC.replace("epochs: 9", f"epochs: 4\n  checkpoint: {{keep: {keep}}}")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    attempt.train()

    kept = {path.name for path in (attempt.folder / "out" / "checkpoints").iterdir()}
    assert {name for name in kept if name.startswith("epoch-")} == {f"epoch-{epoch:04d}" for epoch in epochs}
    assert {name for name in kept if name.startswith("last-")} == {"last-0003", "last-0004"}
    assert len([name for name in kept if name.startswith("best-")]) in (1, 2)


@pytest.mark.usefixtures("each_epoch")
def test_the_best_epochs_are_kept_by_the_monitor_also_by_a_training_that_was_killed(
    tmp_path: Path, table: Path
) -> None:
    """What an attempt before the last knew of the best is known to the last; a larger monitor may be the better."""
    keep = "epochs: 4\n  monitor: loss\n  mode: max\n  checkpoint: {keep: {best: 2, latest: 1}}"
    text = SPEC.replace("epochs: 9", keep)
    first = make_attempt(tmp_path / "first", text, {"houses": table})
    with pytest.raises(Killed):
        first.train(hear=_kill_after(2))
    kept = first.folder / "out" / "checkpoints"
    rest = make_attempt(tmp_path / "rest", text, {"houses": table}, resume=kept / "last-0002")
    rest.train()

    losses = {epoch: metrics["loss"] for epoch, metrics in (first.curves + rest.curves)}
    best = sorted(losses, key=lambda epoch: -losses[epoch])[:2]
    merits = {each["epoch"]: each["merit"] for each in rest.of_kind("checkpoint")}
    assert merits == pytest.approx({epoch: losses[epoch] for epoch in (3, 4)})
    state = read_checkpoint(rest.folder / "out" / "checkpoints" / "last-0004")
    (leading,) = [each["leading"] for each in state.plain["callbacks"] if "leading" in each]
    assert [int(epoch) + 1 for _, epoch in leading] == best == [1, 2]
    assert {path.name for path in kept.glob("epoch-*")} == {"epoch-0001", "epoch-0002"}
    assert {path.name for path in (kept.parents[2] / "rest/out/checkpoints").glob("epoch-*")} >= {"epoch-0004"}


def test_a_checkpoint_of_another_model_or_a_torn_one_is_refused(tmp_path: Path, table: Path) -> None:
    first = make_attempt(tmp_path / "first", SPEC.replace("epochs: 9", "epochs: 1"), {"houses": table})
    first.train()
    checkpoint = first.folder / "out" / first.of_kind("checkpoint")[0]["path"]
    other = make_attempt(tmp_path / "o", SPEC.replace("Dropout(0.4), ", ""), {"houses": table}, resume=checkpoint)

    with pytest.raises(CheckpointUnusable, match="variables of the model"):
        other.train()
    (checkpoint / "state.npz").write_bytes(b"torn")
    with pytest.raises(CheckpointUnusable, match="cannot be read"):
        read_checkpoint(checkpoint)
