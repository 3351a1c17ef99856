"""Which attempt exported a run's model, remembered where it cannot change: the run has ended."""

from typing import Final

MOST: Final = 10_000


class KnownModels:
    """The newest of them. Whether a caller may see the run is not asked here: the gate has asked it by then."""

    def __init__(self) -> None:
        self._attempts: dict[str, int] = {}

    def get(self, run_id: str) -> int | None:
        """None of a run that nobody has asked for, and of one that goes on."""
        return self._attempts.get(run_id)

    def keep(self, run_id: str, attempt: int) -> None:
        """Remember it, and forget the oldest where there are too many."""
        while len(self._attempts) >= MOST:
            del self._attempts[next(iter(self._attempts))]
        self._attempts[run_id] = attempt
