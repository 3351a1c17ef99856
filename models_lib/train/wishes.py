"""What is asked of a training from outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wishes:
    """Asked between two batches. `changes`: all that was changed about the run since it began, numbered."""

    should_stop: Callable[[], bool] = lambda: False
    should_pause: Callable[[], bool] = lambda: False
    changes: Callable[[], Mapping[str, Any] | None] = lambda: None
