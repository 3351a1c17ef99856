"""What Keras said of a question a moment ago: it would say the same again, and a fork and a build sooner.

The question is all that the checker is given, so that nobody is told of anything but what they asked themselves.
"""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

MOST, LARGEST = 256, 200_000
"""Answers that are kept, and bytes of one."""
KEPT_SECONDS: Final = 600.0
"""The predictor may be another one by then, with another Keras."""
BESIDE_THE_POINT: Final = frozenset({"name", "tags", "priority", "queue", "project"})
"""What a spec says that changes no shape."""


class Judgements:
    """By what was asked; the oldest are forgotten first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def find(self, question: Mapping[str, Any]) -> Any | None:
        """The answer to an equal question, anew; None where there was none lately."""
        kept = self._told.get(key_of(question))
        if kept is None or self._clock() - kept[0] > KEPT_SECONDS:
            return None
        return json.loads(kept[1])

    def keep(self, question: Mapping[str, Any], answer: bytes) -> None:
        """Of a checker that has answered; not of one that was away, or ran out of something."""
        if len(answer) > LARGEST:
            return
        key = key_of(question)
        self._told[key] = self._clock(), answer
        self._told.move_to_end(key)
        if len(self._told) > MOST:
            self._told.popitem(last=False)


def key_of(question: Mapping[str, Any]) -> str:
    """A hash of what matters, in the order in which it came: the order of layers and columns does matter."""
    spec = {name: value for name, value in question["spec"].items() if name not in BESIDE_THE_POINT}
    return hashlib.sha256(json.dumps({**question, "spec": spec}).encode()).hexdigest()
