"""An epoch by each engine and each peer against one of plain `model.fit`, in turns. `python -m bench.engines 7 LSTM`.

All train the same model on the same rows, one epoch after the other, so that a busy machine is busy for each. Ours
share the process of `fit`; Keras on JAX and the `lax.scan` written by hand have one each, which waits for its turn.
"""

import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras

from bench import peers
from bench.workloads import BATCH, SEED, Workload, make, workloads
from models_lib.data.order import order
from models_lib.data.preparing import PreparedPart
from models_lib.train.batches import Batches
from models_lib.train.devices import use_devices
from models_lib.train.fused.running import FusedEngine

Epoch = Callable[[int], float]
"""Trains an epoch, and says how many seconds it took."""
SHOWN = {"fit": "Keras on JAX", "scan": "JAX lax.scan"}


class NoHooks:
    """What the engine asks of hooks where nobody listens."""

    batches_done, seconds_to_save = 0, math.inf

    def on_train_batch_end(self, batch: int, logs: Any) -> None:
        """Nothing to do."""

    def check_losses(self) -> None:
        """Nothing to do."""


class InTurns(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Times each epoch of `fit`, and after it one of each of the others."""

    def __init__(self, others: Mapping[str, Epoch]) -> None:
        super().__init__()
        self.seconds: dict[str, list[float]] = {name: [] for name in ("fit", *others)}
        self._others, self._began = others, 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds["fit"].append(time.perf_counter() - self._began)
        for name, train in self._others.items():
            self.seconds[name].append(train(epoch))


def measure(workload: Workload, rounds: int, known: Mapping[str, peers.Peer]) -> dict[str, list[float]]:
    """Seconds of each epoch but the first, which holds the tracing."""
    engines = {name: _engine(workload, name) for name in ("fused", "xla")}
    turns = InTurns({**engines, **{SHOWN[name]: _peer(workload, peer) for name, peer in known.items()}})
    theirs = make(workload)
    inputs = workload.inputs if len(workload.inputs) > 1 else workload.inputs["x"]
    theirs.fit(inputs, workload.target, batch_size=workload.batch, epochs=rounds + 1, verbose=0, callbacks=[turns])
    return {name: seconds[1:] for name, seconds in turns.seconds.items()}


def _engine(workload: Workload, name: str) -> Epoch:
    core = make(workload)
    batches = Batches(core, PreparedPart(workload.inputs, {"y": workload.target}, {}), workload.batch)
    engine = FusedEngine(core, {"train": batches})
    if name == "xla":
        engine.use(engine.compile())

    def epoch(number: int) -> float:
        began = time.perf_counter()
        core.reset_metrics()
        batches.set_order(order(SEED, number, batches.rows))
        engine.train_epoch(NoHooks())
        return time.perf_counter() - began

    return epoch


def _peer(workload: Workload, peer: peers.Peer) -> Epoch:
    peer.ask({"begin": workload.name})
    return lambda number: float(peer.ask({"epoch": number}))


def tell(name: str, seconds: Mapping[str, list[float]]) -> str:
    """Medians of milliseconds and of the ratios of each pair: to `fit`, and how far we are from the limit."""
    fit = seconds["fit"]
    told = [f"fit {_ms(fit):8.1f}"]
    for other, took in seconds.items():
        if other != "fit":
            told.append(f"{other} {_ms(took):7.1f} = {_ratio(fit, took):5.1f}x")
    if limit := seconds.get(SHOWN["scan"]):
        told.append(f"xla / lax.scan {_ratio(seconds['xla'], limit):.2f}")
    return f"{name:34s} {'   '.join(told)}"


def _ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


def _ratio(these: list[float], those: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(these, those, strict=True))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    wanted = sys.argv[2:]
    use_devices(len(os.sched_getaffinity(0)))
    if not peers.are_installed():
        print(peers.MISSING)
    print(
        f"median ms of {rounds} epochs in turns, batch {BATCH} where nothing else is said; ratios of each pair to fit"
    )
    with peers.kept_alive("fit", "scan", module="bench.jax_epochs") as known:
        for workload in workloads():
            if not wanted or any(word in workload.name for word in wanted):
                print(tell(workload.name, measure(workload, rounds, known)), flush=True)


if __name__ == "__main__":
    main()
