"""The predictor's forked child: checks a spec, profiles a file, or keeps a model and predicts with it."""

import socket
import traceback
from pathlib import Path
from typing import Any

from models_lib.build.check import check_model
from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset
from models_lib.export.explaining import Question
from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.types import RunSpec
from models_lib.train.job import Job
from models_lib.train.preflight import fly
from models_lib.train.weights import describe_weights
from models_lib.train.whole import evaluate_dataset, predict_dataset
from worker.predictor.framing import PeerGone, receive_message, send_message
from worker.predictor.warming import warm_up
from worker.trainer.limits import limit_memory

Answer = dict[str, Any]


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
        except (DataFault, InstancesRefused) as error:
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
            case {"ask": "check", "spec": spec, "profiles": profiles}:
                return {"ok": check(spec, profiles)}
            case {"ask": "evaluate_dataset", "job": job, "model": model}:
                return {"ok": evaluate_dataset(Job.model_validate(job), Path.cwd(), Path(model))}
            case {"ask": "preflight", "job": job}:
                return {"ok": fly(Job.model_validate(job), Path.cwd()).to_json()}
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
            case {"ask": "explain", "instances": instances, "question": asked} if self._model is not None:
                return {"ok": self._model.explain(instances, Question(**asked))}
            case {"ask": "predict_dataset", "path": path, "profile": profile} if self._model is not None:
                described = DatasetProfile.model_validate(profile)
                return {"ok": predict_dataset(self._model, Path(path), described, Path("predictions.jsonl"))}
        raise ValueError(f"unknown question {question.get('ask')!r}")


def check(spec: dict[str, Any], profiles: dict[str, Any] | None) -> Answer:
    """Keras' judgement of a resolved spec."""
    known = None if profiles is None else {name: DatasetProfile.model_validate(p) for name, p in profiles.items()}
    checked = check_model(RunSpec.model_validate(spec), known)
    return {
        "summary": checked.summary,
        "faults": [fault.model_dump(mode="json") for fault in checked.faults],
        "warnings": [warning.model_dump(mode="json") for warning in checked.warnings],
    }
