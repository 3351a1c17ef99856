"""The peer that trains with JAX: `python -m bench.jax_epochs fit|scan`, in the peers' environment, asked by lines.

`{"begin": WORKLOAD}` makes its model and compiles; each `{"epoch": NUMBER}` after it trains one and tells its seconds.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from queue import Queue
from typing import Any

import keras
import numpy as np

from bench.scan import scan_epochs
from bench.workloads import Workload, make, workloads

Epoch = Callable[[int], float]


class Turns(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Has `fit` wait for its turn before each epoch, and tells the seconds of each."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: Queue[bool] = Queue()
        self.seconds: Queue[float] = Queue()
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if not self.turns.get():
            raise InterruptedError
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds.put(time.perf_counter() - self._began)


def fit_epochs(workload: Workload) -> tuple[Epoch, Callable[[], None]]:
    """Keras' own `fit` on JAX, an epoch at a time; and what ends it."""
    model, turns = make(workload), Turns()
    inputs = workload.inputs if len(workload.inputs) > 1 else workload.inputs["x"]

    def fit() -> None:
        try:
            model.fit(inputs, workload.target, batch_size=workload.batch, epochs=10**6, verbose=0, callbacks=[turns])
        except InterruptedError:
            return

    thread = threading.Thread(target=fit, daemon=True)
    thread.start()

    def epoch(_: int) -> float:
        turns.turns.put(True)
        return turns.seconds.get()

    def end() -> None:
        turns.turns.put(False)
        thread.join()

    return epoch, end


def by_scan(workload: Workload) -> tuple[Epoch, Callable[[], None]]:
    train = scan_epochs(workload)
    draw = np.random.default_rng(0)

    def epoch(_: int) -> float:
        began = time.perf_counter()
        train(draw.permutation(len(workload.target)))
        return time.perf_counter() - began

    return epoch, nothing_to_end


def not_begun(_: int) -> float:
    return 0.0


def nothing_to_end() -> None:
    """A scan is a call and no more."""


def answer_lines(begin: Callable[[Workload], tuple[Epoch, Callable[[], None]]]) -> None:
    """Until nobody asks any more. Whatever else is printed goes to stderr."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    known = {workload.name: workload for workload in workloads()}
    epoch: Epoch = not_begun
    end: Callable[[], None] = nothing_to_end
    for line in sys.stdin:
        match json.loads(line):
            case {"begin": name}:
                end()
                epoch, end = begin(known[name])
                answer = 0.0
            case {"epoch": number}:
                answer = epoch(number)
        print(json.dumps(answer), file=told, flush=True)


if __name__ == "__main__":
    answer_lines({"fit": fit_epochs, "scan": by_scan}[sys.argv[1]])
