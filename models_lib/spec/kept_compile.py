"""What a Keras model was compiled with before it was sent: used where `compile` is left out."""

from typing import Any

from models_lib.spec.compiling import COMPILE, read_compile
from models_lib.spec.keras_configs import parse_config, plain_config
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.training import Compile

# Not jit_compile: it holds what Keras chose on that machine, not what somebody asked for.
KEPT = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution")
PLACE = Place("/model/config/compile_config")


def has_kept_compile(model: Any) -> bool:
    """Whether the model as written says what its loss is."""
    return isinstance(model, dict) and bool((_compile_config(model) or {}).get("loss"))


def read_kept_compile(reading: Reading, model: dict[str, Any], outputs: tuple[str, ...]) -> Compile | None:
    """`compile_config` as `compile`; faults point into the config."""
    before = len(reading.faults)
    kept = {name: value for name, value in (_compile_config(model) or {}).items() if name in KEPT and value is not None}
    raw = plain_config(kept, PLACE, reading.faults)
    if len(reading.faults) > before:
        return None
    compiled = read_compile(reading, raw, outputs, model_only=False)
    for n, fault in enumerate(reading.faults[before:], before):
        if fault.pointer.startswith(COMPILE.pointer):
            moved = PLACE.pointer + fault.pointer.removeprefix(COMPILE.pointer)
            reading.faults[n] = fault.model_copy(update={"pointer": moved, "patch": None})
    return compiled


def _compile_config(model: dict[str, Any]) -> dict[str, Any] | None:
    config = parse_config(model.get("config"), Place(), [])
    compiled = config.get("compile_config") if isinstance(config, dict) else None
    return compiled if isinstance(compiled, dict) else None
