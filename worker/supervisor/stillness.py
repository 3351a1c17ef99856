"""Whether a training has come to a standstill, judged by its own pace."""

from dataclasses import dataclass, field

QUICK_SHARE = 0.1
BUSY_TIMES = 6.0
PAUSES_OF_ITS_PACE = 10.0
QUICK_PAUSES = 30.0
SIGNS_TO_KNOW = 20
"""So many pauses show a pace."""


@dataclass
class Stillness:
    """Told of every sign of life; pauses between them, the longest so far, are the training's pace.

    `patience`: how long one that says nothing may stand still. A slow one gets ten times its longest pause; one that is
    known to be quick a tenth of the patience, or thirty of its pauses. One that says nothing and keeps the processor
    busy may trace, compile or write a large model, or hang in machine code: it gets six times as long, and no more.
    """

    patience: float
    began: float
    _said_at: float = field(init=False)
    _worked_at: float = field(init=False)
    _longest: float = 0.0
    _signs: int = 0

    def __post_init__(self) -> None:
        self._said_at = self._worked_at = self.began

    def note_word(self, now: float, *, is_of_training: bool) -> None:
        """It printed or reported something; between reports `of_training` lies its pace."""
        if is_of_training:
            self._longest = max(self._longest, now - self._said_at)
            self._signs += 1
        self._said_at = self._worked_at = now

    def note_work(self, now: float) -> None:
        """It used the processor."""
        self._worked_at = now

    def is_stalled(self, now: float) -> bool:
        still, silent = now - self._worked_at, now - self._said_at
        return still > self._most_still() or silent > max(BUSY_TIMES * self.patience, self._slowest())

    def seconds(self, now: float) -> float:
        """Since the last word."""
        return now - self._said_at

    def _most_still(self) -> float:
        if self._signs < SIGNS_TO_KNOW:
            return max(self.patience, self._slowest())
        quick = max(QUICK_SHARE * self.patience, QUICK_PAUSES * self._longest)
        return max(min(self.patience, quick), self._slowest())

    def _slowest(self) -> float:
        return PAUSES_OF_ITS_PACE * self._longest
