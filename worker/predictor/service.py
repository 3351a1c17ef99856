"""What the predictor does: each question is answered by a forked child within limits of time and memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from models_lib.components.packing import write_files
from store.blobs import Blobs
from store.database import Database
from store.settings import Settings
from worker.linking import LinkRefused, Links, place_dataset
from worker.mother.owner import MotherKeeper
from worker.predictor.children import AnsweringChild, ChildLost, InputRefused, Nursery, OutOfMemory, OutOfTime
from worker.predictor.doctor import Examination
from worker.predictor.flights import Flights
from worker.predictor.importing import store_imported
from worker.predictor.jobs import DatasetJobs
from worker.predictor.models import WarmModels
from worker.predictor.trust import require_working, try_sandbox
from worker.sandbox.entering import FIRMNESS
from worker.staging import FileCache, fetch_checkpoint, hash_file, place_components
from worker.starts import StartLost, stage_starts

START_SECONDS = 30.0
PROFILE_SECONDS = 300.0
IMPORT_SECONDS = 60.0
WEIGHTS_SECONDS = 60.0
PREFLIGHT_SECONDS = 120.0
JOB_SECONDS = 3600.0


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
        self._files = FileCache(cache / "predictor" / "files", self._blobs)
        self._links = Links(settings)
        self._jobs = DatasetJobs(self._blobs)
        self._flights = Flights(self._database, self._blobs, self.preflight)
        self._models = WarmModels(
            self._database,
            self._files,
            self._nursery,
            memory_mb=settings.predictor_memory_mb,
            sandbox=self._sandbox,
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
        seconds = self._settings.check_seconds
        with self._fresh_child() as child:
            self._lay_components(components or {}, child.folder / "components")
            answer = child.ask({"ask": "check", "spec": spec, "profiles": profiles}, seconds=seconds)
        return dict(answer)

    def start_job(
        self,
        state: dict[str, Any],
        attempt: int,
        spec: dict[str, Any],
        files: dict[str, dict[str, Any]],
        components: dict[str, str],
    ) -> dict[str, Any]:
        """Predict or evaluate a whole data set, the `test` of the files, when its turn comes."""
        model_id = (state["run_id"], attempt)
        if state["kind"] == "predict":
            windows = spec.get("windows")
            return self._jobs.submit(state, partial(self._predict_dataset, state, model_id, files["test"], windows))
        return self._jobs.submit(state, partial(self._evaluate_dataset, state, model_id, spec, files, components))

    def has_job(self, job_id: str) -> dict[str, Any]:
        """Whether the job waits or runs here, and how far it is."""
        return {"unfinished": self._jobs.is_unfinished(job_id), "progress": self._jobs.progress_of(job_id)}

    def _predict_dataset(
        self,
        state: dict[str, Any],
        model_id: tuple[str, int],
        file: dict[str, Any],
        windows: dict[str, Any] | None,
    ) -> dict[str, Any]:
        with self._fresh_child() as child, self._jobs.watching(state["id"], child.folder):
            self._models.stage(model_id, child.folder / "model")
            staged = self._place(child, {"test": file})["parts"]["test"]
            child.ask({"ask": "load", "folder": "model"}, seconds=JOB_SECONDS)
            rows = child.ask({"ask": "predict_dataset", **staged, "windows": windows}, seconds=JOB_SECONDS)
            key = f"runs/{state['run_id']}/jobs/{state['id']}/predictions.jsonl"
            self._blobs.put_file(key, child.folder / "out" / "predictions.jsonl")
        return {"rows": rows}

    def _evaluate_dataset(
        self,
        state: dict[str, Any],
        model_id: tuple[str, int],
        spec: dict[str, Any],
        files: dict[str, dict[str, Any]],
        components: dict[str, str],
    ) -> dict[str, Any]:
        with self._fresh_child() as child, self._jobs.watching(state["id"], child.folder):
            self._models.stage(model_id, child.folder / "model")
            self._lay_components(components, child.folder / "in" / "components")
            job = {"run_id": model_id[0], "spec": spec, **self._place(child, files), **self._begin(child, spec)}
            question = {"ask": "evaluate_dataset", "job": job, "model": "model"}
            return dict(child.ask(question, seconds=JOB_SECONDS))

    def _place(self, child: AnsweringChild, files: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Parts and weights, laid into the child's folder; each file is `{name, sha256, format, profile, link}`."""
        staged: dict[str, dict[str, Any]] = {"parts": {}, "weights": {}}
        for part, file in files.items():
            path = f"in/{part}.{file['format']}"
            with told_at("/dataset"):
                place_dataset(
                    self._files, self._links, sha256=file["sha256"], link=file.get("link"), at=child.folder / path
                )
            is_weights = file["format"] == "weights"
            group, name = ("weights", file["name"]) if is_weights else ("parts", part)
            staged[group][name] = {"path": path, "profile": file["profile"]}
        return staged

    def _begin(self, child: AnsweringChild, spec: dict[str, Any]) -> dict[str, Any]:
        """What other runs left for a job's model; raises InputRefused."""
        try:
            return {"starts": stage_starts(self._database, self._blobs, self._files, spec, child.folder)}
        except StartLost as error:
            raise InputRefused([{"pointer": "/model/run", "message": str(error), "code": "bad_reference"}]) from error

    def plan_flight(self, run_id: str, question: dict[str, Any]) -> dict[str, Any]:
        """The pre-flight of a run that was submitted, when there is time for it."""
        self._flights.plan(run_id, question)
        return {}

    def preflight(
        self,
        spec: dict[str, Any],
        parts: dict[str, dict[str, Any]],
        components: dict[str, str],
        *,
        is_patient: bool = False,
    ) -> dict[str, Any]:
        """A run in small; `parts`: each part's `{sha256, format, profile, link}`, `components`: SHA-256 by name."""
        with self._fresh_child() as child:
            if is_patient:
                child.give_way()
            self._lay_components(components, child.folder / "in" / "components")
            job = {"run_id": "preflight", "spec": spec, **self._place(child, parts), **self._begin(child, spec)}
            return dict(child.ask({"ask": "preflight", "job": job}, seconds=PREFLIGHT_SECONDS))

    def profile(self, blob: str, filename: str) -> dict[str, Any]:
        """The profile of an uploaded file."""
        with self._fresh_child() as child:
            self._blobs.get_file(blob, child.folder / "upload")
            return {"profile": self._ask_profile(child, filename)}

    def link(self, location: str) -> dict[str, Any]:
        """The profile of what stays where it is, with its hash and the link that finds it again."""
        with self._fresh_child() as child:
            file = child.folder / "upload"
            with told_at("/location"):
                link = self._links.survey(location, file)
            about = {"link": link, "sha256": hash_file(file), "bytes": file.stat().st_size}
            return {**about, "profile": self._ask_profile(child, location.rstrip("/").rpartition("/")[2])}

    def _ask_profile(self, child: AnsweringChild, filename: str) -> Any:
        """The profile of the child's file `upload`."""
        try:
            return child.ask({"ask": "profile", "path": "upload", "filename": filename}, seconds=PROFILE_SECONDS)
        except OutOfMemory as error:
            limit = f"{self._settings.check_memory_mb} MB of memory"
            raise InputRefused([too_large(filename, limit)]) from error
        except OutOfTime as error:
            raise InputRefused([too_large(filename, f"{PROFILE_SECONDS:.0f} seconds")]) from error

    def import_model(
        self, blob: str, run_id: str, name: str, packages: list[dict[str, Any]], export: list[str]
    ) -> dict[str, Any]:
        """What a run leaves, made of a `.keras` file and stored as that run's.

        `packages` are the components that have its classes: name, version, manifest and SHA-256 of each.
        """
        with self._fresh_child() as child:
            self._lay_components({part["name"]: part["sha256"] for part in packages}, child.folder / "components")
            self._blobs.get_file(blob, child.folder / "upload")
            question = {"ask": "import", "path": "upload", "name": name, "packages": packages, "export": export}
            made = child.ask(question, seconds=PREFLIGHT_SECONDS)
            return store_imported(self._blobs, run_id, child.folder / "out", made)

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
        return {"predictions": self._models.ask((run_id, attempt), {"ask": "predict", "instances": instances})}

    def predict_together(self, run_id: str, attempt: int, parts: list[list[Any]]) -> dict[str, Any]:
        """Several callers' rows at once: for each `{predictions}` or `{faults}`."""
        return {"answers": self._models.ask((run_id, attempt), {"ask": "predict_together", "parts": parts})}

    def explain(self, run_id: str, attempt: int, instances: list[Any], question: dict[str, Any]) -> dict[str, Any]:
        """What each raw row's outputs depend on."""
        asked = {"ask": "explain", "instances": instances, "question": question}
        return {"explanations": self._models.ask((run_id, attempt), asked)}

    def weights(self, checkpoint: dict[str, Any], against: dict[str, Any] | None = None) -> dict[str, Any]:
        """A checkpoint's weights in numbers, and their differences from another's; each `{prefix, manifest}`."""
        with self._fresh_child() as child:
            for folder, wanted in (("checkpoint", checkpoint), ("against", against)):
                if wanted is not None:
                    fetch_checkpoint(self._blobs, wanted["prefix"], wanted["manifest"], child.folder / folder)
            question = {"ask": "weights", "folder": "checkpoint", "against": "against" if against else None}
            return {"weights": child.ask(question, seconds=WEIGHTS_SECONDS)}

    def close(self) -> None:
        self._flights.close()
        self._jobs.close()
        self._nursery.close()
        self._models.close()
        self._mother.close()
        self._database.close()

    def _lay_components(self, components: dict[str, str], folder: Path) -> None:
        """Packages (SHA-256 by name) for a child to import; raises NoSandbox where there are any and it may not."""
        if components:
            require_working(self._sandbox)
        place_components(self._files, components, folder)

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


@contextmanager
def told_at(pointer: str) -> Iterator[None]:
    """A link that is refused is a fault of what was sent."""
    try:
        yield
    except LinkRefused as error:
        raise InputRefused([{"pointer": pointer, "message": str(error), "code": "link_refused"}]) from error


def too_large(filename: str, limit: str) -> dict[str, Any]:
    message = f"{filename} cannot be read within {limit}: split it, or save it as Parquet."
    return {"pointer": "/file", "message": message, "code": "too_large", "found": filename}


def not_imported(how: str) -> dict[str, Any]:
    message = f"the source cannot be imported {how}: keep what computes inside functions and classes"
    return {"pointer": "/source", "message": message, "code": "bad_data"}
