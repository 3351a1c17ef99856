"""A worker process of the tests: claims until nothing is left, writes a little for each run, and prints what it got."""

import sys

from store.claims import claim_next_run
from store.database import Database
from store.endings import finish_run
from store.lifecycle import EndedBy, Status
from store.recording import record_progress
from store.settings import read_settings


def main(worker_id: str) -> None:
    database = Database(read_settings())
    while True:
        with database.transaction() as session:
            claim = claim_next_run(session, worker_id=worker_id, queues=["default"], lease_seconds=60)
        if claim is None:
            return
        for step in range(6):
            with database.transaction() as session:
                record_progress(session, claim, {"step": step})
        with database.transaction() as session:
            finish_run(session, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)
        sys.stdout.write(claim.run_id + "\n")


main(sys.argv[1])
