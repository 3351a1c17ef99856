"""The curves that Keras will log for a spec, and monitors that are none of them."""

from collections.abc import Iterable

from models_lib.spec.models import Model
from models_lib.spec.names import is_certain, nearest
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.training import Compile, Fit
from models_lib.spec.types import RunSpec

FIT = Place("/fit")


def expected_metrics(spec: RunSpec) -> tuple[str, ...]:
    """Every name in Keras' logs, training first, then validation."""
    return curve_names(spec.model, spec.compile, has_validation=spec.split.has_validation)


def curve_names(model: Model, compiled: Compile, *, has_validation: bool) -> tuple[str, ...]:
    """The names that `fit` logs: loss, one loss an output where there are several, then the metrics in their order."""
    outputs = model.output_names
    several = len(outputs) > 1
    losses = [f"{name}_loss" for name in outputs if name in compiled.loss] if several else []
    names = ["loss", *(losses if len(losses) > 1 else []), *_metric_names(compiled, outputs, several=several)]
    return tuple(names + [f"val_{name}" for name in names]) if has_validation else tuple(names)


def _metric_names(compiled: Compile, outputs: Iterable[str], *, several: bool) -> list[str]:
    """As Keras names them: by output where there are several, doubles numbered, weighted doubles marked."""
    counts: dict[str, int] = {}
    plain = [(output, metric) for output in outputs for metric in compiled.metrics.get(output, ())]
    names = [_numbered(_prefixed(_metric_name(m), output, several=several), counts) for output, m in plain]
    for output in outputs:
        for metric in compiled.weighted_metrics.get(output, ()):
            name = _prefixed(_metric_name(metric), output, several=several)
            if name in counts:
                name = _prefixed(f"weighted_{_metric_name(metric)}", output, several=several)
            names.append(_numbered(name, counts))
    return names


def _metric_name(metric: KerasObject) -> str:
    return str(metric.config.get("name") or metric.class_name)


def _prefixed(name: str, output: str, *, several: bool) -> str:
    return f"{output}_{name}" if several else name


def _numbered(name: str, counts: dict[str, int]) -> str:
    count = counts.get(name, 0)
    counts[name] = count + 1
    return f"{name}_{count}" if count else name


def settle_monitors(reading: Reading, fit: Fit, curves: tuple[str, ...]) -> Fit:
    """Write every monitor out and refuse those that will not exist. Without validation the default is loss."""
    default = "val_loss" if "val_loss" in curves else "loss"
    watched = fit.monitor or default
    if fit.monitor is not None:
        _check_monitor(reading, fit.monitor, curves, FIT.below("monitor"))
    callbacks = tuple(_settled(reading, callback, n, watched, curves) for n, callback in enumerate(fit.callbacks))
    stopping = fit.early_stopping
    if stopping is not None:
        if stopping.monitor is not None:
            base = FIT.below("early_stopping")
            place = reading.objects.places.get((base.pointer, "monitor"), base.below("monitor"))
            _check_monitor(reading, stopping.monitor, curves, place)
        stopping = stopping.model_copy(update={"monitor": stopping.monitor or watched})
        if not (stopping.monitor or "").startswith("val_"):
            message = f"early stopping watches {stopping.monitor!r}, which does not tell when a model begins to overfit"
            reading.warn(FIT.below("early_stopping"), message)
    return fit.model_copy(update={"monitor": watched, "early_stopping": stopping, "callbacks": callbacks})


def _settled(reading: Reading, callback: KerasObject, n: int, watched: str, curves: tuple[str, ...]) -> KerasObject:
    entry = reading.objects.catalog.find("callback", callback.class_name)
    if entry is None or "monitor" not in entry.arguments:
        return callback
    monitor = callback.config.get("monitor")
    if isinstance(monitor, str):
        base = FIT.below("callbacks", n)
        place = reading.objects.places.get((base.pointer, "monitor"), base)
        _check_monitor(reading, monitor, curves, place)
        return callback
    return callback.model_copy(update={"config": {"monitor": watched, **callback.config}})


def _check_monitor(reading: Reading, monitor: str, curves: tuple[str, ...], place: Place) -> None:
    if monitor in curves:
        return
    validated = [name for name in curves if name.startswith("val_")]
    alike = validated if monitor.startswith("val_") and validated else [n for n in curves if not n.startswith("val_")]
    near = nearest(monitor, alike)
    listed = sorted(alike, key=lambda name: (name != near, alike.index(name)))
    hint = (
        "" if validated or not monitor.startswith("val_") else "; nothing is held back: write split: {validation: 0.2}"
    )
    message = f"monitor {monitor[:80]!r} will not exist: {', '.join(listed[:12])} will{hint}"
    mend = place.replacing(near) if near and is_certain(monitor, near) else None
    reading.refuse(place.fault("bad_reference", message, found=monitor, allowed=curves, did_you_mean=near, patch=mend))
