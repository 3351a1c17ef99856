"""The files that a run leaves: fetched, checked, loaded."""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from horngate.client.service import Service
from horngate.errors import HorngateError, UsageError

MODEL = "model.keras"


def download_artifacts(service: Service, run_path: str, folder: Path) -> Path:
    """All files of a run; those that are there already, byte for byte, are not fetched again."""
    files = list(service.list(f"{run_path}/artifacts"))
    if not files:
        raise UsageError("This run has left no files (yet): it has to succeed first.")
    for file in files:
        download_artifact(service, run_path, file, folder)
    return folder


def write_ejected(service: Service, files: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Files that came with their text, and those that are fetched."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file["text"] is None:
            fetch_file(service, file["href"], file, folder)
            continue
        target = place_in(folder, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file["text"], encoding="utf-8")
    return folder


def place_in(folder: Path, file: Mapping[str, Any]) -> Path:
    """Where the file goes, which is nowhere else than in the folder."""
    target = (folder / str(file["path"])).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise HorngateError(f"The service named a file outside the folder: {file['path']!r}.")
    return target


def download_artifact(service: Service, run_path: str, file: Mapping[str, Any], folder: Path) -> Path:
    """One file of a run, put in place only when its hash is right."""
    return fetch_file(service, f"{run_path}/artifacts/{quote(file['path'])}", file, folder)


def fetch_file(service: Service, address: str, file: Mapping[str, Any], folder: Path) -> Path:
    """The same from an address."""
    target = place_in(folder, file)
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == file["sha256"]:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    digest = hashlib.sha256()
    with service.stream(address) as answer, draft.open("wb") as copy:
        for part in answer.iter_bytes():
            digest.update(part)
            copy.write(part)
    if digest.hexdigest() != file["sha256"]:
        draft.unlink()
        raise HorngateError(f"{file['path']} did not arrive whole. Try again.")
    return draft.replace(target)


def download_checkpoint(service: Service, run_path: str, checkpoint: str | int, name: str, folder: Path) -> Path:
    """One file of a checkpoint, which is given by its name or its epoch; raises UsageError where it has none such."""
    kept = [each for each in service.list(f"{run_path}/checkpoints") if checkpoint in (each["name"], each["epoch"])]
    files = {file["path"]: file for each in kept if each["step"] == 0 for file in each["files"]}
    if name not in files:
        raise UsageError(f"This run keeps no {name} of the checkpoint {checkpoint}: see fit.checkpoint in its spec.")
    return fetch_file(service, f"{run_path}/checkpoints/{checkpoint}/{name}", files[name], folder)


def load_model(service: Service, run_path: str) -> Any:
    """Fetch the model and load it with the Keras that is installed here."""
    try:
        import keras
    except ImportError:
        raise UsageError(
            "load_model needs Keras here: pip install keras tensorflow. Or use run.download(folder)."
        ) from None
    files = {file["path"]: file for file in service.list(f"{run_path}/artifacts")}
    if MODEL not in files:
        raise UsageError("This run has left no model (yet): it has to succeed first.")
    with tempfile.TemporaryDirectory(prefix="horngate-") as folder:
        return keras.saving.load_model(download_artifact(service, run_path, files[MODEL], Path(folder)))
