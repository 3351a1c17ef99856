"""Checkpoints on the disk: whole or not there, hashed, and safe from a power cut once reported."""

import hashlib
import io
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np

from models_lib.spec.training import Checkpoint as Kept
from models_lib.train.failures import CheckpointUnusable
from models_lib.train.reports import Checkpoint, Metrics, Report, SavedFile
from models_lib.train.state import TrainingState

ARRAYS = "state.npz"
PLAIN = "state.json"
# The one before stays until its replacement is replaced: whoever is still reading it can finish.
KEPT = {"best": 2, "last": 2}


class CheckpointFolder:
    """Writes `out/checkpoints/<name>-<epoch>/` and removes what is not kept any longer."""

    def __init__(self, out: Path, kept: Kept, report: Report) -> None:
        self._out = out
        self._kept = kept
        self._report = report
        self._written: dict[str, list[Path]] = {}
        (out / "checkpoints").mkdir(parents=True, exist_ok=True)

    def write(self, state: TrainingState, *, epoch: int, metrics: Metrics, is_best: bool) -> None:
        """Write the state after an epoch (counted from 1) as `last`, and as what else it is kept for."""
        names = ["last", *(["best"] if is_best else []), *([f"epoch-{epoch:04d}"] if self._kept.keep != "best" else [])]
        contents = _contents(state, epoch)
        files = _describe(contents)
        first: Path | None = None
        for name in names:
            folder = self._out / "checkpoints" / (name if name.startswith("epoch-") else f"{name}-{epoch:04d}")
            _write_folder(folder, contents, files, links_to=first)
            first = first or folder
            self._say_written(name, folder, files, epoch=epoch, metrics=metrics)

    def write_inside(self, state: TrainingState, *, epoch: int, step: int) -> None:
        """Write the state after `epoch` whole epochs and `step` batches of the next as `last`."""
        contents = _contents(state, epoch)
        files = _describe(contents)
        folder = self._out / "checkpoints" / f"last-{epoch:04d}-{step:08d}"
        _write_folder(folder, contents, files, links_to=None)
        self._say_written("last", folder, files, epoch=epoch, metrics={}, step=step)

    def _say_written(
        self,
        name: str,
        folder: Path,
        files: dict[str, SavedFile],
        *,
        epoch: int,
        metrics: Metrics,
        step: int | None = None,
    ) -> None:
        path = folder.relative_to(self._out).as_posix()
        self._report(Checkpoint(name, epoch, path, metrics, files, step).to_json())
        self._forget_older(name, folder)

    def _forget_older(self, name: str, folder: Path) -> None:
        group = "epoch" if name.startswith("epoch-") else name
        written = self._written.setdefault(group, [])
        written.append(folder)
        most = KEPT.get(group, self._kept.keep if isinstance(self._kept.keep, int) else None)
        while most is not None and len(written) > most:
            shutil.rmtree(written.pop(0), ignore_errors=True)


def read_checkpoint(folder: Path) -> TrainingState:
    """The state that a checkpoint holds; raises CheckpointUnusable."""
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            return TrainingState(
                {name: arrays[name] for name in arrays.files}, json.loads((folder / PLAIN).read_text())
            )
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointUnusable(f"The checkpoint cannot be read: {error}") from error


def _contents(state: TrainingState, epoch: int) -> dict[str, bytes]:
    return {ARRAYS: _pack(state), PLAIN: json.dumps(state.plain | {"epoch": epoch}).encode()}


def _describe(contents: dict[str, bytes]) -> dict[str, SavedFile]:
    return {name: SavedFile(hashlib.sha256(data).hexdigest(), len(data)) for name, data in contents.items()}


def _pack(state: TrainingState) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **state.arrays)  # type: ignore[arg-type]  # numpy's stub takes its own options for arrays
    return packed.getvalue()


def _write_folder(
    folder: Path, contents: dict[str, bytes], files: dict[str, SavedFile], *, links_to: Path | None
) -> None:
    """Write beside its place, flush to the disk, then rename."""
    half = folder.with_name(f".{folder.name}")
    for stale in (half, folder):
        shutil.rmtree(stale, ignore_errors=True)
    half.mkdir()
    for name, data in contents.items():
        if links_to is not None:
            os.link(links_to / name, half / name)
        else:
            _write_file(half / name, data)
    _write_file(half / "manifest.json", json.dumps({name: asdict(file) for name, file in files.items()}).encode())
    _flush(half)
    half.rename(folder)
    _flush(folder.parent)


def _write_file(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
