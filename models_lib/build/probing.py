"""Losses and metrics tried on two rows of zeros, so that Keras itself says whether they fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.build.objects import construct
from models_lib.build.refusals import plain_words
from models_lib.spec.faults import Fault, join_pointer
from models_lib.spec.objects import KerasObject
from models_lib.spec.training import Compile

OPEN_AXIS = 2
SPARSE_OF = {"CategoricalCrossentropy": "sparse_categorical_crossentropy"}


@dataclass(frozen=True)
class ProbedOutput:
    """One output with the target that it will be compared with; `target` holds two rows, the likeliest to fail."""

    name: str
    shape: tuple[int | None, ...]
    target: NDArray[Any]
    holds_classes: bool = False
    """Whether its target is one whole number a row, which may be the number of a class."""

    @property
    def zeros(self) -> NDArray[np.float32]:
        """Two predictions of zero; axes of unknown size are the target's, or small."""
        known = self.target.shape[1:] if self.target.ndim == len(self.shape) + 1 else (OPEN_AXIS,) * len(self.shape)
        sizes = [size or other for size, other in zip(self.shape, known, strict=True)]
        return np.zeros((2, *sizes), dtype=np.float32)

    @property
    def wanted(self) -> list[int | None]:
        """The output's shape that would fit: the target's, or a unit for each class."""
        if self.target.ndim == 1:
            return [None, int(self.target.max()) + 1]
        return [None, *self.target.shape[1:]]


def probe_output(output: ProbedOutput, compiled: Compile, *, is_single: bool) -> Iterator[Fault]:
    """Faults of an output's loss; of its metrics only where the loss fits."""
    place = "/compile/loss" if is_single else join_pointer("/compile/loss", output.name)
    loss = compiled.loss[output.name]
    fault = _try(output, place, loss, "loss")
    if fault:
        yield _with_mend(fault, output, loss.class_name, is_certain=is_single)
        return
    for field in ("metrics", "weighted_metrics"):
        for metric in getattr(compiled, field).get(output.name, ()):
            base = join_pointer("/compile", field)
            fault = _try(output, base if is_single else join_pointer(base, output.name), metric, "metric")
            if fault:
                yield fault


def _try(output: ProbedOutput, pointer: str, described: KerasObject, family: Any) -> Fault | None:
    try:
        _compare(output, described, family)
    except Exception as error:  # noqa: BLE001 - whatever Keras or TensorFlow raises for what does not fit
        shapes = {"output": [None, *output.shape], "target": [None, *output.target.shape[1:]]}
        message = (
            f"{described.class_name} does not fit output {output.name!r} of shape {(None, *output.shape)} "
            f"and its target of shape {(None, *output.target.shape[1:])}. Keras: {plain_words(error)}"
        )
        return Fault(pointer=pointer, message=message, code="bad_shape", found=shapes, allowed=output.wanted)
    return None


def _with_mend(fault: Fault, output: ProbedOutput, loss: str, *, is_certain: bool) -> Fault:
    """Numbers of classes, given to a loss that wants a unit for each: the loss that wants them is named."""
    if loss not in SPARSE_OF or not output.holds_classes:
        return fault
    mend = SPARSE_OF[loss]
    message = f"{fault.message} The target holds numbers of classes, which {mend} takes; or write classes: auto."
    patch = [{"op": "replace", "path": fault.pointer, "value": mend}] if is_certain else None
    return fault.model_copy(update={"message": message, "did_you_mean": mend, "patch": patch})


def _compare(output: ProbedOutput, described: KerasObject, family: Any) -> None:
    """Through a model, since Keras settles there which accuracy or crossentropy a word means."""
    zeros = output.zeros
    rows = keras.Input(zeros.shape[1:])
    probe = keras.Model(rows, keras.layers.Identity()(rows))
    made = construct(family, described)
    if family == "loss":
        probe.compile(loss=made)
        probe.compute_loss(y=output.target, y_pred=zeros)
    else:
        probe.compile(metrics=[made])
        results = probe.compute_metrics(None, output.target, zeros)
        if any(np.ndim(result) for result in results.values()):
            raise ValueError('it gives a number for each class, and a curve needs a single one: write average="macro".')
