"""A worker whose disk is full takes no run: it waits until there is room, here or elsewhere."""

import shutil
from pathlib import Path

from store.settings import Settings
from worker.disk_room import has_room


def test_there_is_room_while_both_disks_have_some_and_the_files_may_lie_elsewhere(tmp_path: Path) -> None:
    """The folder of the files need not be there yet."""
    here = Settings(home=tmp_path / "home")
    in_s3 = Settings(home=tmp_path / "home", blobs_url="s3://bucket/prefix")
    free = shutil.disk_usage(tmp_path).free

    assert has_room(here)
    assert has_room(in_s3)
    assert not has_room(here, least=2 * free)
    assert not has_room(in_s3, least=2 * free)
