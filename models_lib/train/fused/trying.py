"""Whether XLA is worth its compiling, found out on the first steps."""

import time
from dataclasses import dataclass

import keras

from models_lib.build.refusals import plain_words
from models_lib.train.fused.compiled import CompiledSteps
from models_lib.train.fused.running import FusedEngine
from models_lib.train.fused.steps import FusedSteps
from models_lib.train.state import put_state, take_state

WORTH_SECONDS = 10.0
"""Compiling takes one to twenty seconds: a training that is over sooner than that is not held up by it."""
TIMED_SECONDS = 0.2
ROUNDS = 3
MARGIN = 1.1
LONG_SECONDS = 600.0
"""A run that promises Keras' own bits has XLA tried only where that takes a small part of it."""
MOST_TRIED = 5_000_000
"""Parameters of a model whose compiling takes no memory that a run would miss which never asked for it."""
GAIN = 1.5


@dataclass(frozen=True)
class Trial:
    """`factor`: how many times faster XLA was; None where it was not tried, or could not be, and `why` says so."""

    factor: float | None
    why: str
    compiled: CompiledSteps | None = None

    @property
    def is_faster(self) -> bool:
        """By more than what two turns differ."""
        return self.factor is not None and self.factor > MARGIN


def try_xla(engine: FusedEngine, core: keras.Model, *, epochs: int, worth: float = WORTH_SECONDS) -> Trial:
    """Train some steps with XLA and without, in turns, and put everything back to where it was.

    Nothing is compiled where all `epochs` take less than `worth` seconds anyway.
    """
    state = take_state(core, (), step=1)
    try:
        return _try(engine, core, epochs, worth)
    finally:
        put_state(core, (), state)


def find_gain(engine: FusedEngine, core: keras.Model, *, seconds_left: float) -> str | None:
    """Between two epochs: what XLA would gain a run that may not take it; None where little, or not worth asking."""
    if seconds_left < LONG_SECONDS or core.count_params() > MOST_TRIED:
        return None
    trial = try_xla(engine, core, epochs=1, worth=0)
    if trial.factor is None or trial.factor < GAIN:
        return None
    return f"{trial.why}: exact: false would take it, with results equal within rounding."


def _try(engine: FusedEngine, core: keras.Model, epochs: int, worth: float) -> Trial:
    plain, batches = engine.traced, engine.trained_on
    most = max(1, batches.whole_steps)
    plain.run(0, 1)  # holds what TensorFlow does once
    count = max(1, min(most, int(TIMED_SECONDS / max(_time(plain, 1), 1e-6))))
    seconds = _time(plain, count) / count * batches.steps * epochs
    if seconds < worth:
        return Trial(None, f"All epochs take about {seconds:.0f} s, and compiling them with XLA could take longer.")
    try:
        compiled = engine.compile()
        compiled.run(0, 1)
    except Exception as error:  # noqa: BLE001 - whatever XLA cannot do, the engine without it can
        return Trial(None, f"XLA cannot compile it: {plain_words(error)}")
    pairs = [(_time(plain, count), _time(compiled, count)) for _ in range(ROUNDS)]
    factor = min(theirs for theirs, _ in pairs) / min(ours for _, ours in pairs)
    return Trial(factor, f"XLA was tried on the first {count} batches, and was {factor:.2g} times as fast", compiled)


def _time(steps: FusedSteps | CompiledSteps, count: int) -> float:
    """Seconds that so many batches take."""
    began = time.perf_counter()
    steps.run(0, count)
    return time.perf_counter() - began
