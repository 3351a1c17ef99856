"""Whether more or less of a monitored curve is better."""

from models_lib.build.objects import construct
from models_lib.spec.objects import KerasObject
from models_lib.spec.training import Mode
from models_lib.spec.types import RunSpec

MODES: dict[str, Mode] = {"up": "max", "down": "min"}
OF_WORDS: dict[str, Mode] = {"accuracy": "max", "crossentropy": "min"}


def settle_mode(spec: RunSpec, monitor: str, mode: Mode) -> Mode:
    """The mode as given; for `auto` what Keras knows of the metric, whichever output it belongs to.

    Keras' own `auto` looks for a metric of the curve's whole name, and fails where the name starts with an output's.
    Still `auto` for a metric that has no better and worse, such as a count of positives.
    """
    if mode != "auto":
        return mode
    name = monitor.removeprefix("val_")
    outputs = spec.model.output_names
    if name in ("loss", *(f"{output}_loss" for output in outputs)):
        return "min"
    for output in outputs:
        prefix = f"{output}_" if len(outputs) > 1 else ""
        for metrics in (spec.compile.metrics, spec.compile.weighted_metrics):
            for metric in metrics.get(output, ()):
                logged = str(metric.config.get("name") or metric.class_name)
                if name in (f"{prefix}{logged}", f"{prefix}weighted_{logged}"):
                    return _mode_of(metric)
    return "auto"


def _mode_of(metric: KerasObject) -> Mode:
    made = construct("metric", metric)
    if isinstance(made, str):
        return OF_WORDS[made]
    return MODES.get(getattr(made, "_direction", ""), "auto")
