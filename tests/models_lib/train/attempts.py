"""Attempt folders as a worker makes them, and tables small enough to train on in a second."""

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models_lib.components.describing import describe_package
from models_lib.components.importing import import_package
from models_lib.components.packing import write_files
from models_lib.data.profile import profile_dataset
from models_lib.spec.components import Package
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from models_lib.spec.starts import PREPROCESSING
from models_lib.train.job import Job, JobPart, JobStart
from models_lib.train.session import Outcome, train
from models_lib.train.wishes import Wishes

KINDS = ("inland", "bay", "ocean")


def write_table(path: Path, columns: dict[str, Any]) -> Path:
    """A CSV file; None is a gap."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def houses(rows: int = 200, *, gaps: bool = True, seed: int = 7) -> dict[str, Any]:
    """Rooms, age (with gaps) and a kind of place decide a price; `grade` is one of three words, `sold` of two."""
    generator = np.random.default_rng(seed)
    rooms = generator.integers(1, 9, rows)
    age = generator.uniform(0, 50, rows).round(1)
    kind = generator.integers(0, 3, rows)
    price = 100_000 + 30_000 * rooms - 900 * age + 20_000 * kind + generator.normal(0, 5_000, rows)
    ages = [None if gaps and at % 10 == 3 else value for at, value in enumerate(age.tolist())]
    return {
        "rooms": rooms.tolist(),
        "age": ages,
        "place name": [KINDS[at] for at in kind],
        "price": price.round(2).tolist(),
        "grade": [("low", "mid", "top")[at] for at in np.digitize(price, np.quantile(price, [0.33, 0.66]))],
        "sold": [("no", "yes")[int(value)] for value in price > np.median(price)],
    }


def lay_packages(folder: Path, sources: Mapping[str, str]) -> list[Package]:
    """The sources as packages in a folder, and what they offer."""
    for name, source in sources.items():
        write_files({"__init__.py": source}, folder / name)
    return [Package(name, 1, describe_package(import_package(name, folder))) for name in sources]


@dataclass
class Attempt:
    """One folder; `reports` are what the training said."""

    folder: Path
    job: Job
    reports: list[dict[str, Any]] = field(default_factory=list)

    def train(
        self,
        should_stop: Callable[[], bool] = lambda: False,
        hear: Callable[[Any], None] | None = None,
        should_pause: Callable[[], bool] = lambda: False,
        changes: Callable[[], dict[str, Any] | None] = lambda: None,
    ) -> Outcome:
        def report(message: dict[str, Any]) -> None:
            self.reports.append(message)
            if hear is not None:
                hear(message)

        return train(self.job, self.folder, report, Wishes(should_stop, should_pause, changes))

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [report for report in self.reports if report["kind"] == kind]

    @property
    def artifacts(self) -> Path:
        return self.folder / "out" / "artifacts"

    @property
    def curves(self) -> list[tuple[int, dict[str, float]]]:
        return [(report["epoch"], report["metrics"]) for report in self.of_kind("epoch")]


def make_attempt(
    folder: Path,
    text: str,
    tables: dict[str, Path],
    *,
    resume: Path | None = None,
    attempt: int = 1,
    components: Mapping[str, str] | None = None,
    starts: Mapping[str, Attempt] | None = None,
) -> Attempt:
    """The folder of a run of this spec (YAML); `tables` are files by the data set's name in the spec.

    `components` are sources of modules by name; a process imports each name once. `starts` are trained attempts by
    run and checkpoint.
    """
    (folder / "in").mkdir(parents=True)
    profiles = {name: profile_dataset(path, path.name) for name, path in tables.items()}
    packages = lay_packages(folder / "in" / "components", components or {})
    spec = resolve_spec(read_document(text), profiles, components=packages).spec
    names = {"train": spec.dataset, "validation": spec.split.validation_dataset, "test": spec.split.test_dataset}
    parts = {}
    for part, name in names.items():
        if name is not None:
            placed = folder / "in" / f"{part}{tables[name].suffix}"
            placed.write_bytes(tables[name].read_bytes())
            parts[part] = JobPart(path=f"in/{placed.name}", profile=profiles[name])
    weights = {name: profile for name, profile in profiles.items() if profile.format == "weights"}
    for name in weights:
        (folder / "in" / tables[name].name).write_bytes(tables[name].read_bytes())
    job = Job(
        run_id="run_1",
        attempt=attempt,
        spec=spec,
        parts=parts,
        weights={name: JobPart(path=f"in/{tables[name].name}", profile=profile) for name, profile in weights.items()},
        starts={key: _lay_start(folder, key, started) for key, started in (starts or {}).items()},
        resume=str(resume) if resume else None,
        threads=1,
    )
    return Attempt(folder, job)


def _lay_start(folder: Path, key: str, started: Attempt) -> JobStart:
    """The checkpoint of a trained run, and what it learned."""
    name = key.partition("/")[2]
    path = folder / "in" / "starts" / name
    kept = sorted((started.folder / "out" / "checkpoints").glob(f"{name}-*"))[-1]
    shutil.copytree(kept, path / "checkpoint")
    shutil.copy(started.artifacts / PREPROCESSING, path)
    return JobStart(path=str(path.relative_to(folder)))
