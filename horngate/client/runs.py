"""Runs of a service: create, watch, end, use."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from horngate.client.artifacts import download_artifacts, download_checkpoint, load_model, write_ejected
from horngate.client.events import follow_events
from horngate.client.jobs import DatasetJob, Told
from horngate.client.service import Service
from horngate.errors import RunFailed, UsageError

FINAL = ("succeeded", "failed", "cancelled")


class Run:
    """One run; `about` is the service's description of it as of the last look."""

    def __init__(self, service: Service, about: Mapping[str, Any]) -> None:
        self.service = service
        self.about = dict(about)

    @property
    def id(self) -> str:
        return str(self.about["id"])

    @property
    def name(self) -> str:
        return str(self.about["name"])

    @property
    def status(self) -> str:
        return str(self.about["status"])

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def spec(self) -> dict[str, Any]:
        """The resolved spec: every default written out."""
        return dict(self.about["spec"] if "spec" in self.about else self.refresh().about["spec"])

    @property
    def url(self) -> str:
        """Its page in the dashboard."""
        return self.address("page")

    def address(self, link: str) -> str:
        """One of its links, with the host that we speak to."""
        path = str(self.about["links"][link])
        return path if "://" in path else self.service.url + path

    def board_with(self, others: Iterable["Run"]) -> str:
        """The address of one TensorBoard over this run and others, each under its name."""
        asked = {"runs": [self.id, *(other.id for other in others)]}
        return self.service.url + str(self.service.create("/v1/boards", json=asked)["url"])

    @property
    def path(self) -> str:
        return f"/v1/runs/{self.id}"

    def refresh(self) -> "Run":
        """Look again."""
        self.about = dict(self.service.get(self.path))
        return self

    def events(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Events as they come, up to the run's end."""
        return follow_events(self.service, self.id, after)

    def wait(self) -> "Run":
        """Come back when it has succeeded; raises RunFailed when it did not."""
        if not self.is_final:
            for _ in self.events(after=int(self.about.get("last_seq") or 0)):
                pass
            self.refresh()
        if self.status != "succeeded":
            raise RunFailed(describe_end(self.about), self.about)
        return self

    def logs(self, level: str | None = None) -> Iterator[dict[str, Any]]:
        """Every line that it has printed so far."""
        after = None
        while True:
            page = self.service.get(f"{self.path}/logs", after=after, level=level)
            yield from page["data"]
            after = page.get("next_cursor")
            if not page["has_more"]:
                return

    def metrics(self, names: Sequence[str] | None = None, max_points: int | None = None) -> dict[str, list[Any]]:
        """Its curves: name -> [[epoch or step, value], …]."""
        answer = self.service.get(f"{self.path}/metrics", names=list(names or ()) or None, max_points=max_points)
        return {series["name"]: series["points"] for series in answer["series"]}

    def summary(self) -> dict[str, Any]:
        """Layers, shapes and parameters."""
        return dict(self.service.get(f"{self.path}/summary"))

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """One prediction per raw row, a mapping by column name."""
        if isinstance(rows, Mapping):
            raise UsageError("predict takes a list of rows: run.predict([{...}]).")
        answer = self.service.post(f"{self.path}:predict", {"instances": list(rows)})
        return list(answer["predictions"])

    def predict_dataset(self, dataset: str) -> DatasetJob:
        """Begin to predict every row of a data set (name, name@version or id): `.wait().predictions()` gives them."""
        return DatasetJob(self.service, self.service.post(f"{self.path}:predict", {"dataset": dataset}))

    def evaluate(self, dataset: str, *, told: Told | None = None) -> dict[str, float]:
        """Loss and metrics on a data set (name, name@version or id), by Keras' names; raises JobFailed."""
        return self.start_evaluation(dataset).wait(told=told).metrics

    def start_evaluation(self, dataset: str) -> DatasetJob:
        """Begin to evaluate a data set."""
        return DatasetJob(self.service, self.service.post(f"{self.path}:evaluate", {"dataset": dataset}))

    def explain(self, rows: Sequence[Mapping[str, Any]], method: str = "gradients", **asked: Any) -> list[Any]:
        """What each row's outputs depend on: gradients, jacobian or integrated_gradients."""
        question = {name: value for name, value in asked.items() if value is not None}
        answer = self.service.post(f"{self.path}:explain", {"instances": list(rows), "method": method, **question})
        return list(answer["explanations"])

    def weights(
        self, checkpoint: str | int | None = None, *, against: str | int | None = None, against_run: str | None = None
    ) -> dict[str, Any]:
        """A checkpoint's weights in numbers, and their differences from another checkpoint's, perhaps another run's."""
        asked = {"checkpoint": checkpoint, "against": against, "against_run": against_run}
        return dict(self.service.get(f"{self.path}/weights", **asked))

    def stop(self) -> "Run":
        """End it early and keep its work."""
        self.about = dict(self.service.post(f"{self.path}:stop"))
        return self

    def pause(self) -> "Run":
        """Free its worker within seconds; `resume` goes on at the batch where it left."""
        self.about = dict(self.service.post(f"{self.path}:pause"))
        return self

    def resume(self) -> "Run":
        """Queue it again after a pause."""
        self.about = dict(self.service.post(f"{self.path}:resume"))
        return self

    def extend(self, epochs: int) -> "Run":
        """So many epochs more: this run while it lasts, else a new one that goes on from its last checkpoint."""
        return Run(self.service, self.service.create(f"{self.path}:extend", json={"epochs": epochs}))

    def clone(self, changes: Mapping[str, Any] | None = None) -> "Run":
        """A new run of its spec, with a JSON Merge Patch: run.clone({"fit": {"epochs": 50}})."""
        return Run(self.service, self.service.create(f"{self.path}:clone", json={"changes": dict(changes or {})}))

    def steer(self, **changes: Any) -> "Run":
        """Change learning_rate, patience, epochs or checkpoint_every under way."""
        self.about = dict(self.service.patch(f"{self.path}/live", changes))
        return self

    def cancel(self) -> "Run":
        """End it at once."""
        self.about = dict(self.service.post(f"{self.path}:cancel"))
        return self

    def delete(self) -> None:
        self.service.delete(self.path)

    def download(self, folder: str | os.PathLike[str] | None = None) -> Path:
        """Its files, checked against their hashes, into `folder` (else one named after the run)."""
        return download_artifacts(self.service, self.path, Path(folder or self.id))

    def download_checkpoint(
        self, checkpoint: str | int, folder: str | os.PathLike[str], file: str = "state.npz"
    ) -> Path:
        """A file of a checkpoint (best, last, or an epoch): all its arrays by name, or `core.weights.h5`."""
        return download_checkpoint(self.service, self.path, checkpoint, file, Path(folder))

    def eject(self, folder: str | os.PathLike[str] | None = None) -> Path:
        """The run as a plain Keras script, with the versions and the data that it needs named beside it."""
        place = Path(folder or f"{self.id}-eject")
        return write_ejected(self.service, self.service.get(f"{self.path}/eject")["files"], place)

    def load_model(self) -> Any:
        """The trained model in Keras, which takes raw rows; imports Keras."""
        return load_model(self.service, self.path)

    def __repr__(self) -> str:
        return f"<Run {self.name!r} {self.id}: {self.status}>"


class Runs:
    """All runs that the caller may see."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def create(self, spec: Mapping[str, Any] | str | os.PathLike[str], *, preflight: bool = True) -> Run:
        """Submit a spec: a mapping, a file, or YAML text. Raises Refused with every fault at once.

        A run that takes a while is tried in small beside it, unless `preflight` is false.
        """
        body = as_submission(spec) | ({} if preflight else {"preflight": False})
        return Run(self.service, self.service.create("/v1/runs", json=body))

    def import_model(
        self,
        file: str | os.PathLike[str],
        name: str | None = None,
        *,
        components: Sequence[str] = (),
        export: Sequence[str] = (),
    ) -> Run:
        """A trained `.keras` file as a completed run: predicted with, explained, and begun with by others.

        `components` have its own classes (`package@1`); `export` names formats to leave it in beside `keras`.
        """
        path = Path(file).expanduser()
        if not path.is_file():
            raise UsageError(f"There is no file {path}.")
        with ExitStack() as opened:
            about = self.service.create(
                "/v1/runs:import",
                make_files=lambda: {"file": (path.name, opened.enter_context(path.open("rb")))},
                name=name or path.stem,
                components=",".join(components),
                export=",".join(export),
            )
        return Run(self.service, about)

    def get(self, run_id: str) -> Run:
        return Run(self.service, self.service.get(f"/v1/runs/{run_id}"))

    def list(self, limit: int | None = None, **filters: Any) -> Iterator[Run]:
        """Newest first; `status`, `tag`, `name`, `dataset`, `sort` as the API has them."""
        return (Run(self.service, about) for about in self.service.list("/v1/runs", limit=limit, **filters))


def as_submission(spec: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, Any]:
    """The body for a spec. Text with one line that is a file's name is that file."""
    if isinstance(spec, Mapping):
        return {"spec": dict(spec)}
    if isinstance(spec, str) and ("\n" in spec or not Path(spec).expanduser().is_file()):
        if "\n" not in spec and ":" not in spec:
            raise UsageError(f"There is no file {spec}.")
        return {"text": spec}
    return {"text": Path(spec).expanduser().read_text(encoding="utf-8")}


def describe_end(about: Mapping[str, Any]) -> str:
    """How a run that did not succeed ended, and what to do."""
    failure = about.get("failure") or {}
    if not failure:
        return f"Run {about['id']} was {about['status']}."
    parts = [
        f"Run {about['id']} failed ({failure['kind']}): {failure['message']}",
        failure.get("frame"),
        failure.get("advice"),
    ]
    return "\n".join(part for part in parts if part)
