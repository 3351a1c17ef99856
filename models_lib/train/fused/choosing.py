"""Which engine runs a training's epochs, and why."""

from collections.abc import Iterator, Mapping, Sequence

import keras

from models_lib.build.refusals import plain_words
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.fused.running import FusedEngine
from models_lib.train.hooks import needs_each_batch
from models_lib.train.reports import Engine, Report, Warned

OWN = ("fit", "evaluate", "make_train_function", "make_test_function")
FUSED = "Many batches are one call of a graph, and it computes what Keras' own fit computes, bit for bit."


def choose_engine(
    core: keras.Model,
    spec: RunSpec,
    batches: Mapping[str, Batches],
    callbacks: Sequence[keras.callbacks.Callback],
    report: Report,
) -> FusedEngine | None:
    """The fused engine, traced; None where Keras' own serves. Says which, and why."""
    why = (
        "The spec asks for it."
        if spec.fit.engine == "keras"
        else next(_obstacles(core, spec, batches, callbacks), None)
    )
    if why is None:
        try:
            engine = FusedEngine(core, batches, callbacks)
        except Exception as error:  # noqa: BLE001 - whatever it is, Keras meets it too, and says it in its own words
            why = f"The steps cannot be one graph: {plain_words(error)}"
        else:
            report(Engine("fused", FUSED).to_json())
            return engine
    report(Engine("keras", why).to_json())
    if spec.fit.engine == "fused":
        message = f"The fused engine was asked for, and cannot serve: {why} Keras' own does, with the same numbers."
        report(Warned("/fit/engine", "engine_not_fused", message).to_json())
    return None


def _obstacles(
    core: keras.Model,
    spec: RunSpec,
    batches: Mapping[str, Batches],
    callbacks: Sequence[keras.callbacks.Callback],
) -> Iterator[str]:
    """Why Python is needed at each batch."""
    if spec.fit.loop is not None:
        yield f"The training loop is its own: {spec.fit.loop.function}."
    if core.run_eagerly:
        yield "run_eagerly runs each batch step by step in Python."
    for callback in callbacks:
        if needs_each_batch(callback):
            yield f"{type(callback).__name__} is called at each batch."
    for name in OWN:
        if getattr(type(core), name) is not getattr(keras.Model, name):
            yield f"{type(core).__name__} has a {name} of its own."
    if not all(part.is_in_memory for part in batches.values()):
        yield "The data are larger than memory, and are read batch by batch."
