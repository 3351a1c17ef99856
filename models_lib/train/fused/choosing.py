"""Which engine runs a training's epochs, and why."""

from collections.abc import Iterator, Mapping, Sequence

import keras

from models_lib.build.refusals import plain_words
from models_lib.data.faults import DataFault
from models_lib.spec.faults import Fault
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.fused.running import AfterEpoch, FusedEngine
from models_lib.train.fused.trying import find_gain, try_xla
from models_lib.train.hooks import needs_each_batch
from models_lib.train.reports import Engine, Report, Warned
from models_lib.train.together import Agreement

OWN = ("fit", "evaluate", "make_train_function", "make_test_function")
FUSED = "Many batches are one call of a graph, and it computes what Keras' own fit computes, bit for bit."
SHARED = "Many batches are one call of a graph, and {} devices share each: what one computes, within rounding."
XLA = "Many batches are one call of a graph that XLA has compiled: what fit computes, within rounding."


def choose_engine(
    core: keras.Model,
    spec: RunSpec,
    batches: Mapping[str, Batches],
    callbacks: Sequence[keras.callbacks.Callback],
    report: Report,
    *,
    is_first: bool = True,
    agreement: Agreement | None = None,
) -> FusedEngine | None:
    """The fused engine, traced; None where Keras' own serves. Says which and why. `is_first`: no attempt before.

    Raises DataFault where several workers train, and only Keras' own could.
    """
    why = (
        "The spec asks for it."
        if spec.fit.engine == "keras"
        else next(_obstacles(core, spec, batches, callbacks), None)
    )
    if why is None:
        try:
            engine = FusedEngine(core, batches, callbacks, agreement)
        except Exception as error:  # noqa: BLE001 - whatever it is, Keras meets it too, and says it in its own words
            why = f"The steps cannot be one graph: {plain_words(error)}"
        else:
            report(_choose_compiler(engine, core, spec, report, is_first=is_first).to_json())
            return engine
    if agreement is not None:
        message = f"Several workers cannot train this together: {why} Leave resources.workers out."
        raise DataFault(Fault(pointer="/resources/workers", message=message, code="forbidden"))
    report(Engine("keras", why).to_json())
    if spec.fit.engine in ("fused", "xla"):
        message = f"The {spec.fit.engine} engine was asked for, and cannot serve: {why} Keras' own does."
        report(Warned("/fit/engine", "engine_not_fused", message).to_json())
    return None


def _choose_compiler(
    engine: FusedEngine, core: keras.Model, spec: RunSpec, report: Report, *, is_first: bool
) -> Engine:
    """XLA where the spec asks for it, or allows it and it is faster.

    Not tried where a component's Python, optimizers and random numbers could not be put back, and not by an attempt
    that goes on from another's checkpoint.
    """
    fit, devices = spec.fit, core.distribute_strategy.num_replicas_in_sync
    if devices > 1:
        return _share(devices, fit.engine, report)
    if fit.engine == "xla":
        return _compile(engine, report)
    if fit.engine == "fused" or fit.exact or spec.components or not is_first:
        return Engine("fused", FUSED)
    report(Engine("fused", f"{FUSED} XLA is being tried.").to_json())
    trial = try_xla(engine, core, epochs=fit.epochs)
    if not trial.is_faster or trial.compiled is None:
        return Engine("fused", f"{FUSED} {trial.why}")
    engine.use(trial.compiled)
    return Engine("xla", f"{XLA} {trial.why}.")


def _share(devices: int, asked: str, report: Report) -> Engine:
    if asked == "xla":
        message = f"XLA was asked for, and compiles for one device, not {devices}. The engine without it is taken."
        report(Warned("/fit/engine", "engine_not_fused", message).to_json())
    return Engine("fused", SHARED.format(devices))


def tell_gain(engine: FusedEngine, core: keras.Model, spec: RunSpec, report: Report) -> AfterEpoch | None:
    """Told how long an epoch took, it says what `exact: false` would gain a long run that must keep Keras' own bits."""
    fit = spec.fit
    is_shared = core.distribute_strategy.num_replicas_in_sync > 1
    if not fit.exact or fit.engine != "auto" or spec.components or is_shared:
        return None

    def tell(epoch: int, seconds: float) -> None:
        gain = find_gain(engine, core, seconds_left=seconds * (fit.epochs - epoch))
        if gain is not None:
            report(Engine("fused", f"{FUSED} {gain}").to_json())

    return tell


def _compile(engine: FusedEngine, report: Report) -> Engine:
    try:
        engine.use(engine.compile())
    except Exception as error:  # noqa: BLE001 - whatever XLA cannot do, the engine without it can
        message = f"XLA was asked for, and cannot compile it: {plain_words(error)} The engine without it is taken."
        report(Warned("/fit/engine", "engine_not_fused", message).to_json())
        return Engine("fused", FUSED)
    return Engine("xla", f"{XLA} The spec asks for it.")


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
