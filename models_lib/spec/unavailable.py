"""What the language has and this version does not build, and fields that stand in the wrong section."""

from typing import Any

from models_lib.spec.faults import Fault
from models_lib.spec.places import Place

# Section -> field -> what it is called in the message.
NOT_AVAILABLE: dict[str, dict[str, str]] = {
    "spec": {"components": "components", "windows": "windows over time series"},
    "binding": {
        "image": "image inputs",
        "image_size": "image inputs",
        "color_mode": "image inputs",
        "crop_to_aspect_ratio": "image inputs",
        "text": "text inputs",
        "sequence": "ragged sequences",
        "sparse": "sparse inputs",
        "windows": "windows over time series",
    },
    "target": {"sequence": "ragged sequences", "image": "image targets"},
    "layer": {"model": "a model as a layer"},
    "compile": {},
    "fit": {"loop": "an own training loop"},
    "checkpoint": {"every": "checkpoints by the clock"},
}
KINDS = ("sequential", "functional")
UNBUILT_KINDS = ("keras", "component", "application", "run", "script")

# Field -> (the section it was found in or "*", what to write instead).
ADVICE: dict[tuple[str, str], str] = {
    ("fit", "verbose"): "progress is always reported: leave it out",
    ("fit", "x"): "the data are bound under `inputs`",
    ("fit", "y"): "the data are bound under `targets`",
    ("fit", "initial_epoch"): "a run starts at its first epoch: leave it out",
    ("fit", "steps_per_epoch"): "an epoch is all rows of the training part: leave it out",
    ("fit", "validation_steps"): "validation takes all rows of its part: leave it out",
    ("fit", "lr"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("fit", "learning_rate"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("compile", "lr"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("compile", "learning_rate"): "write it into the optimizer: SGD(learning_rate=0.01)",
    ("fit", "reset_states"): "it became reset_state, and the service calls it",
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
    ("spec", "target"): "/targets",
    ("spec", "callbacks"): "/fit/callbacks",
    ("spec", "metrics"): "/compile/metrics",
    ("spec", "layers"): "/model/layers",
}


def not_available(place: Place, what: str, found: Any = None) -> Fault:
    """The answer to something that the language has and this version does not."""
    verb = "are" if what.endswith("s") and not what.endswith("ss") else "is"
    message = f"{what} {verb} not available in this version"
    return place.fault("not_available", message, found=found)
