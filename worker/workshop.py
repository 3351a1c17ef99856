"""What all trainings on one worker share."""

import threading
from dataclasses import dataclass, field

from store.blobs import Blobs
from store.database import Database
from store.queue import Waker
from store.runs import mark_woken
from store.settings import Settings
from store.stream import Announcer
from worker.devices import Machine
from worker.mother.owner import MotherKeeper
from worker.supervisor.inputs import InputStager
from worker.tallies import Tallies


@dataclass(frozen=True)
class Workshop:
    """One per worker process. `stopping` is set when the worker shall end: every training is then given back."""

    settings: Settings
    machine: Machine
    database: Database
    blobs: Blobs
    announcer: Announcer
    waker: Waker
    mother: MotherKeeper
    inputs: InputStager
    tallies: Tallies = field(default_factory=Tallies)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def slots(self) -> int:
        """How many runs are trained at once."""
        return self.settings.worker_slots or len(self.machine.gpus) or max(1, self.machine.cores // 2)

    def wake_worker(self, run_id: str, queue: str) -> bool:
        """Have some worker look for the run; False when the broker is away."""
        if not self.waker.wake_worker(run_id, queue):
            return False
        with self.database.transaction() as session:
            mark_woken(session, [run_id])
        return True


def open_workshop(settings: Settings, machine: Machine, mother: MotherKeeper) -> Workshop:
    database, blobs = Database(settings), Blobs(settings)
    inputs = InputStager(settings, database, blobs)
    return Workshop(settings, machine, database, blobs, Announcer(settings), Waker(settings), mother, inputs)
