"""What the predictor does: each question is answered by a forked child within limits of time and memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from models_lib.components.packing import write_files
from store.blobs import Blobs
from store.database import Database
from store.settings import Settings
from worker.mother.owner import MotherKeeper
from worker.predictor.children import AnsweringChild, ChildLost, InputRefused, Nursery, OutOfMemory, OutOfTime
from worker.predictor.doctor import Examination
from worker.predictor.models import WarmModels
from worker.predictor.trust import require_working, try_sandbox
from worker.sandbox.entering import FIRMNESS
from worker.staging import FileCache, place_components

START_SECONDS = 30.0
PROFILE_SECONDS = 300.0
IMPORT_SECONDS = 60.0


class Predictor:
    """Holds a mother and her children. Threads may share one.

    It is there once the sandbox was tried, before any child: raises SettingsRefused where it is required and no good.
    """

    def __init__(self, settings: Settings) -> None:
        cache = settings.home / "cache"
        self._settings = settings
        self._blobs = Blobs(settings)
        self._database = Database(settings)
        self._mother = MotherKeeper(
            home=settings.home, environment={"CUDA_VISIBLE_DEVICES": ""}, sandbox=FIRMNESS[settings.sandbox]
        )
        self._sandbox = try_sandbox(settings, self._mother)
        self._nursery = Nursery(self._mother, cache / "predictor" / "children")
        self._files = files = FileCache(cache / "predictor" / "files", self._blobs)
        self._models = WarmModels(
            self._database, files, self._nursery, memory_mb=settings.predictor_memory_mb, sandbox=self._sandbox
        )

    @property
    def is_ready(self) -> bool:
        return self._mother.is_ready

    def check(
        self,
        spec: dict[str, Any],
        profiles: dict[str, Any] | None = None,
        components: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Keras' judgement of a resolved spec: summary, faults, warnings; `components`: SHA-256 by name."""
        if components:
            require_working(self._sandbox)
        seconds = self._settings.check_seconds
        with self._fresh_child() as child:
            place_components(self._files, components or {}, child.folder / "components")
            answer = child.ask({"ask": "check", "spec": spec, "profiles": profiles}, seconds=seconds)
        return dict(answer)

    def profile(self, blob: str, filename: str) -> dict[str, Any]:
        """The profile of an uploaded file."""
        with self._fresh_child() as child:
            self._blobs.get_file(blob, child.folder / "upload")
            question = {"ask": "profile", "path": "upload", "filename": filename}
            try:
                return {"profile": child.ask(question, seconds=PROFILE_SECONDS)}
            except OutOfMemory as error:
                limit = f"{self._settings.check_memory_mb} MB of memory"
                raise InputRefused([too_large(filename, limit)]) from error
            except OutOfTime as error:
                raise InputRefused([too_large(filename, f"{PROFILE_SECONDS:.0f} seconds")]) from error

    def describe(
        self, name: str, blob: str | None = None, filename: str = "", files: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """What an uploaded component offers, and its files as they are kept."""
        require_working(self._sandbox)
        with self._fresh_child() as child:
            if blob is not None:
                self._blobs.get_file(blob, child.folder / "upload")
            question = {"ask": "describe", "name": name, "filename": filename, "files": files}
            try:
                return dict(child.ask(question, seconds=IMPORT_SECONDS))
            except OutOfTime as error:
                raise InputRefused([not_imported(f"within {IMPORT_SECONDS:.0f} seconds")]) from error
            except OutOfMemory as error:
                limit = f"within {self._settings.check_memory_mb} MB of memory"
                raise InputRefused([not_imported(limit)]) from error
            except ChildLost as error:
                raise InputRefused([not_imported("without ending the process that imports it")]) from error

    def examine(
        self, name: str, files: dict[str, str], objects: list[str], config: dict[str, Any], code: list[str]
    ) -> dict[str, Any]:
        """The doctor's report of these objects of a component."""
        require_working(self._sandbox)
        return Examination(partial(self._child_with, name, files), name, objects).examine(config, code)

    def predict(self, run_id: str, attempt: int, instances: list[Any]) -> dict[str, Any]:
        """A prediction for each raw row."""
        return {"predictions": self._models.predict((run_id, attempt), instances)}

    def close(self) -> None:
        self._nursery.close()
        self._models.close()
        self._mother.close()
        self._database.close()

    def _child_with(self, name: str, files: dict[str, str]) -> AnsweringChild:
        """A fresh child that finds this package; its caller closes it."""
        child = self._nursery.take(seconds=START_SECONDS, memory_mb=self._settings.check_memory_mb)
        try:
            write_files(files, child.folder / "components" / name)
        except BaseException:
            child.close()
            raise
        return child

    @contextmanager
    def _fresh_child(self) -> Iterator[AnsweringChild]:
        child = self._nursery.take(seconds=START_SECONDS, memory_mb=self._settings.check_memory_mb)
        try:
            yield child
        finally:
            child.close()


def too_large(filename: str, limit: str) -> dict[str, Any]:
    message = f"{filename} cannot be read within {limit}: split it, or save it as Parquet."
    return {"pointer": "/file", "message": message, "code": "too_large", "found": filename}


def not_imported(how: str) -> dict[str, Any]:
    message = f"the source cannot be imported {how}: keep what computes inside functions and classes"
    return {"pointer": "/source", "message": message, "code": "bad_data"}
