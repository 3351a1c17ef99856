"""The predictor's forked child: checks a spec, profiles a file, or keeps a model and predicts with it."""

import socket
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models_lib.build.check import check_model
from models_lib.components.describing import NameTaken, describe_package
from models_lib.components.doctor.package import examine_object
from models_lib.components.importing import ImportRefused, exists_elsewhere, import_components, import_objects
from models_lib.components.packing import (
    PackageRefused,
    check_files,
    check_name,
    name_files,
    pack,
    read_upload,
    write_files,
)
from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset
from models_lib.export.components import package_names
from models_lib.export.explaining import Question
from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from models_lib.spec.bindings import Windows
from models_lib.spec.components import ComponentManifest, Package
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.scripts import ScriptSpec, is_script
from models_lib.spec.types import RunSpec
from models_lib.train.importing import Extras, import_model
from models_lib.train.job import Job, ScriptJob
from models_lib.train.preflight import fly
from models_lib.train.script_check import check_script, fly_script
from models_lib.train.weights import describe_weights
from models_lib.train.whole import evaluate_dataset, predict_dataset
from worker.predictor.framing import PeerGone, receive_message, send_message
from worker.predictor.warming import warm_up
from worker.trainer.limits import limit_memory

Answer = dict[str, Any]
RESULT = Path("out/predictions.jsonl")


def run_answering(options: dict[str, Any], descriptors: list[int]) -> None:
    """The program of a child: warms Keras up, says so, then answers what is asked until nobody asks any more."""
    asked = socket.socket(fileno=descriptors[0])
    warm_up()
    send_message(asked, {"ready": True})
    answering = Answering()
    try:
        while True:
            send_message(asked, answering.answer(receive_message(asked)))
    except PeerGone:
        return


class Answering:
    """Answers are `{"ok": …}`, `{"faults": […]}` or `{"error": "memory" | "internal"}`."""

    def __init__(self) -> None:
        self._model: RowPredictor | None = None

    def answer(self, question: dict[str, Any]) -> Answer:
        try:
            return self._answer(question)
        except (DataFault, InstancesRefused, PackageRefused, ImportRefused, NameTaken) as error:
            return {"faults": [fault.model_dump(mode="json") for fault in error.faults]}
        except MemoryError:
            return {"error": "memory"}
        except Exception:  # noqa: BLE001 - the log says what it was; the caller learns that it was not the input
            traceback.print_exc()
            return {"error": "internal"}

    def _answer(self, question: dict[str, Any]) -> Answer:
        match question:
            case {"ask": "limit", "memory_mb": megabytes}:
                limit_memory(megabytes << 20)
                return {"ok": None}
            case {"ask": "describe", "name": name, "filename": filename, "files": files}:
                return {"ok": describe_component(name, filename, files)}
            case {"ask": "examine" | "read_source" as asked, "package": package, "object": name, **rest}:
                return {"ok": examine(package, name, **rest, is_run=asked == "examine")}
            case {"ask": "check", "spec": spec, "profiles": profiles}:
                return {"ok": check(spec, profiles)}
            case {"ask": "evaluate_dataset", "job": job, "model": model}:
                return {"ok": evaluate_dataset(Job.model_validate(job), Path.cwd(), Path(model))}
            case {"ask": "import", "path": path, "name": name, "packages": packages, "export": export}:
                extras = gather_extras(packages, export)
                return {"ok": import_model(Path(path), name, Path.cwd(), extras).to_json()}
            case {"ask": "preflight", "job": job}:
                return {"ok": preflight(job)}
            case {"ask": "profile", "path": path, "filename": filename}:
                return {"ok": profile_dataset(Path(path), filename).model_dump(mode="json")}
            case {"ask": "weights", "folder": folder, "against": against}:
                return {"ok": describe_weights(Path(folder), Path(against) if against else None)}
        return self._answer_with_model(question)

    def _answer_with_model(self, question: dict[str, Any]) -> Answer:
        match question:
            case {"ask": "load", "folder": folder}:
                self._model = RowPredictor(Path(folder))
                return {"ok": None}
            case {"ask": "predict", "instances": instances} if self._model is not None:
                return {"ok": self._model.predict(instances)}
            case {"ask": "predict_together", "parts": parts} if self._model is not None:
                return {"ok": [show_part(part) for part in self._model.predict_together(parts)]}
            case {"ask": "explain", "instances": instances, "question": asked} if self._model is not None:
                return {"ok": self._model.explain(instances, Question(**asked))}
            case {"ask": "predict_dataset", "path": path, "profile": profile, "windows": windows} if self._model:
                described = DatasetProfile.model_validate(profile)
                cut = None if windows is None else Windows.model_validate(windows)
                return {"ok": predict_dataset(self._model, Path(path), described, RESULT, cut)}
        raise ValueError(f"unknown question {question.get('ask')!r}")


def show_part(part: list[Any] | InstancesRefused) -> Answer:
    """One caller's answer of several."""
    if isinstance(part, InstancesRefused):
        return {"faults": [fault.model_dump(mode="json") for fault in part.faults]}
    return {"predictions": part}


def describe_component(name: str, filename: str, files: dict[str, str] | None) -> Answer:
    """A component's files as they are kept, and its manifest; raises PackageRefused, ImportRefused, NameTaken."""
    check_name(name)
    if exists_elsewhere(name):
        raise PackageRefused(f"{name!r} is the name of an installed module: choose another", pointer="/name")
    read = check_files(files) if files is not None else read_upload(Path("upload"), filename)
    folder = Path.cwd() / "tmp" / "components"  # of its own folder the child may write no other part
    write_files(read, folder / name)
    manifest = describe_package(import_objects(name, folder))
    described = manifest.model_copy(update={"files": name_files(name, filename, read, files)})
    return {"packed": pack(read).decode(), "manifest": described.model_dump(mode="json")}


def examine(
    package: str, name: str, config: Mapping[str, Any] | None = None, code: Sequence[str] = (), *, is_run: bool = True
) -> Answer:
    """The doctor's report of one object; raises ImportRefused."""
    folder = Path.cwd() / "components"
    manifest = describe_package(import_objects(package, folder))
    described = manifest.by_name[name]
    return examine_object(folder / package, described, config=config, code=code, is_run=is_run).to_json()


def gather_extras(packages: list[dict[str, Any]], export: list[str]) -> Extras:
    """What an import names: packages, imported here, and exports; raises ImportRefused."""
    folder = Path.cwd() / "components"
    named = tuple(
        Package(part["name"], part["version"], ComponentManifest.model_validate(part["manifest"]), is_pinned=True)
        for part in packages
    )
    import_components(tuple(package.name for package in named), folder)
    return Extras(named, tuple(export), folder if named else None)


def preflight(job: dict[str, Any]) -> Answer:
    """A run in small; a script is read and not run."""
    if is_script(job["spec"]):
        return fly_script(ScriptJob.model_validate(job), Path.cwd())
    return fly(Job.model_validate(job), Path.cwd()).to_json()


def check(spec: dict[str, Any], profiles: dict[str, Any] | None) -> Answer:
    """Keras' judgement of a resolved spec."""
    if is_script(spec):
        return check_script(ScriptSpec.model_validate(spec), Path.cwd() / "components")
    known = None if profiles is None else {name: DatasetProfile.model_validate(p) for name, p in profiles.items()}
    resolved = RunSpec.model_validate(spec)
    import_components(package_names(resolved), Path.cwd() / "components")
    checked = check_model(resolved, known)
    return {
        "summary": checked.summary,
        "faults": [fault.model_dump(mode="json") for fault in checked.faults],
        "warnings": [warning.model_dump(mode="json") for warning in checked.warnings],
    }
