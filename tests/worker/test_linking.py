"""Data that stays where it is: only in allowed places, and only as it was linked."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import s3fs

from store.blobs import Blobs
from store.settings import Settings
from tests.s3 import BUCKET, running_s3
from worker.linking import LinkChanged, LinkRefused, Links, place_dataset
from worker.staging import FileCache


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    (folder / "photos" / "cat").mkdir(parents=True)
    (folder / "table.csv").write_text("a,b\n1,2\n")
    (folder / "photos" / "cat" / "1.png").write_bytes(b"one")
    (folder / "photos" / "cat" / "2.png").write_bytes(b"two")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def links(shelf: Path, tmp_path: Path) -> Links:
    return Links(Settings(home=tmp_path / "home", link_places=(str(shelf),)))


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Links, Any]]:
    with running_s3() as address:
        settings = Settings(
            home=tmp_path_factory.mktemp("s3"),
            s3_endpoint=address,
            s3_key="any",
            s3_secret="any",
            link_places=(f"s3://{BUCKET}/open",),
        )
        yield Links(settings), s3fs.S3FileSystem(key="any", secret="any", endpoint_url=address)


def test_nothing_is_linked_where_the_operator_says_nothing(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(LinkRefused, match="HORNGATE_LINK_PLACES"):
        Links(Settings(home=tmp_path)).survey(str(shelf / "table.csv"), tmp_path / "copy")


@pytest.mark.parametrize(
    "location",
    ["{shelf}/../secret.csv", "{shelf}/link.csv", "{shelf}/out/secret.csv", "/etc/passwd", "table.csv", "/nowhere/x"],
)
def test_what_leads_out_of_the_allowed_place_is_refused(
    links: Links, shelf: Path, tmp_path: Path, location: str
) -> None:
    (shelf / "link.csv").symlink_to(tmp_path / "secret.csv")
    (shelf / "out").symlink_to(tmp_path)

    with pytest.raises(LinkRefused):
        links.survey(location.format(shelf=shelf), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_link_out_of_a_folder_is_refused(links: Links, shelf: Path, tmp_path: Path) -> None:
    (shelf / "photos" / "cat" / "3.png").symlink_to(tmp_path / "secret.csv")

    with pytest.raises(LinkRefused, match="does not lie in a place"):
        links.survey(str(shelf / "photos"), tmp_path / "copy")


def test_a_device_is_no_file(links: Links, shelf: Path, tmp_path: Path) -> None:
    os.mkfifo(shelf / "pipe.csv")

    with pytest.raises(LinkRefused, match="is no file"):
        links.survey(str(shelf / "pipe.csv"), tmp_path / "copy")


def test_a_folder_is_the_same_zip_for_the_same_files(links: Links, shelf: Path, tmp_path: Path) -> None:
    link = links.survey(str(shelf / "photos"), tmp_path / "once.zip")
    links.fetch(link, tmp_path / "again.zip")

    assert [name for name, *_ in link["files"]] == ["cat/1.png", "cat/2.png"]
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "once.zip").read_bytes()


def test_a_changed_file_is_noticed_though_a_copy_of_the_old_one_is_at_hand(
    links: Links, shelf: Path, tmp_path: Path
) -> None:
    """Touched alone it is the same; with its old length and time it is caught where it is copied anew."""
    table = shelf / "table.csv"
    files = FileCache(tmp_path / "cache", Blobs(Settings(home=tmp_path)))
    link = links.survey(str(table), tmp_path / "copy")
    sha256 = link["files"][0][3]
    place_dataset(files, links, sha256=sha256, link=link, at=tmp_path / "first")
    os.utime(table, (1, 1))
    place_dataset(files, links, sha256=sha256, link=link, at=tmp_path / "touched")
    table.write_text("a,b\n1,3\n")

    with pytest.raises(LinkChanged, match="has changed since it was linked"):
        place_dataset(files, links, sha256=sha256, link=link, at=tmp_path / "changed")
    with pytest.raises(LinkChanged):
        links.fetch(link, tmp_path / "fetched")
    table.unlink()
    with pytest.raises(LinkRefused, match="There is nothing at"):
        links.check(link)
    assert (tmp_path / "touched").read_text() == "a,b\n1,2\n"


def test_an_object_of_s3_is_linked_below_an_allowed_prefix_alone(s3: tuple[Links, Any], tmp_path: Path) -> None:
    links, bucket = s3
    bucket.pipe_file(f"{BUCKET}/open/a.csv", b"a\n1\n")
    bucket.pipe_file(f"{BUCKET}/opened/a.csv", b"a\n1\n")
    link = links.survey(f"s3://{BUCKET}/open/a.csv", tmp_path / "copy")
    links.check(link)
    bucket.pipe_file(f"{BUCKET}/open/a.csv", b"a\n2\n")

    assert (tmp_path / "copy").read_bytes() == b"a\n1\n"
    with pytest.raises(LinkChanged):
        links.fetch(link, tmp_path / "again")
    for outside in ("opened/a.csv", "open/../opened/a.csv", ""):
        with pytest.raises(LinkRefused, match="does not lie in a place"):
            links.survey(f"s3://{BUCKET}/{outside}", tmp_path / "outside")
