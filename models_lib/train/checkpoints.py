"""Checkpoints on the disk: whole or not there, hashed, and safe from a power cut once reported."""

import hashlib
import io
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models_lib.spec.keeping import KeepSome, Kept, choose_kept
from models_lib.spec.training import Checkpoint as Asked
from models_lib.train.failures import CheckpointUnusable
from models_lib.train.reports import Checkpoint, Metrics, Report, SavedFile
from models_lib.train.state import TrainingState

ARRAYS = "state.npz"
PLAIN = "state.json"
WEIGHTS = "core.weights.h5"
MOST_OF_NAME = 2
"""Of best and last: the one before stays until its replacement is replaced, so that whoever reads it can finish."""
SHARE = 50
"""A checkpoint that takes a second is followed by this many seconds of training at least: under 2 % of the time."""
MOST_REST = 600.0
"""Seconds between two, however long a disk that stood still has made the last one take."""
MOST_HELD = 256 * 1024 * 1024
"""Bytes of a state that may wait in memory to be written."""


@dataclass(frozen=True)
class Standing:
    """How good an epoch is among those so far: the best, or one of the best that shall be kept."""

    is_best: bool = False
    is_leading: bool = False
    merit: float | None = None
    """The larger the better; None where there was nothing to judge by."""


@dataclass(frozen=True)
class Held:
    """A state after an epoch (counted from 1) that waits to be written."""

    state: TrainingState
    epoch: int
    metrics: Metrics
    standing: Standing
    files: Mapping[str, bytes]
    """What lies beside it."""

    @property
    def bytes(self) -> int:
        return self.state.bytes + sum(map(len, self.files.values()))


class CheckpointFolder:
    """Writes `out/checkpoints/<name>-<epoch>/` and removes what is not kept any longer.

    A flush to the disk can take longer than a short epoch: until it is worth its time again, states are held in memory.
    """

    def __init__(self, out: Path, asked: Asked, report: Report) -> None:
        self._out = out
        self._keep = asked.keep
        self._report = report
        self._written: dict[str, list[Path]] = {}
        self._epochs: dict[int, tuple[Kept, Path]] = {}
        self._best: Held | None = None
        self._last: Held | None = None
        self._written_at, self._cost, self._cost_of_holding = time.monotonic(), 0.0, 0.0
        (out / "checkpoints").mkdir(parents=True, exist_ok=True)

    @property
    def seconds_since(self) -> float:
        """How long ago the newest was written; from the beginning where none was."""
        return time.monotonic() - self._written_at

    @property
    def seconds_to_rest(self) -> float:
        """How long it is until another is worth its time; negative where it is by now."""
        return self._written_at + min(MOST_REST, SHARE * self._cost) - time.monotonic()

    def keep(
        self,
        state: TrainingState,
        *,
        epoch: int,
        metrics: Metrics,
        standing: Standing,
        weights: Callable[[Path], None] | None = None,
    ) -> None:
        """Keep the state after an epoch (counted from 1) as what it is kept for, and as `last`; write it when due.

        `weights` writes Keras' own file of them, which lies beside it.
        """
        began = time.monotonic()
        self._last = Held(state, epoch, metrics, standing, self._saved(weights) if weights else {})
        self._cost_of_holding += time.monotonic() - began
        if standing.is_best:
            self._best = self._last
        if self._is_kept(standing) or self._last.bytes > MOST_HELD:
            self.flush()
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Write what is held where that is worth its time again; also in the middle of a later epoch."""
        if self._last is not None and self.seconds_to_rest <= 0:
            self.flush()

    def flush(self) -> None:
        """Write what is held. Whoever goes on from `last` takes the best for written, so that comes before it."""
        if self._last is None and self._best is None:
            return
        began = time.monotonic()
        self._write_held()
        self._note_cost(began)

    def _write_held(self) -> None:
        best, last, self._best, self._last = self._best, self._last, None, None
        if best is not None and best is not last:
            self._write(best, ["best"])
        if last is not None:
            own = [f"epoch-{last.epoch:04d}"] if self._is_kept(last.standing) else []
            self._write(last, [*own, *(["best"] if last is best else []), "last"])

    def _write(self, held: Held, names: Sequence[str]) -> None:
        contents = _contents(held.state, held.epoch) | dict(held.files)
        files = _describe(contents)
        first: Path | None = None
        for name in names:
            folder = self._out / "checkpoints" / (name if name.startswith("epoch-") else f"{name}-{held.epoch:04d}")
            _write_folder(folder, contents, files, links_to=first)
            first = first or folder
            written = Checkpoint(name, held.epoch, self._path(folder), held.metrics, files, merit=held.standing.merit)
            self._say_written(written, folder)

    def _saved(self, weights: Callable[[Path], None]) -> dict[str, bytes]:
        path = self._out / "checkpoints" / WEIGHTS
        try:
            weights(path)
            return {WEIGHTS: path.read_bytes()}
        finally:
            path.unlink(missing_ok=True)

    def _is_kept(self, standing: Standing) -> bool:
        """Whether the epoch's own checkpoint is, for now."""
        if isinstance(self._keep, KeepSome):
            return self._keep.latest > 0 or standing.is_leading
        return self._keep != "best"

    def write_inside(self, state: TrainingState, *, epoch: int, step: int) -> None:
        """Write the best so far, and the state after `epoch` whole epochs and `step` batches of the next as `last`."""
        began, self._last = time.monotonic(), None
        self._write_held()
        contents = _contents(state, epoch)
        files = _describe(contents)
        folder = self._out / "checkpoints" / f"last-{epoch:04d}-{step:08d}"
        _write_folder(folder, contents, files, links_to=None)
        self._say_written(Checkpoint("last", epoch, self._path(folder), {}, files, step), folder)
        self._note_cost(began)

    def _note_cost(self, began: float) -> None:
        self._written_at = time.monotonic()
        self._cost = self._written_at - began + self._cost_of_holding
        self._cost_of_holding = 0.0

    def _path(self, folder: Path) -> str:
        return folder.relative_to(self._out).as_posix()

    def _say_written(self, written: Checkpoint, folder: Path) -> None:
        self._report(written.to_json())
        if written.name.startswith("epoch-"):
            self._epochs[written.epoch] = Kept(written.epoch, written.merit), folder
            self._forget_epochs()
            return
        before = self._written.setdefault(written.name, [])
        before.append(folder)
        while len(before) > MOST_OF_NAME:
            shutil.rmtree(before.pop(0), ignore_errors=True)

    def _forget_epochs(self) -> None:
        kept = choose_kept([each for each, _ in self._epochs.values()], self._keep)
        for epoch in [epoch for epoch in self._epochs if epoch not in kept]:
            shutil.rmtree(self._epochs.pop(epoch)[1], ignore_errors=True)


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
