"""Large files in parts: what has come stays there, and whoever sends the same file again goes on with the rest."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from horngate.client.service import Service

LARGE = 64 * 2**20
"""From this size on files are sent in parts."""
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between tries: a service may be started anew meanwhile."""
JUDGING = httpx.Timeout(900.0, connect=5.0)


def send_in_parts(
    service: Service,
    path: Path,
    name: str,
    *,
    told: Callable[[int, int], None] | None = None,
    part_bytes: int | None = None,
) -> dict[str, Any]:
    """The data set that the file has become; `told(sent, total)` counts what was there before as sent."""
    about = {"filename": path.name, "name": name, "bytes": path.stat().st_size, "sha256": hash_file(path)}
    upload = service.create("/v1/uploads", about if part_bytes is None else {**about, "part_bytes": part_bytes})
    if upload["dataset"] is not None:
        return dict(upload["dataset"])
    send_missing(service, path, upload, told or (lambda sent, total: None))
    complete = f"{upload['href']}:complete"
    return dict(service.repeat(lambda: service.answer("POST", complete, timeout=JUDGING), PATIENCE).json())


def send_missing(service: Service, path: Path, upload: dict[str, Any], told: Callable[[int, int], None]) -> None:
    """Every part that is not there yet."""
    sent, size = upload["received_bytes"], upload["part_bytes"]
    told(sent, upload["bytes"])
    with path.open("rb") as file:
        for number in sorted(set(range(1, upload["parts"] + 1)) - set(upload["received"])):
            file.seek((number - 1) * size)
            sent += send_part(service, f"{upload['href']}/parts/{number}", file.read(size))
            told(sent, upload["bytes"])


def send_part(service: Service, path: str, part: bytes) -> int:
    """Send one part until it has come; how long it is."""
    digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
    headers = {"Content-Type": "application/octet-stream", "Content-Digest": f"sha-256=:{digest}:"}
    service.repeat(lambda: service.answer("PUT", path, headers=headers, content=part), PATIENCE)
    return len(part)


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
