"""Work over whole data sets: predictions to download, scores to read."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from horngate.client.service import Service
from horngate.errors import HorngateError, JobFailed

PAUSES = (0.1, 0.2, 0.5, 1.0)
Told = Callable[[int, int], None]


class DatasetJob:
    """One job; `about` is the service's description of it as of the last look."""

    def __init__(self, service: Service, about: Mapping[str, Any]) -> None:
        self.service = service
        self.about = dict(about)

    @property
    def is_final(self) -> bool:
        return str(self.about["status"]) != "running"

    @property
    def metrics(self) -> dict[str, float]:
        """Of an evaluation: loss and metrics by Keras' names."""
        return dict(self.about["metrics"] or {})

    def refresh(self) -> "DatasetJob":
        """Look again."""
        self.about = dict(self.service.get(self.about["href"]))
        return self

    def wait(self, *, told: Told | None = None) -> "DatasetJob":
        """Come back when it has succeeded; raises JobFailed. `told(rows, of)` follows."""
        looks = 0
        while not self.is_final:
            time.sleep(PAUSES[min(looks, len(PAUSES) - 1)])
            looks += 1
            progress = self.refresh().about.get("progress")
            if told and progress:
                told(progress["rows"], progress["of"])
        if self.about["status"] != "succeeded":
            raise JobFailed(f"The job {self.about['id']} failed: {self.about['reason']}", self.about)
        return self

    def predictions(self) -> Iterator[Any]:
        """One prediction after another, in the order of the data set's rows."""
        with self.service.stream(self.about["result"]) as answer:
            yield from (json.loads(line) for line in answer.iter_lines())

    def download(self, file: str | os.PathLike[str]) -> Path:
        """The predictions as a file, a line of JSON per row; put in place when all of it is there."""
        target = Path(file).expanduser()
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with self.service.stream(self.about["result"]) as answer, draft.open("wb") as copy:
                for part in answer.iter_bytes():
                    copy.write(part)
                wanted = answer.headers.get("Content-Length")
            if wanted is not None and draft.stat().st_size != int(wanted):
                raise HorngateError(f"{target.name} did not arrive whole. Try again.")
            return draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def __repr__(self) -> str:
        return f"<Job {self.about['id']}: {self.about['kind']} {self.about['dataset']}, {self.about['status']}>"
