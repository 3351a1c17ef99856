"""Whether the broker and the store of files, on which the service stands, are as they should be; how to mend them."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError

from store.blobs import Blobs
from store.errors import BlobsAway
from store.findings import Finding
from store.queue import redis_url
from store.settings import Settings

PATIENCE_SECONDS = 2.0
LEAST_LEFT_BYTES = 100_000_000
PROBE = "is-it-there"


def look_at_broker(settings: Settings) -> Finding:
    """That it answers as a Valkey does; a Redis before 6 does not, since it knows no HELLO."""
    where = plain_address(settings.broker_url)
    mend = (
        f"Look whether Valkey (or Redis 6 or newer) runs and HORNGATE_BROKER_URL ({where}) is right. "
        "Runs are queued meanwhile and wait."
    )
    waits = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    try:
        with Redis.from_url(redis_url(settings.broker_url), **waits) as broker:
            said = broker.info("server")
    except (RedisError, OSError, ValueError) as error:
        return Finding("broker", False, f"{where} does not answer as a broker does: {error}", mend)
    name, version = ("Valkey", "valkey_version") if "valkey_version" in said else ("Redis", "redis_version")
    return Finding("broker", True, f"{name} {said.get(version)} answers")


def look_at_files(settings: Settings, blobs: Blobs) -> Finding:
    """That files can be read, and in a folder written, too."""
    scheme, _, root = settings.blobs_url.partition("://")
    if scheme == "file":
        return look_at_folder(Path(root))
    mend = "Look whether S3 runs and HORNGATE_BLOBS_URL, HORNGATE_S3_ENDPOINT and the key are right. Runs wait for it."
    try:
        blobs.exists(PROBE)
    except BlobsAway as error:
        return Finding("files", False, str(error), mend)
    return Finding("files", True, f"{settings.blobs_url} answers")


def look_at_folder(folder: Path) -> Finding:
    """The folder of files, or where it will be."""
    place = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(place, os.W_OK):
        mend = "Mount it for writing, and let the service's user write there."
        return Finding("files", False, f"{folder} cannot be written", mend)
    free = shutil.disk_usage(place).free
    mend = f"Make room on the disk of {folder}: delete runs and data sets that nobody needs; HOME/cache may go."
    return Finding("files", free > LEAST_LEFT_BYTES, f"{free / 1e6:.0f} MB free in {folder}", mend)


def plain_address(url: str) -> str:
    """The URL without the name and the password in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
