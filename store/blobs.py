"""Files and bytes under keys: a local folder, a shared volume or S3. A key is never seen half written.

Whatever is asked of S3 while it is away raises BlobsAway.
"""

import glob
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import fsspec

from store.errors import BadBlobKey, BlobMissing, BlobsAway, SettingsRefused
from store.settings import Settings

LONGEST_KEY = 1000
PART_BYTES = 8 * 2**20
PARTS_AT_ONCE = 4
S3_CONNECTING = {"connect_timeout": 5, "retries": {"max_attempts": 2}}
"""Somebody may be waiting for the answer: botocore's own patience is half a minute and more."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)(\.{0,2})(/|$)")
_DRAFTS = ".drafts"


class Blobs:
    """The blob store that the settings name; raises SettingsRefused. Threads may share one."""

    def __init__(self, settings: Settings) -> None:
        scheme, _, root = settings.blobs_url.partition("://")
        if scheme not in ("file", "s3") or not root.strip("/"):
            raise SettingsRefused("HORNGATE_BLOBS_URL is neither file://FOLDER nor s3://BUCKET/PREFIX.")
        self._is_s3 = scheme == "s3"
        self._root = root.rstrip("/")
        self._files = connect_s3(settings) if self._is_s3 else fsspec.filesystem("file", auto_mkdir=True)
        self._away = _s3_away() if self._is_s3 else ()

    def put_file(self, key: str, path: Path) -> None:
        """Store the file's bytes under the key, replacing what was there at once."""
        with self._draft_of(key) as draft:
            if self._is_s3:
                self._files.put_file(str(path), draft, chunksize=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
            else:
                self._files.put_file(str(path), draft)

    def put_bytes(self, key: str, data: bytes) -> None:
        """Store the bytes under the key, replacing what was there at once."""
        with self._draft_of(key) as draft:
            self._files.pipe_file(draft, data)

    def get_file(self, key: str, path: Path) -> None:
        """Write the blob to `path`, which appears when it is complete; raises BlobMissing."""
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.open(key) as source, draft.open("wb") as target:
                shutil.copyfileobj(source, target, PART_BYTES)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    @contextmanager
    def open(self, key: str) -> Iterator[IO[bytes]]:
        """The blob for reading and seeking, a part of it in memory at a time; raises BlobMissing."""
        with self._named_errors(key):
            file = self._files.open(self._path(key), "rb")
        with self._named_away(), file:
            yield cast(IO[bytes], file)

    def read_bytes(self, key: str) -> bytes:
        """The whole blob; raises BlobMissing."""
        with self._named_errors(key):
            return cast(bytes, self._files.cat_file(self._path(key)))

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        with suppress(FileNotFoundError), self._named_away():
            return bool(self._files.info(self._path(key))["type"] == "file")
        return False

    def size(self, key: str) -> int:
        """In bytes; raises BlobMissing."""
        with self._named_errors(key):
            return int(self._files.info(self._path(key))["size"])

    def list(self, prefix: str) -> list[tuple[str, int]]:
        """Keys below the prefix (a folder: `runs/x`, not `ru`) and their sizes, sorted; one listing, however deep."""
        with suppress(FileNotFoundError), self._named_away():
            found = self._files.find(self._path(prefix.rstrip("/")), detail=True)
            return sorted((path[len(self._root) + 1 :], int(about["size"])) for path, about in found.items())
        return []

    def delete(self, key: str) -> None:
        """Forget one blob; no error where there is none."""
        with suppress(FileNotFoundError), self._named_away():
            self._files.rm_file(self._path(key))

    def delete_prefix(self, prefix: str) -> None:
        """Forget every key below the prefix; no error where there is none."""
        path = self._path(prefix.rstrip("/"))
        with suppress(FileNotFoundError), self._named_away():
            self._files.rm(glob.escape(path) if self._is_s3 else path, recursive=True)  # there fsspec expands patterns

    def _path(self, key: str) -> str:
        if not key or len(key) > LONGEST_KEY or _UNFIT.search(key) or key.split("/")[0] == _DRAFTS:
            raise BadBlobKey(key)
        return f"{self._root}/{key}"

    @contextmanager
    def _draft_of(self, key: str) -> Iterator[str]:
        """Where to write. S3 shows an object when it is complete; in a folder a finished draft is renamed."""
        path = self._path(key)
        if self._is_s3:
            with self._named_away():
                yield path
            return
        draft = Path(self._root) / _DRAFTS / secrets.token_hex(16)
        try:
            yield str(draft)
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    @contextmanager
    def _named_errors(self, key: str) -> Iterator[None]:
        try:
            with self._named_away():
                yield
        except (FileNotFoundError, IsADirectoryError) as error:
            raise BlobMissing(key) from error

    @contextmanager
    def _named_away(self) -> Iterator[None]:
        try:
            yield
        except self._away as error:
            raise _away_because(error) from error
        except OSError as error:
            if self._is_s3 and _is_refusal(error):
                raise _away_because(error) from error
            raise


def _away_because(error: Exception) -> BlobsAway:
    return BlobsAway(f"The service of HORNGATE_BLOBS_URL does not answer as it should: {error}")


def _is_refusal(error: OSError) -> bool:
    """Whether S3 itself refused: no such bucket, too busy, a fault of its own; s3fs keeps its answer as the cause."""
    answer = getattr(error.__cause__, "response", None)
    return answer is not None and answer["Error"].get("Code") not in ("NoSuchKey", "404")


def _s3_away() -> tuple[type[Exception], ...]:
    """What it raises when S3 is away or refuses our key."""
    from botocore.exceptions import BotoCoreError

    return BotoCoreError, ConnectionError, TimeoutError, PermissionError


def connect_s3(settings: Settings) -> Any:
    """Listings are not cached: other processes write, too."""
    secret = settings.s3_secret.get_secret_value() if settings.s3_secret else None
    client = {"region_name": settings.s3_region} if settings.s3_region else {}
    return fsspec.filesystem(
        "s3",
        key=settings.s3_key,
        secret=secret,
        endpoint_url=settings.s3_endpoint,
        client_kwargs=client,
        config_kwargs=S3_CONNECTING,
        use_listings_cache=False,
    )
