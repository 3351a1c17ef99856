"""Which formats a run leaves its model in."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from pydantic import Field

from models_lib.spec.bindings import Closed
from models_lib.spec.names import did_you_mean, is_certain, nearest
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading

Format = Literal["keras", "weights", "h5", "tf_saved_model", "onnx", "litert"]
Feed = Literal["rows", "tensors"]
FORMATS: tuple[Format, ...] = get_args(Format)
EXPORT = Place("/export")


class Export(Closed):
    """A format, and what the exported model is fed with."""

    format: Format = Field(description="The format.")
    inputs: Feed = Field(
        default="rows",
        description="rows: raw rows, prepared inside the model; tensors: the core model, on prepared tensors.",
    )


def list_exports(written: Sequence[Format | Export]) -> list[Export]:
    """Each export in its long form. Weights are those of the core, whichever way they are asked for."""
    asked = [item if isinstance(item, Export) else Export(format=item) for item in written]
    return [Export(format="weights", inputs="tensors") if item.format == "weights" else item for item in asked]


def read_exports(reading: Reading, raw: Any) -> list[Any]:
    """The formats that are written, a plain name where rows are fed; one that stands twice is refused."""
    items = raw if isinstance(raw, list | tuple) else [raw]
    kept: dict[Export, Any] = {}
    for n, item in enumerate(items):
        place = EXPORT.below(n) if isinstance(raw, list | tuple) else EXPORT
        export = _read_export(reading, item, place)
        if export is None:
            continue
        if export in kept:
            reading.refuse(place.fault("duplicate", f"{export.format} stands here twice", found=item))
        kept[export] = export.format if export.inputs == "rows" else export.model_dump()
    return list(kept.values()) or ["keras"]


def _read_export(reading: Reading, item: Any, place: Place) -> Export | None:
    named = isinstance(item, Mapping)
    fields = reading.mapping(item, place, "an export") if named else {"format": item}
    if "format" in fields and fields["format"] not in FORMATS:
        name = str(fields["format"])[:80]
        near = nearest(name, FORMATS)
        at = place.below("format") if named else place
        mend = at.replacing(near) if near and is_certain(name, near) else None
        message = f"unknown export format {name!r}: {', '.join(FORMATS)}{did_you_mean(near)}"
        reading.refuse(at.fault("unknown_name", message, found=item, allowed=FORMATS, did_you_mean=near, patch=mend))
        return None
    return reading.closed(Export, fields, place, "export")
