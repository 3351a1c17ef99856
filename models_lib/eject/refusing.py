"""What no script is written for, told before anything is asked of the model: by its place in the spec, and why."""

from typing import Any

from pydantic import BaseModel

from models_lib.eject.names import NotEjectable
from models_lib.spec.bindings import Binding, Split, Target, Windows
from models_lib.spec.faults import join_pointer
from models_lib.spec.models import (
    ApplicationModel,
    ComponentModel,
    Functional,
    FunctionalLayer,
    KerasModel,
    NestedLayer,
    RunModel,
    Sequential,
    SequentialLayer,
    StackedModel,
)
from models_lib.spec.training import Compile, Fit, Loop, NamedOptimizer
from models_lib.spec.types import RunSpec

# What a script says, or what changes nothing in the weights. A field that came later is refused where it is used.
KNOWN: dict[type[BaseModel], frozenset[str]] = {
    RunSpec: frozenset({
        "name", "dataset", "seed", "components", "inputs", "targets", "split", "windows", "model", "compile", "fit",
        "export", "resources", "queue", "priority", "retry", "project", "tags",
    }),
    Binding: frozenset({
        "columns", "column", "array", "image", "image_size", "color_mode", "crop_to_aspect_ratio", "interpolation",
        "text", "sequence", "sparse", "delimiter", "maxlen", "padding", "truncating", "value", "missing", "preprocess",
        "dtype", "date", "parts",
    }),
    Target: frozenset({"column", "array", "normalize", "classes", "missing", "dtype"}),
    Windows: frozenset({"sequence_length", "sampling_rate", "sequence_stride", "horizon", "time", "by"}),
    Split: frozenset({
        "validation", "test", "stratify", "group", "time", "column", "validation_dataset", "test_dataset",
        "shuffle",
    }),
    Sequential: frozenset({"kind", "layers", "weights", "trainable"}),
    SequentialLayer: frozenset({"name", "layer", "trainable"}),
    StackedModel: frozenset({"name", "model", "trainable"}),
    Functional: frozenset({"kind", "layers", "inputs", "outputs", "weights", "trainable"}),
    FunctionalLayer: frozenset({"name", "layer", "inputs", "call", "trainable"}),
    NestedLayer: frozenset({"name", "model", "inputs", "call", "trainable"}),
    ComponentModel: frozenset({"kind", "class_name", "config", "outputs", "weights"}),
    KerasModel: frozenset({"kind", "config", "class_name", "weights", "trainable"}),
    ApplicationModel: frozenset({"kind", "class_name", "config", "name", "weights", "trainable"}),
    RunModel: frozenset({"kind", "run", "checkpoint", "readapt", "outputs", "trainable", "model"}),
    NamedOptimizer: frozenset({"use", "layers"}),
    Compile: frozenset({
        "optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "own", "run_eagerly", "steps_per_execution",
        "jit_compile", "auto_scale_loss", "dtype_policy", "optimizer_state",
    }),
    Fit: frozenset({
        "epochs", "initial_epoch", "batch_size", "shuffle", "monitor", "mode", "early_stopping", "checkpoint",
        "tensorboard", "callbacks", "class_weight", "sample_weight", "validation_freq", "validation_batch_size",
        "engine", "exact", "loop", "steps_per_epoch", "validation_steps", "fixed_batches",
    }),
    Loop: frozenset({"function", "config"}),
}  # fmt: skip


def refuse_unwritten(spec: RunSpec, *, was_stopped: bool, is_as_specified: bool, is_exact: bool) -> None:
    """Raise NotEjectable for what a script cannot say."""
    if not is_exact:
        reason = (
            "XLA did its steps, and plain Keras ends with the same weights within rounding only: exact: true ejects."
        )
        raise NotEjectable("/fit/exact", reason)
    if was_stopped:
        reason = "The run was stopped by hand in the middle of its epochs, and a script would go on to their end."
        raise NotEjectable("/fit/epochs", reason)
    if not is_as_specified:
        reason = "The run was changed under way, or goes on from another, and a script would do what its spec says."
        raise NotEjectable("/fit", reason)
    if spec.fit.loop is not None and spec.fit.steps_per_epoch is not None:
        raise NotEjectable(
            "/fit/steps_per_epoch", "Epochs of so many batches, for a loop, are not written in plain Keras yet."
        )
    _refuse_unknown(spec, "")


def _refuse_unknown(part: Any, pointer: str) -> None:
    """Refuse what is said in a field that is not known here, at any depth."""
    if isinstance(part, BaseModel):
        known = KNOWN.get(type(part))
        for name, field in type(part).model_fields.items():
            value = getattr(part, name)
            at = join_pointer(pointer, name)
            if known is not None and name not in known and value != field.get_default(call_default_factory=True):
                raise NotEjectable(at, f"What {name} does is not written in plain Keras yet.")
            _refuse_unknown(value, at)
        if known is None and "kind" in type(part).model_fields:
            raise NotEjectable(pointer, f"A model of kind {part.kind} is not written in plain Keras yet.")  # type: ignore[attr-defined]  # has a kind
    elif isinstance(part, dict):
        for name, value in part.items():
            _refuse_unknown(value, join_pointer(pointer, name))
    elif isinstance(part, list | tuple):
        for number, value in enumerate(part):
            _refuse_unknown(value, join_pointer(pointer, number))
