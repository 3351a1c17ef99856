"""What is watched while the storm blows: how long the api takes, and leases that outlive their holders."""

import threading
import time
from collections.abc import Callable

import httpx
from sqlalchemy import select

from chaos.town import Town
from store.conditions import has_status
from store.errors import StoreError
from store.lifecycle import Status
from store.rows import Run
from store.times import now

OVERDUE_SECONDS = 45.0
"""From a lease's end until a reconciler must have been there, however busy the machine and struck the database."""


LIMIT_SECONDS = 10.0
"""What the api may take in 99 of 100 requests while it storms; far from the measured, for a machine that is busy."""


class Watch(threading.Thread):
    """Looks a few times a second until it is closed."""

    def __init__(self, town: Town) -> None:
        super().__init__(daemon=True)
        self.town = town
        self.latencies: list[float] = []
        self.unreachable = 0
        self.overdue = 0
        self.server_faults: list[str] = []
        self._over_since: dict[tuple[str, int], float] = {}
        self._closing = threading.Event()

    def run(self) -> None:
        with self.town.http as http:
            while not self._closing.wait(0.15):
                self._look(lambda: self._ask(http))
                self._look(self._count_overdue)

    def close(self) -> None:
        self._closing.set()
        self.join(40)

    @property
    def is_quick(self) -> bool:
        return sorted(self.latencies)[int(0.99 * len(self.latencies))] < LIMIT_SECONDS if self.latencies else False

    def _look(self, look: Callable[[], None]) -> None:
        try:
            look()
        except (httpx.TransportError, StoreError):
            self.unreachable += 1

    def _ask(self, http: httpx.Client) -> None:
        began = time.monotonic()
        answer = http.get("/v1/runs", params={"limit": 20})
        self.latencies.append(time.monotonic() - began)
        if answer.status_code >= 500 and answer.status_code != 503:  # 503: the database was just struck, and it is said
            self.server_faults.append(f"{answer.status_code} {answer.text[:200]}")

    def _count_overdue(self) -> None:
        with self.town.database.reading() as session:
            statement = select(Run.id, Run.attempt).where(has_status(Status.RUNNING), Run.lease_until < now())
            over = {(run_id, attempt) for run_id, attempt in session.execute(statement)}
        moment = time.monotonic()  # the database's clock jumps
        self._over_since = {each: self._over_since.get(each, moment) for each in over}
        self.overdue += sum(moment - since > OVERDUE_SECONDS for since in self._over_since.values())
