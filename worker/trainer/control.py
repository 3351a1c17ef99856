"""What the supervisor wants of its trainer: lines of JSON over the one pipe that leads there."""

import json
import os
import threading
from collections.abc import Callable
from typing import Any

from models_lib.train.inside import Paused
from models_lib.train.reports import Pulse
from models_lib.train.together import Cluster
from models_lib.train.wishes import Wishes

PULSE_SECONDS = 1.0


class ControlPipe:
    """Set as lines come: `{"want": "stop"}`, `{"want": "pause"}`, `{"live": {…}}`, `{"company": {addresses, rank}}`.

    The supervisor's end closed means that nobody listens any more.
    """

    def __init__(self, descriptor: int) -> None:
        self.stop, self.pause = threading.Event(), threading.Event()
        self.live: dict[str, Any] | None = None
        self._cluster: Cluster | None = None
        self._company = threading.Event()
        self._descriptor = descriptor
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    @property
    def wishes(self) -> Wishes:
        """What a training asks between two batches."""
        return Wishes(self.stop.is_set, self.pause.is_set, lambda: self.live)

    def wait_for_company(self, report: Callable[[dict[str, Any]], None]) -> Cluster:
        """Until the other workers are there; raises Paused where the place is wanted back before that."""
        while not self._company.wait(PULSE_SECONDS):
            report(Pulse().to_json())
            if self.pause.is_set():
                raise Paused
        assert self._cluster is not None
        return self._cluster

    def _listen(self) -> None:
        with os.fdopen(self._descriptor, closefd=False) as lines:
            for line in lines:
                self._take(json.loads(line))
        os._exit(1)

    def _take(self, wish: dict[str, Any]) -> None:
        self.live = wish.get("live", self.live)
        if company := wish.get("company"):
            self._cluster = Cluster(tuple(company["addresses"]), company["rank"])
            self._company.set()
        wanted = {"stop": self.stop, "pause": self.pause}.get(wish.get("want", ""))
        if wanted is not None:
            wanted.set()
