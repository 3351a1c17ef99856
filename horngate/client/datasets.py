"""Data sets of a service: add, list, look at, delete."""

import io
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from horngate.client.service import Service
from horngate.client.uploads import JUDGING, LARGE, send_in_parts
from horngate.errors import UsageError

Told = Callable[[int, int], None]


class Dataset:
    """One version of a data set; `about` is the service's description of it."""

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
    def reference(self) -> str:
        """`name@version`, as a spec has it."""
        return f"{self.name}@{self.about['version']}"

    def profile(self) -> dict[str, Any]:
        """Columns with their statistics."""
        return dict(self.service.get(f"/v1/datasets/{self.id}/profile"))

    def preview(self, rows: int = 20) -> dict[str, Any]:
        """The first rows."""
        return dict(self.service.get(f"/v1/datasets/{self.id}/preview", rows=rows))

    def delete(self) -> None:
        self.service.delete(f"/v1/datasets/{self.id}")

    def __repr__(self) -> str:
        return f"<Dataset {self.reference} {self.id}: {self.about['rows']:,} rows>"


class Datasets:
    """All data sets that the caller may see."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def add(
        self, data: str | os.PathLike[str] | Mapping[str, Any], name: str | None = None, *, told: Told | None = None
    ) -> Dataset:
        """Upload CSV, Parquet, JSON lines, NPZ or a zip of images; or a mapping of names to NumPy arrays (as NPZ).

        A known name makes its next version; equal bytes return the version that has them. `told(sent, total)` follows.
        A large file is sent in parts: after a lost connection, or when it is added again, it goes on where it stopped.
        """
        if isinstance(data, Mapping):
            if name is None:
                raise UsageError("Arrays have no file name: give the data set a name, add(arrays, name='digits').")
            return self.upload(lambda: io.BytesIO(packed(data)), f"{name}.npz", name, told)
        path = Path(data).expanduser()
        if not path.is_file():
            raise UsageError(f"There is no file {path}.")
        if path.stat().st_size >= LARGE:
            sent = send_in_parts(self.service, path, name or path.name.split(".")[0], told=told)
            return Dataset(self.service, sent)
        return self.upload(lambda: path.open("rb"), path.name, name or path.name.split(".")[0], told)

    def link(self, location: str | os.PathLike[str], name: str | None = None) -> Dataset:
        """A data set whose bytes stay where they are: a path as the service's machines see it, or s3://BUCKET/KEY.

        It must lie in a place that the operator allows (HORNGATE_LINK_PLACES).
        """
        place = str(location)
        place = place if "://" in place else str(Path(place).expanduser().absolute())
        asked = {"location": place} if name is None else {"location": place, "name": name}
        headers = {"Idempotency-Key": str(uuid.uuid4())}

        def ask() -> httpx.Response:
            return self.service.answer("POST", "/v1/datasets:link", json=asked, headers=headers, timeout=JUDGING)

        return Dataset(self.service, self.service.repeat(ask).json())

    def upload(self, reopen: Callable[[], BinaryIO], filename: str, name: str, told: Told | None) -> Dataset:
        with ExitStack() as opened:
            about = self.service.create(
                "/v1/datasets",
                make_files=lambda: {"file": (filename, Counted(opened.enter_context(reopen()), told))},
                name=name,
            )
        return Dataset(self.service, about)

    def find(self, sha256: str, name: str | None = None) -> Dataset | None:
        """The newest data set whose file has this hash (and this name), so that it need not be sent again."""
        found = self.service.get("/v1/datasets", sha256=sha256, name=name, limit=1)["data"]
        return Dataset(self.service, found[0]) if found else None

    def list(self, name: str | None = None, limit: int | None = None) -> Iterator[Dataset]:
        """Newest first; with a name, its versions."""
        return (Dataset(self.service, about) for about in self.service.list("/v1/datasets", name=name, limit=limit))

    def get(self, reference: str) -> Dataset:
        """By id, name (the latest) or name@version."""
        return Dataset(self.service, self.service.get(f"/v1/datasets/{reference}"))

    def delete(self, reference: str) -> None:
        self.get(reference).delete()


class Counted:
    """A file that tells how much of it has been read."""

    def __init__(self, file: BinaryIO, told: Told | None) -> None:
        self.file = file
        self.told = told
        self.total = file.seek(0, os.SEEK_END)
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        if self.told:
            self.told(self.file.tell(), self.total)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def seekable(self) -> bool:
        return True


def packed(arrays: Mapping[str, Any]) -> bytes:
    """An NPZ file of the arrays; NumPy is there when somebody has arrays."""
    import numpy as np

    columns = {name: np.asarray(array) for name, array in arrays.items()}
    for name, column in columns.items():
        if column.dtype == object:
            raise UsageError(
                f"Array {name!r} holds Python objects; give it a type, like np.asarray(values, 'float32')."
            )
    file = io.BytesIO()
    np.savez(file, **columns)  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
    return file.getvalue()
