"""Classes of targets: whether a loss can learn them, and which labels there are."""

from dataclasses import replace
from typing import Any

from models_lib.spec.bindings import Target
from models_lib.spec.components import is_component
from models_lib.spec.data_reading import WrittenTarget
from models_lib.spec.dataset import Column
from models_lib.spec.models import ApplicationModel, KerasModel, Model
from models_lib.spec.names import join_names
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Place
from models_lib.spec.planning import plan_model
from models_lib.spec.sections import FAULTY, Reading
from models_lib.spec.training import Compile, Fit

FIT = Place("/fit")
BINARY = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge"})
SPARSE = frozenset({"SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"})
CATEGORICAL = frozenset({"CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalHinge", "KLDivergence"})
OF_LABELS = BINARY | SPARSE | CATEGORICAL | {"crossentropy"}


def settle_classes(
    reading: Reading,
    bound: list[WrittenTarget],
    columns: dict[str, Column],
    model: Model,
    compiled: Compile,
    fit: Fit,
) -> list[WrittenTarget]:
    """The targets with their classes written out as far as the profile knows them."""
    settled = []
    for written in bound:
        output = str(written.output)
        loss = compiled.loss.get(output, FAULTY).class_name
        target = _with_classes(reading, written, columns.get(output), loss)
        if isinstance(target.classes, tuple):
            units = _units(model, output)
            _check_units(reading, written, len(target.classes), units, loss)
            _check_weights(reading, output, target.classes, fit)
        elif output in columns:
            _check_range(reading, written, columns[output], _units(model, output), loss)
        settled.append(replace(written, target=target))
    for output in fit.class_weight:
        if output not in {written.output for written in bound}:
            message = f"the model has no output {output[:80]!r} with a target"
            known = tuple(str(written.output) for written in bound)
            reading.refuse(
                FIT.below("class_weight", output).fault("bad_reference", message, found=output, allowed=known)
            )
    return settled


def _with_classes(reading: Reading, written: WrittenTarget, column: Column | None, loss: str) -> Target:
    target = written.target
    if column is None:
        return target
    if column.is_text and loss not in OF_LABELS and loss != FAULTY.class_name and not is_component(loss):
        message = f"target {column.name!r} holds words, which {loss} cannot learn: sparse_categorical_crossentropy can"
        reading.refuse(
            Place("/compile/loss").fault("wrong_type", message, found=loss, allowed=tuple(sorted(OF_LABELS)))
        )
    classes: Any = target.classes or ("auto" if column.is_text else None)
    if classes == "auto" and column.top and len(column.top) == column.unique:
        classes = tuple(sorted((value for value, _ in column.top), key=lambda v: (isinstance(v, str), v)))
    return target.model_copy(update={"classes": classes})


def _units(model: Model, output: str) -> int | None:
    """The units of the Dense that makes an output, looking through an Activation or Softmax before it in a stack."""
    made_of: object
    if isinstance(model, KerasModel | ApplicationModel):
        layer = plan_model(model, ()).find(output)
        made_of = layer.made_of if layer is not None else None
    else:
        made_of = next((getattr(part, "layer", None) for part in model.layers if part.name == output), None)
    is_dense = isinstance(made_of, KerasObject) and made_of.class_name == "Dense"
    units = made_of.config.get("units") if isinstance(made_of, KerasObject) and is_dense else None
    return units if isinstance(units, int) else None


def _check_units(reading: Reading, written: WrittenTarget, classes: int, units: int | None, loss: str) -> None:
    if loss in BINARY and (classes > 2 or (units or 1) > 1):
        message = f"target {written.target.source!r} has {classes} classes, and {loss} learns two with one unit"
        reading.refuse(written.place.fault("bad_shape", message, found=classes, allowed=2))
    elif loss in SPARSE | CATEGORICAL and units is not None and units < classes:
        message = f"target {written.target.source!r} has {classes} classes, and output {written.output!r} {units} units"
        reading.refuse(written.place.fault("bad_shape", message, found=units, allowed=classes))
    elif loss in SPARSE and units is not None and units > classes:
        message = f"target {written.target.source!r} has {classes} classes, and output {written.output!r} {units} units"
        reading.warn(written.place, f"{message}: the others will stand for nothing")


def _check_range(reading: Reading, written: WrittenTarget, column: Column, units: int | None, loss: str) -> None:
    """Whole numbers are classes themselves: from 0 to one less than there are units."""
    if loss not in SPARSE or not column.is_number or not isinstance(column.max, int | float):
        return
    least, most = column.min or 0, column.max
    if least < 0 or (units is not None and most >= units):
        message = (
            f"target {column.name!r} runs from {least:g} to {most:g}, and {written.output!r} has {units} units: "
            "labels count from 0 (classes: auto numbers them)"
        )
        found = {"min": least, "max": most, "units": units}
        reading.refuse(written.place.fault("bad_shape", message, found=found, allowed=units))


def label_key(label: Any) -> str:
    """A label as the key of a mapping: JSON's word for it, and 1 for 1.0."""
    if isinstance(label, bool):
        return str(label).lower()
    return f"{label:g}" if isinstance(label, float) and label.is_integer() else str(label)


def _check_weights(reading: Reading, output: str, classes: tuple[Any, ...], fit: Fit) -> None:
    known = [label_key(label) for label in classes]
    for label in fit.class_weight.get(output, {}):
        if label not in known:
            message = f"{output!r} has no class {label[:80]!r}: {join_names(known)}"
            place = FIT.below("class_weight")
            reading.refuse(place.fault("bad_reference", message, found=label, allowed=tuple(known)))
