"""A trainer that lies to its supervisor, which is not sandboxed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.blobs import Blobs
from store.claims import Claim
from store.lifecycle import Wanted
from store.settings import Settings
from tests.stack import until
from worker.staging import hash_file
from worker.supervisor.event_files import EventFileShipper
from worker.supervisor.hearing import LONGEST_REPORT, Garbage, ReportLines, read_report
from worker.supervisor.uploads import Uploads

CLAIM = Claim("run_1", 1, "wrk_1", "a run", "default", Wanted.RUN, {"fit": {}}, ())
GOOD = {"kind": "epoch", "epoch": 1, "metrics": {"loss": 0.5}, "seconds": 0.1}


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(Settings(home=tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An attempt's folder, a checkpoint and an artifact in it, and a foreign file two floors above `out`."""
    folder = tmp_path / "runs" / "run_1"
    for name in ("out/checkpoints/last-0001", "out/artifacts", "out/tensorboard"):
        (folder / name).mkdir(parents=True)
    (tmp_path / "runs" / "secret").write_text("foreign")
    (folder / "out" / "checkpoints" / "last-0001" / "state.npz").write_text("own")
    return folder


@pytest.fixture
def uploads(blobs: Blobs, folder: Path) -> Iterator[Uploads]:
    uploads = Uploads(blobs, CLAIM, folder)
    yield uploads
    uploads.close()


def report(folder: Path, path: str, name: str) -> dict[str, Any]:
    file = folder / "out" / path / name
    said = {"sha256": hash_file(file), "bytes": file.stat().st_size}
    return {"kind": "checkpoint", "name": "last", "epoch": 1, "path": path, "metrics": {}, "files": {name: said}}


def kept(uploads: Uploads, blobs: Blobs) -> list[str]:
    """The keys that are stored once nothing is left to store."""
    until(lambda: not uploads.are_pending)
    assert uploads.take_stored()[1] == []
    return [key for key, _ in blobs.list("runs")]


def test_a_checkpoint_of_its_own_is_stored(uploads: Uploads, blobs: Blobs, folder: Path) -> None:
    uploads.add_checkpoint(report(folder, "checkpoints/last-0001", "state.npz"))

    assert kept(uploads, blobs) == ["runs/run_1/checkpoints/1/last-1/state.npz"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../..", "secret"),
        ("checkpoints/last-0001", "../../../../secret"),
        ("checkpoints/linked", "secret"),
        ("checkpoints/last-0001", "link"),
        (".", "linked/secret"),
    ],
)
def test_a_forged_checkpoint_brings_no_foreign_file(
    uploads: Uploads, blobs: Blobs, folder: Path, path: str, name: str
) -> None:
    """By dots, by a linked folder, by a linked file."""
    secret = folder.parent / "secret"
    (folder / "out" / "checkpoints" / "linked").symlink_to(folder.parent)
    (folder / "out" / "linked").symlink_to(folder.parent)
    (folder / "out" / "checkpoints" / "last-0001" / "link").symlink_to(secret)
    forged = report(folder, path, name)
    assert forged["files"][name]["sha256"] == hash_file(secret)
    uploads.add_checkpoint(forged)

    assert kept(uploads, blobs) == []
    assert list((folder / "up").rglob("*secret*")) == []


def test_artifacts_are_plain_files_beneath_their_folder(uploads: Uploads, blobs: Blobs, folder: Path) -> None:
    artifacts = folder / "out" / "artifacts"
    (artifacts / "model.keras").write_text("own")
    (artifacts / "link").symlink_to(folder.parent / "secret")
    (artifacts / "linked").symlink_to(folder.parent)
    (artifacts / "odd\nname").write_text("own")
    os.mkfifo(artifacts / "pipe")
    uploads.add_artifacts()

    assert kept(uploads, blobs) == ["runs/run_1/artifacts/1/model.keras"]


def test_event_files_are_plain_files(blobs: Blobs, folder: Path) -> None:
    board = folder / "out" / "tensorboard"
    (board / "events.out.tfevents.1").write_text("own")
    (board / "events.out.tfevents.2").symlink_to(folder.parent / "secret")
    os.mkfifo(board / "events.out.tfevents.3")
    EventFileShipper(board, "board", blobs).ship()

    assert [key for key, _ in blobs.list("board")] == ["board/events.out.tfevents.1/00000000"]


def test_a_board_that_is_a_link_is_not_shipped(blobs: Blobs, folder: Path) -> None:
    (folder / "out" / "tensorboard").rmdir()
    (folder.parent / "tfevents").write_text("foreign")
    (folder / "out" / "tensorboard").symlink_to(folder.parent)
    EventFileShipper(folder / "out" / "tensorboard", "board", blobs).ship()

    assert blobs.list("board") == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"no JSON",
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"kind": "surprise"}',
        b'{"kind": ["epoch"]}',
        b'{"kind": "epoch", "epoch": 1}',
        b'{"kind": "phase", "phase": "dancing"}',
        b'{"kind": "end", "ended_by": "magic"}',
        b'{"kind": "failure", "failure": {"kind": "data"}}',
        b'{"kind": "summary", "summary": {"a": "\\u0000"}}',
        b'{"kind": "summary", "summary": {"a": "\\ud800"}}',
        json.dumps(GOOD | {"epoch": 10**30}).encode(),
        json.dumps(GOOD | {"metrics": {"loss": "low"}}).encode(),
        json.dumps({"kind": "checkpoint", "name": "last"}).encode(),
        json.dumps(
            {"kind": "checkpoint", "name": "../up", "epoch": 1, "path": "a", "metrics": {}, "files": {"a": {}}}
        ).encode(),
    ],
)
def test_a_line_that_is_no_report_is_left_out(line: bytes) -> None:
    with pytest.raises(Garbage):
        read_report(line)


def test_a_report_is_read_without_what_does_not_belong_to_it() -> None:
    line = json.dumps(GOOD | {"metrics": {"loss": float("inf")}, "run_id": "run_2"}).encode()

    assert read_report(json.dumps(GOOD).encode()) == GOOD
    assert read_report(line) == GOOD | {"metrics": {"loss": None}}


def test_a_line_without_an_end_takes_no_memory_and_hides_no_other() -> None:
    lines = ReportLines()
    assert lines.take(b"x" * (LONGEST_REPORT + 1)) == []
    assert lines.take(b"y" * LONGEST_REPORT) == []

    assert lines.take(b"z\n{}\n{") == [b"{}"]
    assert lines.take(b"}\n") == [b"{}"]
