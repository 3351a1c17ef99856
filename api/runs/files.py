"""A run's files, streamed from the blobs: one of them, or all in an archive."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from api.parts import Parts
from store import results, rows, runs
from store.access import Caller
from store.errors import NotFound

PIECE: Final = 256 * 2**10
SHUT_IN: Final = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}


def download_one(here: Parts, caller: Caller, run_id: str, path: str) -> StreamingResponse:
    """One file, always as an attachment; raises NotFound, BlobMissing, BlobsAway."""
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        artifact = results.get_artifact(session, run_id, path)
    key = results.artifact_key(artifact)
    return send_blob(here, key, path, sha256=artifact.sha256, media_type=artifact.media_type)


def download_checkpoint(here: Parts, caller: Caller, run_id: str, name: str, file: str) -> StreamingResponse:
    """One file of a checkpoint; raises NotFound, BlobMissing, BlobsAway."""
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        checkpoint = results.get_checkpoint(session, run_id, name)
    manifest: dict[str, Any] = checkpoint.manifest
    if file not in manifest:
        raise NotFound("checkpoint file", file)
    key, sha256 = f"{checkpoint.prefix}/{file}", manifest[file]["sha256"]
    return send_blob(here, key, file, sha256=sha256, media_type="application/octet-stream")


def send_blob(here: Parts, key: str, path: str, *, sha256: str, media_type: str) -> StreamingResponse:
    """A blob as an attachment that is called as the last part of its path."""
    headers = {
        **SHUT_IN,
        "Content-Disposition": attachment(PurePosixPath(path).name),
        "Content-Length": str(here.blobs.size(key)),
        "ETag": f'"{sha256}"',
    }
    return StreamingResponse(read_pieces(here, key), media_type=media_type, headers=headers)


def read_pieces(here: Parts, key: str) -> Iterator[bytes]:
    """The file's bytes, a piece at a time."""
    with here.blobs.open(key) as file:
        while piece := file.read(PIECE):
            yield piece


def download_all(here: Parts, caller: Caller, run_id: str) -> StreamingResponse:
    """Every file of the run in one archive, which is made while it is sent; raises NotFound, BlobMissing, BlobsAway."""
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        artifacts = results.list_artifacts(session, run_id)
    for artifact in artifacts[:1]:
        here.blobs.size(results.artifact_key(artifact))  # once the archive has begun, no error can be told any more
    headers = {**SHUT_IN, "Content-Disposition": attachment(f"{run_id}.zip")}
    return StreamingResponse(zip_pieces(here, artifacts), media_type="application/zip", headers=headers)


def zip_pieces(here: Parts, artifacts: list[rows.Artifact]) -> Iterator[bytes]:
    """The archive's bytes. Nothing is compressed: what is large in it is compressed already."""
    outlet = Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for artifact in artifacts:
            entry = zipfile.ZipInfo(artifact.path, artifact.created_at.timetuple()[:6])
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in read_pieces(here, results.artifact_key(artifact)):
                    file.write(piece)
                    yield outlet.take()
    yield outlet.take()


class Outlet(io.RawIOBase):
    """A file that cannot be sought, from which what was written is taken away."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def write(self, data: object) -> int:
        """Keep the bytes until they are taken."""
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._written = bytes(self._written), bytearray()
        return taken


def attachment(name: str) -> str:
    """A Content-Disposition that every browser reads."""
    plain = name.encode("ascii", "replace").decode().translate({ord(c): "_" for c in '"\\?'})
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
