"""In the sandbox there is one process: what `multiprocessing` locks between several is locked between its threads.

Its own locks are semaphores in /dev/shm, which nobody may write there; `multiprocessing.pool.ThreadPool` makes one, and
with it `keras.utils.image_dataset_from_directory`.
"""

import threading
from multiprocessing.context import BaseContext
from typing import Any

ALIKE = ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier")


def lock_threads_only() -> None:
    """Have every context of this process make the threads' kind."""
    for name in ALIKE:
        setattr(BaseContext, name, _maker(getattr(threading, name)))


def _maker(kind: Any) -> Any:
    def make(self: BaseContext, *arguments: Any, **named: Any) -> Any:
        return kind(*arguments, **named)

    return make
