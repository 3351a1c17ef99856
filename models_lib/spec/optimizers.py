"""Reads `compile.optimizer`: one, or several by name with the layers that each trains."""

from fnmatch import fnmatchcase
from typing import Any

from models_lib.spec.models import ComponentModel, Model
from models_lib.spec.names import join_names
from models_lib.spec.nesting import walk_layers
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Patch, Place
from models_lib.spec.planning import plan_model
from models_lib.spec.plans import Application
from models_lib.spec.sections import FAULTY, Reading
from models_lib.spec.training import Compile, Fit, NamedOptimizer

OPTIMIZER = Place("/compile/optimizer")
DEFAULT = "rmsprop"
ARGUMENTS = (
    "gradient_accumulation_steps", "use_ema", "ema_momentum", "ema_overwrite_frequency", "clipnorm", "clipvalue",
    "global_clipnorm", "weight_decay", "loss_scale_factor",
)  # fmt: skip


def read_optimizer(reading: Reading, fields: dict[str, Any]) -> KerasObject | dict[str, Any]:
    """The optimizer, or several by name; arguments of it that stand beside it in `compile` move into it."""
    raw = fields.get("optimizer")
    extra = {name: fields.pop(name) for name in ARGUMENTS if name in fields}
    if isinstance(raw, dict) and is_named(raw):
        return _read_named(reading, raw, extra)
    optimizer = reading.object(DEFAULT if raw is None else raw, "optimizer", OPTIMIZER)
    if not extra or optimizer is FAULTY:
        return optimizer
    config = {**optimizer.model_dump(mode="json")["config"], **extra}
    return reading.object({"class_name": optimizer.class_name, "config": config}, "optimizer", OPTIMIZER)


def is_named(raw: Any) -> bool:
    """Whether several optimizers are meant: {name: {use: …, layers: […]}}."""
    return (
        isinstance(raw, dict) and bool(raw) and all(isinstance(part, dict) and "use" in part for part in raw.values())
    )


def _read_named(reading: Reading, raw: dict[str, Any], extra: dict[str, Any]) -> KerasObject | dict[str, Any]:
    for name, value in extra.items():
        message = f"of several optimizers each has its own {name}: write it into the call, e.g. Adam(1e-3, {name}=…)"
        reading.refuse(Place("/compile").below(name).fault("unknown_field", message, found=value))
    named = {str(name): _read_part(reading, part, OPTIMIZER.below(name)) for name, part in raw.items()}
    rests = [name for name, part in named.items() if part is not None and not part.layers]
    if len(rests) > 1:
        message = f"{join_names(rests)} all take the rest: give all but one their layers"
        reading.refuse(OPTIMIZER.below(rests[1], "layers").fault("missing", message, allowed="a list of globs"))
    return {name: part for name, part in named.items() if part is not None} or FAULTY


def _read_part(reading: Reading, part: dict[str, Any], place: Place) -> NamedOptimizer | None:
    layers = part.get("layers")
    given = {key: value for key, value in part.items() if value is not None}
    given |= {"use": reading.object(part["use"], "optimizer", place.below("use"))}
    given |= {"layers": [layers]} if isinstance(layers, str) else {}
    return reading.closed(NamedOptimizer, given, place, "optimizer")


def check_optimizers(reading: Reading, compiled: Compile, model: Model, inputs: tuple[str, ...]) -> None:
    """Refuse globs that match no layer; whether every weight has one optimizer is seen when the model is built."""
    if isinstance(compiled.optimizer, KerasObject) or isinstance(model, ComponentModel):
        return
    layers = list(walk_layers(plan_model(model, inputs)))
    paths = [path for path, _ in layers]
    unknown = [path for path, layer in layers if isinstance(layer.made_of, Application)]
    for name, part in compiled.optimizer.items():
        for n, glob in enumerate(part.layers):
            is_inside = any(glob.startswith(f"{path}/") for path in unknown)
            if not is_inside and not any(fnmatchcase(path, glob) for path in paths):
                place = OPTIMIZER.below(name, "layers", n)
                message = f"no layer matches {glob!r}"
                reading.refuse(place.fault("bad_reference", message, found=glob, allowed=tuple(paths[:200])))


def check_swapping(reading: Reading, compiled: Compile, fit: Fit) -> None:
    """SwapEMAWeights fails when a training begins, unless there is one optimizer, which keeps averages."""
    names = [callback.class_name for callback in fit.callbacks]
    if "SwapEMAWeights" not in names:
        return
    place = Place("/fit/callbacks").below(names.index("SwapEMAWeights"))
    if not isinstance(compiled.optimizer, KerasObject):
        message = "SwapEMAWeights knows one optimizer alone, and there are several: leave it out"
        reading.refuse(place.fault("forbidden", message, found="SwapEMAWeights", patch=place.removing()))
    elif compiled.optimizer is not FAULTY and not compiled.optimizer.config.get("use_ema"):
        message = "SwapEMAWeights needs averages of the weights: write use_ema: true under compile"
        patch: Patch = [{"op": "add", "path": "/compile/use_ema", "value": True}]
        reading.refuse(place.fault("missing", message, found="SwapEMAWeights", patch=patch))
