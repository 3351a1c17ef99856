"""What an attempt leaves behind: its log, checkpoints, event files and artifacts, brought to the blobs."""

import errno
import mimetypes
import queue
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import structlog
from sqlalchemy.orm import Session

from models_lib.spec.training import Fit
from store.blobs import Blobs
from store.claims import Claim
from store.errors import BlobsAway
from store.recording import record_artifact, record_checkpoint, record_log
from worker.staging import hash_file
from worker.supervisor.event_files import EventFileShipper
from worker.supervisor.journal import AfterCommit, Entry
from worker.supervisor.left_files import NotPlain, link_plain, list_plain, plain_parts
from worker.supervisor.log import LogChunk
from worker.supervisor.pruning import prune_checkpoints
from worker.tallies import Tallies

log = structlog.get_logger()

SHIP_SECONDS = 1.0
PAUSES = (0.5, 1, 2, 4, 8, 16)
AWAY_SECONDS = 2.0
EVENT_FOLDERS = ("tensorboard", "artifacts")
"""A script's own callbacks write their logs where it runs, among what it leaves."""
EVENT_FILE = "events.out.tfevents."
FULL_DISK = {errno.ENOSPC, errno.EDQUOT}


class UploadFailed(Exception):
    """The blobs are there and did not take a file for half a minute. `is_fatal`: a run is nothing without it."""

    def __init__(self, what: str, error: BaseException, *, is_fatal: bool) -> None:
        super().__init__(f"{what} could not be stored: {error}")
        self.is_disk_full = is_disk_full(error)
        self.is_fatal = is_fatal


@dataclass(frozen=True)
class HeldCheckpoint:
    """A checkpoint's files, linked away from the trainer, which may replace its own at any moment."""

    report: dict[str, Any]
    folder: Path
    number: int
    """In the order in which they were said."""

    @property
    def name(self) -> str:
        return str(self.report["name"])


class Uploads:
    """One background thread. What it has stored comes back as journal entries, to be written by the supervisor."""

    def __init__(
        self, blobs: Blobs, claim: Claim, folder: Path, *, budget: int | None = None, tallies: Tallies | None = None
    ) -> None:
        """`budget`: bytes that the run's checkpoints may take."""
        self._tallies = tallies or Tallies()
        self._blobs = blobs
        self._budget = budget
        self._claim = claim
        self._folder = folder
        self._keep = Fit.model_validate(claim.spec.get("fit", {})).checkpoint.keep
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"uploads {claim.run_id}")
        self._closing = threading.Event()
        self._held: dict[str, HeldCheckpoint] = {}
        self._said = 0
        self._holding = threading.Lock()
        self._stored: queue.SimpleQueue[Entry] = queue.SimpleQueue()
        self._shippers = [
            EventFileShipper(folder / "out" / name, self._key("tensorboard"), blobs) for name in EVENT_FOLDERS
        ]
        self._shipped_at = 0.0
        self._shipping: Future[None] = Future()
        self._shipping.set_result(None)
        self._jobs: list[Future[None]] = []
        self.exports: dict[str, dict[str, Any] | None] = {}
        """What was found when an artifact was tried, by its path; None for one that is no export."""

    def add_log(self, chunk: LogChunk) -> None:
        self._submit("The log", partial(self._store_log, chunk))

    def add_checkpoint(self, report: dict[str, Any]) -> None:
        """Hold the files at once; of several waiting under one name only the newest is stored."""
        held = self._hold(report)
        if held is None:
            return
        with self._holding:
            waiting = self._held.get(held.name)
            self._held[held.name] = held
        if waiting is not None:
            shutil.rmtree(waiting.folder, ignore_errors=True)
        # Each has a job of its own, so that a newer `last` is not stored before the best that was said before it.
        self._submit(f"The checkpoint {held.name}", partial(self._store_until, held))

    def ship_event_files(self, *, now: bool = False) -> None:
        """Once a second, and never a second time while the first is under way; `now`: after it once more."""
        is_due = time.monotonic() - self._shipped_at >= SHIP_SECONDS and self._shipping.done()
        if now or is_due:
            self._shipped_at = time.monotonic()
            self._shipping = self._submit("TensorBoard's event files", self._ship)

    def _ship(self) -> None:
        for shipper in self._shippers:
            shipper.ship()

    def add_artifacts(self) -> None:
        """Store every plain file that the training, which has ended, has put into `out/artifacts`.

        Event files are on the board already.
        """
        root = self._folder / "out" / "artifacts"
        for name in (name for name in list_plain(root) if not PurePath(name).name.startswith(EVENT_FILE)):
            self._submit(f"The artifact {name}", partial(self._store_artifact, root / name, name), is_fatal=True)

    def take_stored(self) -> tuple[list[Entry], list[UploadFailed]]:
        """Journal entries for what has been stored since, and what could not be stored."""
        finished = [job for job in self._jobs if job.done()]
        self._jobs = [job for job in self._jobs if job not in finished]
        failures = [error for job in finished if isinstance(error := job.exception(), UploadFailed)]
        return [self._stored.get() for _ in range(self._stored.qsize())], failures

    @property
    def are_pending(self) -> bool:
        return not all(job.done() for job in self._jobs)

    def wait(self, seconds: float) -> None:
        """Wait until nothing is left to store, or the time is over."""
        wait(self._jobs, timeout=seconds)

    def close(self) -> None:
        self._closing.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _submit(self, what: str, job: Callable[[], None], *, is_fatal: bool = False) -> Future[None]:
        submitted = self._thread.submit(self._patiently, what, job, is_fatal=is_fatal)
        self._jobs.append(submitted)
        return submitted

    def _patiently(self, what: str, job: Callable[[], None], *, is_fatal: bool) -> None:
        """Until it is stored: a store that is away is waited for, one that fails has half a minute."""
        pauses = iter(PAUSES)
        while True:
            try:
                job()
                return
            except Exception as error:  # every store of blobs has errors of its own
                pause = AWAY_SECONDS if isinstance(error, BlobsAway) else next(pauses, None)
                if pause is None or self._closing.is_set() or is_disk_full(error):
                    raise UploadFailed(what, error, is_fatal=is_fatal) from error
                log.warning("upload_failed", run=self._claim.run_id, what=what, error=str(error))
                self._closing.wait(pause)

    def _key(self, kind: str) -> str:
        return f"runs/{self._claim.run_id}/{kind}/{self._claim.attempt}"

    def _store_log(self, chunk: LogChunk) -> None:
        self._blobs.put_bytes(f"{self._key('logs')}/{chunk.number:08d}.jsonl", chunk.content)
        self._stored.put(
            lambda session, claim: record_log(
                session, claim, chunk=chunk.number, first_line=chunk.first_line, lines=chunk.lines, level=chunk.level
            )
        )

    def _hold(self, report: dict[str, Any]) -> HeldCheckpoint | None:
        """Hard links to the checkpoint's files; None when the trainer has replaced it already by a newer one.

        A report that names anything but plain files beneath `out` is left out, and said to be.
        """
        held = self._folder / "up" / moment_of(report)
        try:
            for name in report["files"]:
                place = held.joinpath(*plain_parts(name))
                place.parent.mkdir(parents=True, exist_ok=True)
                link_plain(self._folder / "out", f"{report['path']}/{name}", place)
        except NotPlain as error:
            log.warning("checkpoint_refused", run=self._claim.run_id, reason=str(error))
        except OSError as error:
            if is_disk_full(error):
                raise
        else:
            self._said += 1
            return HeldCheckpoint(report, held, self._said)
        shutil.rmtree(held, ignore_errors=True)
        return None

    def _store_until(self, last: HeldCheckpoint) -> None:
        """With what was said before it and could not be stored then: who goes on from it does not say the best anew."""
        while (held := self._take_oldest(last.number)) is not None:
            try:
                self._store_held(held)
            except BaseException:
                with self._holding:
                    self._held.setdefault(held.name, held)
                raise
            shutil.rmtree(held.folder, ignore_errors=True)

    def _take_oldest(self, number: int) -> HeldCheckpoint | None:
        """Of those until this one that no newer one of their name has replaced."""
        with self._holding:
            held = min(self._held.values(), key=lambda each: each.number, default=None)
            if held is None or held.number > number:
                return None
            return self._held.pop(held.name)

    def _store_held(self, held: HeldCheckpoint) -> None:
        report = held.report
        if any(hash_file(held.folder / name) != said["sha256"] for name, said in report["files"].items()):
            return
        prefix, begun = f"{self._key('checkpoints')}/{moment_of(report)}", time.monotonic()
        for name in report["files"]:
            self._blobs.put_file(f"{prefix}/{name}", held.folder / name)
        size = sum(file["bytes"] for file in report["files"].values())
        self._tallies.note_checkpoint(time.monotonic() - begun, size)
        self._stored.put(partial(self._record_checkpoint, report=report, prefix=prefix))

    def _record_checkpoint(
        self, session: Session, claim: Claim, *, report: dict[str, Any], prefix: str
    ) -> AfterCommit | None:
        replaced = record_checkpoint(
            session,
            claim,
            name=report["name"],
            epoch=report["epoch"],
            step=report.get("step", 0),
            merit=report.get("merit"),
            metrics=report["metrics"],
            bytes=sum(file["bytes"] for file in report["files"].values()),
            manifest=report["files"],
            prefix=prefix,
        )
        old = [replaced] if replaced else []
        if self._keep not in ("best", "all") or self._budget is not None:
            old += prune_checkpoints(session, claim, self._keep, self._budget)
        return partial(self._delete, old) if old else None

    def _delete(self, prefixes: list[str]) -> None:
        for prefix in prefixes:
            self._submit("An old checkpoint", partial(self._blobs.delete_prefix, prefix))

    def _store_artifact(self, file: Path, name: str) -> None:
        self._blobs.put_file(f"{self._key('artifacts')}/{name}", file)
        entry = partial(
            record_artifact,
            path=name,
            bytes=file.stat().st_size,
            sha256=hash_file(file),
            media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            export=self.exports.get(name),
        )
        self._stored.put(entry)


def moment_of(report: dict[str, Any]) -> str:
    """A checkpoint's name and when it was taken: `last-12`, or `last-12-300` in the middle of an epoch."""
    return "-".join(str(report[part]) for part in ("name", "epoch", "step") if part in report)


def is_disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in FULL_DISK
