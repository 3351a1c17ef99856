"""Blobs: the same behaviour in a folder and on S3, whole or not at all, and never outside."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr
from ulid import ULID

from store.blobs import PART_BYTES, Blobs
from store.errors import BadBlobKey, BlobMissing, BlobsAway, SettingsRefused
from store.settings import Settings
from tests.s3 import BUCKET, running_s3


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server."""
    with running_s3() as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty blob store."""
    if request.param == "folder":
        return Blobs(Settings(home=tmp_path))
    address = request.getfixturevalue("s3")
    secret = SecretStr("any")
    url = f"s3://{BUCKET}/{ULID()}"
    return Blobs(Settings(home=tmp_path, blobs_url=url, s3_endpoint=address, s3_key="any", s3_secret=secret))


def test_bytes_come_back_as_they_were_and_are_replaced_whole(blobs: Blobs) -> None:
    blobs.put_bytes("runs/r/logs/1/00000000.jsonl", b"one")
    blobs.put_bytes("runs/r/logs/1/00000000.jsonl", b"another")

    assert blobs.read_bytes("runs/r/logs/1/00000000.jsonl") == b"another"
    assert blobs.size("runs/r/logs/1/00000000.jsonl") == 7
    assert blobs.exists("runs/r/logs/1/00000000.jsonl")


def test_a_large_file_goes_there_and_back(blobs: Blobs, tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "deep" / "back"
    there.write_bytes(os.urandom(PART_BYTES) * 3 + b"a rest")

    blobs.put_file("datasets/large", there)
    blobs.get_file("datasets/large", back)

    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (there, back)]
    assert digests[0] == digests[1]
    assert [path.name for path in back.parent.iterdir()] == ["back"]


def test_a_blob_can_be_read_from_the_middle(blobs: Blobs) -> None:
    blobs.put_bytes("datasets/x", bytes(range(256)) * 100)

    with blobs.open("datasets/x") as file:
        file.seek(256 * 50 + 5)
        assert file.read(3) == bytes([5, 6, 7])


def test_what_is_not_there_is_missing(blobs: Blobs, tmp_path: Path) -> None:
    assert not blobs.exists("datasets/none")
    assert blobs.list("runs/none") == []
    blobs.delete("datasets/none")
    blobs.delete_prefix("runs/none")
    for ask in (blobs.read_bytes, blobs.size, lambda key: blobs.get_file(key, tmp_path / "x")):
        with pytest.raises(BlobMissing, match="datasets/none"):
            ask("datasets/none")
    with pytest.raises(BlobMissing), blobs.open("datasets/none"):
        pass
    assert not (tmp_path / "x").exists()


def test_a_listing_goes_deep_and_stays_below_its_prefix(blobs: Blobs) -> None:
    for key in ("runs/a/1/x", "runs/a/1/y/z", "runs/a/2", "runs/ab/1", "datasets/a"):
        blobs.put_bytes(key, key.encode())

    assert blobs.list("runs/a") == [("runs/a/1/x", 10), ("runs/a/1/y/z", 12), ("runs/a/2", 8)]
    assert blobs.list("runs/a/") == blobs.list("runs/a")

    blobs.delete_prefix("runs/a")
    assert blobs.list("runs") == [("runs/ab/1", 9)]
    blobs.delete("runs/ab/1")
    assert blobs.list("runs") == []
    assert blobs.exists("datasets/a")


def test_a_listing_sees_at_once_what_others_wrote(blobs: Blobs) -> None:
    assert blobs.list("runs/a") == []
    blobs.put_bytes("runs/a/1", b"1")
    assert blobs.list("runs/a") == [("runs/a/1", 1)]
    blobs.put_bytes("runs/a/2", b"2")
    assert len(blobs.list("runs/a")) == 2


@pytest.mark.parametrize("key", ["räv", "a b", "[1]", "what?", "100%", "a*b", "{x}", "~", "…"])
def test_odd_names_are_only_names(blobs: Blobs, key: str) -> None:
    blobs.put_bytes(f"runs/r/{key}/{key}", b"odd")
    blobs.put_bytes("runs/r/plain/b", b"plain")

    assert (f"runs/r/{key}/{key}", 3) in blobs.list("runs/r")
    assert blobs.read_bytes(f"runs/r/{key}/{key}") == b"odd"
    blobs.delete_prefix(f"runs/r/{key}")
    assert blobs.list("runs/r") == [("runs/r/plain/b", 5)]


BAD_KEYS = ["", "/etc/passwd", "../x", "a/../../x", "a/..", "a/./b", ".", "a//b", "a/", "a\\b", "a\0b", "a\nb"]


@pytest.mark.parametrize("key", [*BAD_KEYS, "x" * 1001, ".drafts/x"])
def test_a_key_that_could_lead_outside_is_refused(blobs: Blobs, key: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    asks = [
        lambda: blobs.put_bytes(key, b""),
        lambda: blobs.put_file(key, tmp_path / "file"),
        lambda: blobs.get_file(key, tmp_path / "out"),
        lambda: blobs.read_bytes(key),
        lambda: blobs.exists(key),
        lambda: blobs.delete(key),
    ]
    for ask in asks:
        with pytest.raises(BadBlobKey):
            ask()


def test_a_put_that_fails_leaves_the_old_blob_and_no_draft(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put_bytes("runs/r/x", b"old")

    with pytest.raises(FileNotFoundError):
        blobs.put_file("runs/r/x", tmp_path / "missing")

    assert blobs.read_bytes("runs/r/x") == b"old"
    assert list((tmp_path / "blobs" / ".drafts").glob("*")) == []


def test_readers_of_a_blob_that_is_replaced_see_one_or_the_other(blobs: Blobs) -> None:
    contents = [bytes([n]) * 300_000 for n in range(4)]
    blobs.put_bytes("runs/r/x", contents[0])

    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(blobs.put_bytes, "runs/r/x", content) for content in contents]
        seen = [blobs.read_bytes("runs/r/x") for _ in range(10)]
        for write in writes:
            write.result()

    assert set(seen) <= set(contents)


@pytest.mark.parametrize("url", ["ftp://host/x", "s3://", "/srv/blobs", "file://"])
def test_a_place_that_is_neither_a_folder_nor_s3_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="HORNGATE_BLOBS_URL"):
        Blobs(Settings(home=tmp_path, blobs_url=url))


def test_a_home_with_odd_characters_is_only_a_folder(tmp_path: Path) -> None:
    blobs = Blobs(Settings(home=tmp_path / "a #1? 100% [x]"))

    blobs.put_bytes("datasets/x", b"1")

    assert (tmp_path / "a #1? 100% [x]" / "blobs" / "datasets" / "x").read_bytes() == b"1"
    assert blobs.list("datasets") == [("datasets/x", 1)]
    blobs.delete_prefix("datasets")
    assert blobs.list("datasets") == []


def test_a_download_does_not_hold_the_whole_file_in_memory(tmp_path: Path) -> None:
    """Measured in a folder: 64 MiB through a peak of a few MiB."""
    import tracemalloc

    blobs = Blobs(Settings(home=tmp_path))
    with (tmp_path / "large").open("wb") as file:
        file.truncate(64 * 2**20)

    tracemalloc.start()
    blobs.put_file("datasets/large", tmp_path / "large")
    blobs.get_file("datasets/large", tmp_path / "back")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (tmp_path / "back").stat().st_size == 64 * 2**20
    assert peak < 20 * 2**20


def test_s3_that_is_away_is_named_before_somebody_waits_for_long(tmp_path: Path) -> None:
    """Also where the question is whether a blob exists: not to know is not a no."""
    address, secret = "http://127.0.0.1:1", SecretStr("any")
    blobs = Blobs(Settings(home=tmp_path, blobs_url="s3://b/p", s3_endpoint=address, s3_key="any", s3_secret=secret))

    for ask in (blobs.read_bytes, blobs.exists, blobs.size, blobs.list, blobs.delete, blobs.delete_prefix):
        with pytest.raises(BlobsAway, match="HORNGATE_BLOBS_URL"):
            ask("runs/x")
    with pytest.raises(BlobsAway):
        blobs.put_bytes("runs/x", b"")
    with pytest.raises(BlobsAway), blobs.open("runs/x"):
        pass
