"""What the language has and this version does not build, and fields that stand in the wrong section."""

from typing import Any

from models_lib.spec.faults import Fault
from models_lib.spec.places import Place

# Section -> field -> what the message begins with.
NOT_AVAILABLE: dict[str, dict[str, str]] = {
    "spec": {},
    "binding": {},
    "target": {"sequence": "ragged sequences are", "image": "image targets are"},
    "compile": {},
    "fit": {},
}
KINDS = ("sequential", "functional", "keras", "application", "component", "run", "script")

# Field -> (the section it was found in or "*", what to write instead).
ADVICE: dict[tuple[str, str], str] = {
    (
        "fit",
        "save_freq",
    ): "write checkpoint: {every: 5m}, or checkpoint: {keep: all} and epochs of steps_per_epoch batches",
    ("fit", "verbose"): "progress is always reported: leave it out",
    ("fit", "x"): "the data are bound under `inputs`",
    ("fit", "y"): "the data are bound under `targets`",
    ("fit", "lr"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("fit", "learning_rate"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("compile", "lr"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("compile", "learning_rate"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("fit", "reset_states"): "it became reset_state, and the service calls it",
    ("sequential layer", "reset_states"): "it became a method, reset_state, which the service calls",
    ("layer", "reset_states"): "it became a method, reset_state, which the service calls",
    ("layer", "input_shape"): "input shapes come from `inputs`: leave it out",
    ("sequential layer", "inputs"): "a stack needs none: for a graph write kind: functional",
    ("sequential", "outputs"): "a stack's output is its last layer: for a graph write kind: functional",
    ("sequential", "inputs"): "inputs are bound under `inputs` beside `model`",
    ("functional", "inputs"): "inputs are bound under `inputs` beside `model`",
}
# (section, field) -> where it belongs, as a path from the document's root.
MOVED: dict[tuple[str, str], str] = {
    ("fit", "validation_split"): "/split/validation",
    ("fit", "validation_data"): "/split/validation_dataset",
    ("fit", "nb_epoch"): "/fit/epochs",
    ("compile", "dynamic"): "/compile/run_eagerly",
    ("spec", "validation_split"): "/split/validation",
    ("spec", "shuffle"): "/fit/shuffle",
    ("spec", "target"): "/targets",
    ("spec", "callbacks"): "/fit/callbacks",
    ("spec", "metrics"): "/compile/metrics",
    ("spec", "layers"): "/model/layers",
}


def not_available(place: Place, what: str, found: Any = None) -> Fault:
    """The answer to something, `what` with its verb, that the language has and this version does not."""
    message = f"{what} not available in this version"
    return place.fault("not_available", message, found=found)
