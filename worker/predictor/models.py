"""Models kept warm: one child each, the least recently used given up first."""

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import structlog

from store.database import Database
from store.errors import BlobMissing, BlobsAway, DatabaseAway, NotFound
from store.results import artifact_key, list_artifacts
from store.rows import Artifact, Run
from worker.predictor.children import (
    AnswerFailed,
    AnsweringChild,
    ChildLost,
    ForbiddenCall,
    NoSandbox,
    Nursery,
    OutOfMemory,
    OutOfTime,
)
from worker.predictor.trust import require_working
from worker.sandbox.working import Sandbox
from worker.staging import FileCache

log = structlog.get_logger()

MOST_MODELS = 16
LOAD_SECONDS = 60.0
PREDICT_SECONDS = 30.0
START_SECONDS = 30.0
CODE = "components/"
"""Where a model's own code lies beside it; whatever else there is, is data."""

UNLOADED = (NoSandbox, NotFound, BlobMissing, BlobsAway, DatabaseAway)
ModelId = tuple[str, int]
"""A run and the attempt that exported its model."""


@dataclass
class WarmModel:
    """A place for one model; its lock is held while its child is asked."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    child: AnsweringChild | None = None
    is_given_up: bool = False

    def close(self) -> None:
        if self.child is not None:
            self.child.close()
            self.child = None


class WarmModels:
    """Predicts with any run's model; the first time loads it. Threads may share one."""

    def __init__(
        self, database: Database, files: FileCache, nursery: Nursery, *, memory_mb: int, sandbox: Sandbox
    ) -> None:
        self._database, self._files, self._nursery = database, files, nursery
        self._memory_mb = memory_mb
        self._sandbox = sandbox
        self._most_bytes = psutil.virtual_memory().total // 2
        self._models: OrderedDict[ModelId, WarmModel] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, model_id: ModelId, question: dict[str, Any]) -> list[Any]:
        """The model's answer, one part per row; raises NotFound, or what a child's `ask` does."""
        while True:
            model = self._find(model_id)
            with model.lock:
                if not model.is_given_up:
                    return self._ask(model_id, model, question)

    def close(self) -> None:
        with self._lock:
            for model in self._models.values():
                model.close()

    @property
    def pids(self) -> list[int]:
        with self._lock:
            return [model.child.pid for model in self._models.values() if model.child]

    def _find(self, model_id: ModelId) -> WarmModel:
        with self._lock:
            model = self._models.setdefault(model_id, WarmModel())
            self._models.move_to_end(model_id)
            return model

    def _ask(self, model_id: ModelId, model: WarmModel, question: dict[str, Any]) -> list[Any]:
        """A warm child that has died is replaced once; one that failed is not kept."""
        try:
            if model.child is not None:
                with suppress(ChildLost, OutOfMemory):
                    return list(model.child.ask(question, seconds=PREDICT_SECONDS))
                model.close()
            return list(self._load(model_id, model).ask(question, seconds=PREDICT_SECONDS))
        except (ChildLost, ForbiddenCall, OutOfMemory, OutOfTime, AnswerFailed, *UNLOADED):
            self._give_up(model_id, model)
            raise

    def _load(self, model_id: ModelId, model: WarmModel) -> AnsweringChild:
        self._make_room()
        child = self._nursery.take(seconds=START_SECONDS, memory_mb=self._memory_mb)
        try:
            self.stage(model_id, child.folder / "model")
            child.ask({"ask": "load", "folder": "model"}, seconds=LOAD_SECONDS)
        except BaseException:
            child.close()
            raise
        model.child = child
        return child

    def stage(self, model_id: ModelId, folder: Path) -> None:
        """Put the model's files there; raises NotFound, BlobMissing, and NoSandbox for one that brings code along."""
        artifacts = self._artifacts(model_id)
        if self._brings_code(model_id) or any(made.path.startswith(CODE) for made in artifacts):
            require_working(self._sandbox)
        for artifact in artifacts:
            self._files.place(artifact_key(artifact), artifact.sha256, folder / artifact.path)

    def _brings_code(self, model_id: ModelId) -> bool:
        """Whether its run had anybody's code in it, which may have written what it liked for a model."""
        with self._database.reading() as session:
            run = session.get(Run, model_id[0])
            return run is not None and bool(run.spec.get("components"))

    def _artifacts(self, model_id: ModelId) -> list[Artifact]:
        run_id, attempt = model_id
        with self._database.reading() as session:
            found = [made for made in list_artifacts(session, run_id) if made.attempt == attempt]
        if not found:
            raise NotFound("model of run", run_id)
        return found

    def _make_room(self) -> None:
        """Give up idle models, the least recently used first, while there are too many or they take too much."""
        with self._lock:
            oldest_first = list(self._models.items())
        for model_id, model in oldest_first:
            if len(self._models) <= MOST_MODELS and self._used_bytes() <= self._most_bytes:
                return
            if model.lock.acquire(blocking=False):
                try:
                    self._give_up(model_id, model)
                finally:
                    model.lock.release()

    def _give_up(self, model_id: ModelId, model: WarmModel) -> None:
        """The caller holds the model's lock."""
        model.is_given_up = True
        model.close()
        with self._lock:
            if self._models.get(model_id) is model:
                del self._models[model_id]

    def _used_bytes(self) -> int:
        return sum(private_bytes(pid) for pid in self.pids)


def private_bytes(pid: int) -> int:
    """What a child has for itself, beside what it shares with its mother."""
    try:
        return int(psutil.Process(pid).memory_full_info().uss)
    except psutil.Error:
        return 0
