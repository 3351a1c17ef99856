"""A data set's columns as a saved model takes them: whether they fit, and their tensors."""

from models_lib.data.faults import data_fault
from models_lib.data.pictures import PictureShape
from models_lib.data.sequences import SequenceShape
from models_lib.export.mapping import MappedInput, ModelMapping
from models_lib.export.tensors import ColumnTensor
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import Fault

DATES = ("date", "timestamp")


def column_tensor(part: MappedInput) -> ColumnTensor:
    """What gathers one tensor of the model from a table."""
    shaped: PictureShape | SequenceShape | None = None
    if part.image is not None:
        shaped = PictureShape(**part.image.model_dump())
    elif part.sequence is not None:
        shaped = SequenceShape(part.dtype, **part.sequence.model_dump())
    told = part.model_dump(exclude={"tensor", "image", "sequence"})
    return ColumnTensor(**told, name=part.tensor, shaped=shaped)


def find_strange_columns(mapping: ModelMapping, profile: DatasetProfile) -> list[Fault]:
    """Columns that are absent, or hold something else than the model takes: nothing is converted without a word."""
    wanted = {part.column: part for part in mapping.inputs}
    absent = [name for name in wanted if name not in profile.by_name]
    if absent:
        message = f"The data set has no column {', '.join(map(repr, absent))}, which the model takes."
        return [data_fault("/dataset", message, found=absent, allowed=list(profile.by_name))]
    faults = []
    for name, part in wanted.items():
        column = profile.by_name[name]
        takes = _kind_taken(part, is_window=mapping.window is not None)
        if not _fits(column, part, takes):
            message = f"Column {name!r} holds {_kind_held(column)}, and the model takes {takes}."
            faults.append(data_fault("/dataset", message, found=column.dtype, allowed=takes))
    return faults


def _kind_taken(part: MappedInput, *, is_window: bool) -> str:
    if part.image is not None:
        return "images"
    if part.column_dtype in DATES:
        return "dates"
    if part.sequence is not None:
        return "words between delimiters" if part.sequence.delimiter else "lists"
    shape = part.shape[1:] if is_window else part.shape
    kind = "words" if part.dtype == "string" else "numbers"
    return kind if shape in ((), (1,)) else f"arrays of {kind} of shape {list(shape)}"


def _fits(column: Column, part: MappedInput, takes: str) -> bool:
    if takes == "images":
        return column.is_image
    if takes == "dates":
        return column.is_time
    if part.sequence is not None:
        return column.is_text if part.sequence.delimiter else column.items is not None
    if column.is_image or column.items is not None or column.is_time:
        return False
    if takes.startswith("arrays"):
        return takes == f"arrays of {'words' if column.is_text else 'numbers'} of shape {list(column.shape)}"
    # Numbers may become words, as in training; words never numbers.
    return not column.shape and (part.dtype == "string" or column.is_number or column.dtype == "bool")


def _kind_held(column: Column) -> str:
    if column.is_image:
        return "images"
    if column.items is not None:
        return "lists"
    kind = "words" if column.is_text else column.dtype
    return f"arrays of {kind} of shape {list(column.shape)}" if column.shape else kind
