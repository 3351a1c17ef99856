"""A data set's bytes are there whenever its row is, whatever others do meanwhile."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from api.datasets.receiving import Upload
from api.datasets.service import Place, keep_dataset
from api.idempotency import once
from api.parts import make_parts
from models_lib.data.profile import profile_dataset
from store.blobs import Blobs
from store.datasets import blob_key
from store.keys import KeyKind, find_caller
from store.migrate import upgrade
from store.people import find_project
from tests.api.serving import HOUSES, settings_for


class LosesTheFirst(Blobs):
    """Somebody deletes the last version of the same bytes when they have been stored, and before the row is."""

    puts = 0

    def put_file(self, key: str, path: Path) -> None:
        super().put_file(key, path)
        self.puts += 1
        if self.puts == 1:
            self.delete(key)


def test_bytes_that_somebody_deletes_while_equal_ones_come_in_are_stored_again(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    upgrade(settings)
    here = replace(make_parts(settings), blobs=LosesTheFirst(settings))
    file = tmp_path / "houses.csv"
    file.write_text(HOUSES)
    digest = sha256(file.read_bytes()).hexdigest()
    with here.database.transaction() as session:
        project_id = find_project(session).id
        caller = find_caller(session, (settings.home / "admin.key").read_text().strip(), KeyKind.API)
    assert caller is not None

    asked = once(caller, key=None, route="create_dataset", request=["houses", digest])
    upload = Upload(file, file.name, {}, file.stat().st_size, digest)
    answer = keep_dataset(here, caller, asked, Place(project_id, "houses"), upload, profile_dataset(file, file.name))

    assert answer.status_code == 201
    assert here.blobs.read_bytes(blob_key(digest)) == file.read_bytes()
    here.database.close()
