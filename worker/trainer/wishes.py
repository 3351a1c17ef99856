"""What the supervisor wants of its trainer: lines of JSON over the one pipe that leads there."""

import json
import os
import threading
from typing import Any


class Wishes:
    """Set as lines come: `{"want": "stop"}`, `{"want": "pause"}`, `{"live": {…}}`.

    The supervisor's end closed means that nobody listens any more.
    """

    def __init__(self, descriptor: int) -> None:
        self.stop, self.pause = threading.Event(), threading.Event()
        self.live: dict[str, Any] | None = None
        self._descriptor = descriptor
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def changes(self) -> dict[str, Any] | None:
        """What was changed about the run since it began, all of it together."""
        return self.live

    def _listen(self) -> None:
        with os.fdopen(self._descriptor, closefd=False) as lines:
            for line in lines:
                self._take(json.loads(line))
        os._exit(1)

    def _take(self, wish: dict[str, Any]) -> None:
        self.live = wish.get("live", self.live)
        wanted = {"stop": self.stop, "pause": self.pause}.get(wish.get("want", ""))
        if wanted is not None:
            wanted.set()
