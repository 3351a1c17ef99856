"""Keeping what a training left, while the store of blobs is not as it should be."""

from pathlib import Path
from typing import Any

import pytest
import s3fs
from pydantic import SecretStr

from store.blobs import Blobs
from store.claims import Claim
from store.errors import BlobsAway
from store.lifecycle import Wanted
from store.settings import Settings
from tests.s3 import running_s3
from tests.stack import until
from worker.staging import hash_file
from worker.supervisor import uploads
from worker.supervisor.uploads import Uploads

CLAIM = Claim("run_1", 1, "wrk_1", "a run", "default", Wanted.RUN, {"fit": {}}, ())


def test_a_finished_training_waits_for_a_store_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bucket is missing when the training ends, and comes back; no pause is granted for any other failure."""
    monkeypatch.setattr(uploads, "PAUSES", ())
    monkeypatch.setattr(uploads, "AWAY_SECONDS", 0.05)
    (tmp_path / "out" / "artifacts").mkdir(parents=True)
    (tmp_path / "out" / "artifacts" / "model.keras").write_bytes(b"trained for a day")
    with running_s3() as address:
        blobs = blobs_in("later", address, tmp_path)
        with pytest.raises(BlobsAway, match="bucket"):
            blobs.put_bytes("datasets/x", b"1")
        keeping = Uploads(blobs, CLAIM, tmp_path)
        keeping.add_artifacts()
        keeping.wait(0.5)
        assert keeping.are_pending

        s3fs.S3FileSystem(key="any", secret="any", endpoint_url=address, skip_instance_cache=True).mkdir("later")
        until(lambda: not keeping.are_pending)
        entries, failures = keeping.take_stored()
        keeping.close()

        assert (len(entries), failures) == (1, [])
        assert blobs.read_bytes("runs/run_1/artifacts/1/model.keras") == b"trained for a day"


def test_a_checkpoint_that_could_not_be_stored_is_stored_before_those_that_were_said_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file lies where the best is to be stored. Who went on from a later one would never say the best again."""
    monkeypatch.setattr(uploads, "PAUSES", ())
    blobs = Blobs(Settings(home=tmp_path))
    in_the_way = tmp_path / "blobs" / "runs" / "run_1" / "checkpoints" / "1" / "best-1"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_bytes(b"")
    keeping = Uploads(blobs, CLAIM, tmp_path)

    keeping.add_checkpoint(checkpoint(tmp_path, "best", 1))
    until(lambda: not keeping.are_pending)
    entries, failures = keeping.take_stored()
    assert (len(entries), len(failures)) == (0, 1)

    in_the_way.unlink()
    keeping.add_checkpoint(checkpoint(tmp_path, "last", 1))
    until(lambda: not keeping.are_pending)
    entries, failures = keeping.take_stored()
    keeping.close()

    assert failures == []
    assert [entry.keywords["report"]["name"] for entry in entries] == ["best", "last"]  # type: ignore[attr-defined]
    assert blobs.read_bytes("runs/run_1/checkpoints/1/best-1/state.npz") == b"best"


def checkpoint(folder: Path, name: str, epoch: int) -> dict[str, Any]:
    """As a trainer leaves and reports it."""
    place = folder / "out" / "checkpoints" / f"{name}-{epoch}"
    place.mkdir(parents=True)
    (place / "state.npz").write_bytes(name.encode())
    files = {"state.npz": {"sha256": hash_file(place / "state.npz"), "bytes": len(name)}}
    said = {"name": name, "epoch": epoch, "metrics": {}, "path": f"checkpoints/{name}-{epoch}", "files": files}
    return {"kind": "checkpoint", **said}


def blobs_in(bucket: str, address: str, home: Path) -> Blobs:
    secret = SecretStr("any")
    return Blobs(Settings(home=home, blobs_url=f"s3://{bucket}/p", s3_endpoint=address, s3_key="any", s3_secret=secret))
