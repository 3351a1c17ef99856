"""A run whose database is away for a moment, between its claim and its training, is nothing's fault."""

import time
from pathlib import Path

from models_lib.spec.reading import read_document
from store.claims import Claim
from store.lifecycle import Wanted
from store.settings import Settings
from tests.worker.room import SPEC
from worker.devices import survey_machine
from worker.mother.owner import MotherKeeper
from worker.supervisor.attempt import Attempt
from worker.supervisor.lease import Lease
from worker.supervisor.verdict import DATABASE_AWAY
from worker.workshop import open_workshop

NOBODY = "postgresql+psycopg://nobody@127.0.0.1:1/none"


def test_a_run_whose_database_is_away_while_it_is_staged_is_given_back(tmp_path: Path) -> None:
    """A second attempt asks it for the checkpoint to go on from. The worker ends, so that nobody waits for it here."""
    settings = Settings(home=tmp_path, database_url=NOBODY)
    mother = MotherKeeper(home=tmp_path)
    workshop = open_workshop(settings, survey_machine(), mother)
    spec = read_document(SPEC)
    assert isinstance(spec, dict)
    claim = Claim("run_1", 2, "wrk_1", "run", "default", Wanted.RUN, {**spec, "resources": {}}, ())
    attempt = Attempt(workshop, claim, Lease(workshop.database, claim, seconds=60, claimed_at=time.monotonic()))
    workshop.stopping.set()

    assert attempt.train(1, ()) == DATABASE_AWAY

    attempt.close()
    mother.close()
