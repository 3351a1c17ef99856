"""How many steps one call takes: as many as last about a tenth of a second."""

import math

CHUNK_SECONDS = 0.1
GROWTH = 8
"""One step first, since it holds what TensorFlow does once; then at most this many times more than the last time."""


class ChunkPace:
    """Learns from each call how long a step takes."""

    def __init__(self) -> None:
        self._steps, self._seconds = 0, 0.0

    def next_steps(self, seconds_left: float = math.inf) -> int:
        """How many to do; no more than fit into `seconds_left`, and one at least."""
        if not self._steps:
            return 1
        wanted = min(CHUNK_SECONDS, seconds_left) * self._steps / max(self._seconds, 1e-9)
        return max(1, min(GROWTH * self._steps, int(wanted)))

    def learn(self, steps: int, seconds: float) -> None:
        self._steps, self._seconds = steps, seconds
