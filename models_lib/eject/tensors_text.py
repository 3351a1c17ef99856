"""The part of the script that prepares tensors: inputs, targets, and how much each row counts."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

import numpy as np

from models_lib.data.dates import DateParts
from models_lib.data.inputs import INDICATORS, ModelInput
from models_lib.data.kept import Kept
from models_lib.data.loading import LoadedRows
from models_lib.data.targets import ModelTarget
from models_lib.eject.calls import write_object
from models_lib.eject.names import NotEjectable, Page
from models_lib.spec.bindings import Binding
from models_lib.spec.components import is_component
from models_lib.spec.faults import join_pointer
from models_lib.spec.labels import label_key
from models_lib.spec.objects import KerasObject
from models_lib.spec.types import RunSpec

ADAPTED = frozenset({"Normalization", "StringLookup", "IntegerLookup", "TextVectorization", "Discretization"})
KNOWN = frozenset({
    "name", "sources", "dtype", "raw_shape", "fills", "layers", "picture", "sequence", "steps",
})  # fmt: skip


def input_lines(
    name: str, part: ModelInput, binding: Binding, data: LoadedRows, page: Page, *, kept: Kept
) -> Iterator[str]:
    """The input's tensor: columns side by side, gaps filled, prepared by layers that learn from `train` alone.

    What was `kept` of another run is said, and not learned.
    """
    _refuse_unknown(name, part)
    tensor = page.variables.of("input", name)
    yield f"{tensor} = {_gathered(part, data, page)}"
    learning = [layer for layer in part.layers if not isinstance(layer, DateParts)]
    before = kept.input_like(name, binding)
    for at, (described, learned) in enumerate(zip(binding.preprocess or (), learning, strict=True)):
        extra = dict(before.layers[at]) if before else {}
        if (
            before is None
            and described.class_name == "TextVectorization"
            and getattr(learned, "_output_sequence_length", None)
        ):
            extra["output_sequence_length"] = learned._output_sequence_length
        yield f"layer = {write_object('layer', described, **extra)}"
        is_own = is_component(described.class_name) and hasattr(learned, "adapt")
        if is_own or (before is None and described.class_name in ADAPTED and not is_given(described)):
            yield f"layer.adapt({tensor}[train])"
        cast = ', dtype="float32"' if getattr(learned, "output_mode", None) in INDICATORS else ""
        if data.others:
            each = f"np.asarray(layer(rows){cast}) for rows in np.split({tensor}, {_file_ends(data)!r})"
            yield f"{tensor} = np.concatenate([{each}])"
        else:
            yield f"{tensor} = np.asarray(layer({tensor}){cast})"


def _file_ends(data: LoadedRows) -> list[int]:
    """Where rows of another file begin, which the run prepared by themselves: a sine's last bit depends on how many
    values stand around it."""
    sizes = [data.table.rows, *(table.rows for table in data.others.values())]
    return [int(end) for end in np.cumsum(sizes)[:-1]]


def _refuse_unknown(name: str, part: ModelInput) -> None:
    """What was added to inputs since this was written."""
    strange = [field.name for field in fields(part) if field.name not in KNOWN and getattr(part, field.name)]
    if strange:
        raise NotEjectable(join_pointer("/inputs", name), f"How it is prepared ({strange[0]}) is not written yet.")


def _gathered(part: ModelInput, data: LoadedRows, page: Page) -> str:
    """The raw tensor."""
    if part.picture is not None:
        wanted = part.picture
        page.use("pictures")
        options = f"interpolation={wanted.interpolation!r}, crop={wanted.crop_to_aspect_ratio!r}"
        files = f"table[{part.sources[0]!r}]"
        if data.profile.format == "images":
            files = f"(name and archive.read(name) for name in {files})"
        return f"pictures({files}, {wanted.image_size!r}, {wanted.shape[-1]}, {options})"
    if part.sequence is not None:
        page.use("padded")
        told = vars(part.sequence) | {"dtype": part.sequence.dtype}
        options = ", ".join(f"{key}={value!r}" for key, value in told.items())
        return f"padded(table[{part.sources[0]!r}], {options})"
    if dates := _dates(part):
        options = fill_text(part, part.sources[0]) + (f", ends={_file_ends(data)!r}" if data.others else "")
        return f"{page.use('date_parts')}({part.sources[0]!r}, {dates.parts!r}{options})"
    page.use("prepared")
    filled = [f"prepared({source!r}, {part.dtype!r}{fill_text(part, source)})" for source in part.sources]
    shaped = bool(data.table.values[part.sources[0]].ndim > 1)
    return filled[0] if shaped else f"np.stack([{', '.join(filled)}], axis=1)"


def _dates(part: ModelInput) -> DateParts | None:
    return next((layer for layer in part.layers if isinstance(layer, DateParts)), None)


def is_given(described: KerasObject) -> bool:
    """Whether the spec itself says what the layer would learn."""
    return any(described.config.get(name) is not None for name in ("mean", "vocabulary", "bin_boundaries"))


def fill_text(part: ModelInput, source: str) -> str:
    """What a gap is filled with, which was learned from the training rows."""
    return f", fill={part.fills[source]!r}" if source in part.fills else ""


def target_lines(
    name: str, target: ModelTarget, data: LoadedRows, page: Page, *, is_kept: bool = False
) -> Iterator[str]:
    """The target as the loss is given it."""
    tensor, source = page.variables.of("target", name), target.source
    if target.labels:
        page.use("positions")
        yield f"labels = {list(target.labels)!r}"
        yield f"{tensor} = positions({source!r}, labels)"
        if target.coding == "one_hot":
            yield f'{tensor} = np.eye(len(labels), dtype="float32")[{tensor}]'
        elif target.coding == "zero_one":
            yield f'{tensor} = {tensor}[:, None].astype("float32")'
        return
    yield f"{tensor} = table[{source!r}]"
    if any(source in table.gaps for table in (data.table, *data.others.values())):
        axes = "".join(", None" for _ in data.table.values[source].shape[1:])
        missing = f"gaps[{source!r}][:{axes}]" if axes else f"gaps[{source!r}]"
        yield f"{tensor} = np.where({missing}, 0, {tensor})  # weighted 0"
    if target.dtype is not None or target.coding == "whole_numbers":
        yield f"{tensor} = {tensor}.astype({target.dtype or 'int64'!r})"
        return
    if data.table.values[source].ndim == 1:
        yield f"{tensor} = {tensor}[:, None]"
    if is_kept:
        yield f"{tensor} = ({tensor}.astype(np.float64) - {target.mean!r}) / {target.deviation!r}"
    elif target.is_standardised:
        yield f"known = table[{source!r}][train].astype(np.float64)"
        deviation = "np.nanstd(known)" if target.deviation != 1.0 else "(np.nanstd(known) or 1.0)"
        yield f"{tensor} = ({tensor}.astype(np.float64) - np.nanmean(known)) / {deviation}"
    yield f'{tensor} = {tensor}.astype("float32")'


def weight_lines(spec: RunSpec, name: str, target: ModelTarget, data: LoadedRows, page: Page) -> Iterator[str]:
    """How much each class counts, as a weight of each row."""
    given = spec.fit.class_weight.get(name)
    if given is None:
        return
    tensor, source = page.variables.of("class_weight", f"{name}_class_weight"), target.source
    if target.labels:
        weights = [given.get(label_key(label), 1.0) for label in target.labels]
        position = f"{page.use('positions')}({source!r}, {list(target.labels)!r})"
        yield f'{tensor} = np.array({weights!r}, dtype="float32")[{position}]'
        return
    numbers = np.unique(data.table.values[source]).tolist()
    weighed = {number: given[label_key(number)] for number in numbers if label_key(number) in given}
    yield f"class_weights = {weighed!r}"
    yield f"{tensor} = [class_weights.get(value, 1.0) for value in table[{source!r}].tolist()]"
    yield f'{tensor} = np.array({tensor}, dtype="float32")'


def weights_of(
    spec: RunSpec, part: str, targets: Mapping[str, ModelTarget], data: LoadedRows, page: Page
) -> dict[str, str]:
    """Expressions of the weights of all rows by output, for every output or for none; classes count in training."""
    gaps = data.parts[part].gaps
    given = spec.fit.sample_weight
    columns = given if isinstance(given, dict) else dict.fromkeys(targets, given) if given else {}
    found: dict[str, list[str]] = {}
    for name, target in targets.items():
        factors = [f'table[{columns[name]!r}].astype("float32")'] if name in columns else []
        if part == "train" and name in spec.fit.class_weight:
            factors.append(page.variables.of("class_weight", f"{name}_class_weight"))
        if target.source in gaps and gaps[target.source].any():
            factors.append(f'(~gaps[{target.source!r}]).astype("float32")')
        found[name] = factors
    if not any(found.values()):
        return {}
    ones = 'np.ones(ROWS, dtype="float32")'
    return {name: " * ".join(factors) if factors else ones for name, factors in found.items()}
