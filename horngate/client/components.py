"""Components of a service: uploaded Python source with Keras objects."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from horngate.client.capturing import capture, guess_name
from horngate.client.service import Service
from horngate.errors import UsageError

MOST_FILES = 200
Captureable = Callable[..., Any] | Sequence[Callable[..., Any]]
Source = str | os.PathLike[str] | Captureable


class Component:
    """One version of a component; `about` is the service's description of it."""

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

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Its classes and functions, with their families and arguments."""
        return list(self.about["objects"])

    @property
    def offers(self) -> str:
        """The names of its objects, or of its files: a script has no objects."""
        return ", ".join(part["name"] for part in self.objects) or ", ".join(self.about.get("files", []))

    def files(self) -> dict[str, str]:
        """Its source, by path."""
        return dict(self.service.get(f"/v1/components/{self.id}/source")["files"])

    def delete(self) -> None:
        self.service.delete(f"/v1/components/{self.id}")

    def __repr__(self) -> str:
        return f"<Component {self.reference} {self.id}: {self.offers}>"


class Components:
    """All components that the caller may see."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def add(self, source: Source, name: str | None = None) -> Component:
        """Upload a .py file, the folder of a package, a .zip of one, or, with a name, source as a text; or classes and
        functions as they are, one or a list, whose source is captured with all that it mentions (CaptureRefused).

        A known name makes its next version; equal source returns the version that has it.
        """
        if not isinstance(source, str | os.PathLike):
            return self._create(capture_body(source, name))
        if isinstance(source, str) and "\n" in source:
            if name is None:
                raise UsageError("A text has no file name: give the component a name, add(source, name='robust').")
            return self._create({"name": name, "source": source})
        path = Path(source).expanduser()
        if path.is_dir():
            return self._create({"name": name or path.resolve().name, "files": read_folder(path)})
        if not path.is_file():
            raise UsageError(f"There is no file or folder {path}.")
        if path.suffix == ".zip":
            about = self.service.create(
                "/v1/components", make_files=lambda: {"file": (path.name, path.read_bytes())}, name=name or path.stem
            )
            return Component(self.service, about)
        if name is not None and path.stem.isidentifier():  # a script keeps its file's name, by which it is run
            return self._create({"name": name, "files": {path.name: read_text(path)}})
        return self._create({"name": name or path.stem, "source": read_text(path)})

    def list(self, name: str | None = None, limit: int | None = None) -> Iterator[Component]:
        """Newest first; with a name, its versions."""
        found = self.service.list("/v1/components", name=name, limit=limit)
        return (Component(self.service, about) for about in found)

    def get(self, reference: str) -> Component:
        """By id, name (the latest) or name@version."""
        return Component(self.service, self.service.get(f"/v1/components/{reference}"))

    def delete(self, reference: str) -> None:
        self.get(reference).delete()

    def check(
        self, source: Source, *, config: Mapping[str, Any] | None = None, code: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The doctor's report of a .py file, a package's folder, or classes and functions as they are, none of which is
        kept; or of a component by its name.

        `config`: arguments by object, where the doctor cannot guess them; `code`: objects to show AutoGraph's code of.
        """
        asked = {"config": dict(config or {}), "code": list(code)}
        if not isinstance(source, str | os.PathLike):
            return dict(self.service.post("/v1/components:check", {**capture_body(source, None), **asked}))
        path = Path(source).expanduser()
        if path.is_dir():
            body = {"name": path.resolve().name, "files": read_folder(path)}
        elif path.is_file():
            body = {"name": path.stem, "source": read_text(path)}
        else:
            return dict(self.service.post(f"/v1/components/{source}:check", asked))
        return dict(self.service.post("/v1/components:check", {**body, **asked}))

    def _create(self, json: Mapping[str, Any]) -> Component:
        return Component(self.service, self.service.create("/v1/components", json))


def capture_body(source: Captureable, name: str | None) -> dict[str, Any]:
    """A component of live objects; raises CaptureRefused."""
    objects = list(source) if isinstance(source, list | tuple) else [source]
    captured = capture(objects)
    return {"name": name or guess_name(objects), "source": captured.source}


def read_folder(folder: Path) -> dict[str, str]:
    """The modules of a package by their paths below its folder."""
    found = sorted(path for path in folder.rglob("*.py") if not any(part.startswith(".") for part in path.parts))
    if not found or len(found) > MOST_FILES:
        raise UsageError(f"{folder} holds {len(found)} .py files; a component has 1 to {MOST_FILES}.")
    return {path.relative_to(folder).as_posix(): read_text(path) for path in found}


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text.") from error
