"""Bindings that are more than numbers and words, images and text: which options they take, which columns they read."""

from typing import Any

from models_lib.spec.bindings import SOURCES, Binding
from models_lib.spec.dataset import Column
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading

WAYS = ("columns", *SOURCES)
KERAS_SIZE = (256, 256)
LARGEST_OWN = 512
# Field -> its options, and what each is where it is left out.
OPTIONS: dict[str, dict[str, Any]] = {
    "image": {"image_size": None, "color_mode": "rgb", "crop_to_aspect_ratio": False, "interpolation": "bilinear"},
}
HOLDS = {"image": "images", "text": "words"}


def way_of(binding: Binding) -> str:
    """The field that names the binding's source."""
    return next(field for field in WAYS if getattr(binding, field) is not None)


def has_one_way(reading: Reading, binding: Binding, place: Place) -> bool:
    """Whether exactly one field names a source, and every option is one of its own."""
    given = [field for field in WAYS if getattr(binding, field) is not None]
    if len(given) != 1:
        message = f"an input has exactly one of {', '.join(WAYS)}"
        reading.refuse(place.fault("missing", message, found=given, allowed=WAYS))
        return False
    own = OPTIONS.get(given[0], {})
    for option in (name for options in OPTIONS.values() for name in options):
        if option not in own and getattr(binding, option) is not None:
            owners = [field for field, options in OPTIONS.items() if option in options]
            message = f"{option} goes with {' or '.join(owners)}, and this input has {given[0]}"
            at = place.below(option)
            reading.refuse(at.fault("unknown_field", message, found=option, allowed=owners, patch=at.removing()))
    return True


def check_kind(reading: Reading, binding: Binding, columns: list[Column], place: Place) -> bool:
    """Whether the columns hold what the binding says; the mend is the other field."""
    way = way_of(binding)
    for column in columns:
        right = "image" if column.is_image else way if way not in HOLDS or fits(column, way) else "column"
        if right == way:
            continue
        message = f"column {column.name!r} holds {_held(column)}, not {HOLDS.get(way, 'numbers or words')}"
        at = place.below(way)
        patch = at.renaming(right) if way != "columns" else None
        fault = at.fault("wrong_type", f"{message}: write {right}", found=column.dtype, allowed=right, patch=patch)
        reading.refuse(fault)
        return False
    if way == "image" and binding.missing not in (None, "drop"):
        message = "a missing image cannot be filled: missing is drop"
        reading.refuse(place.below("missing").fault("wrong_type", message, found=binding.missing, allowed=("drop",)))
        return False
    return True


def fits(column: Column, way: str) -> bool:
    return column.is_image if way == "image" else column.is_text


def _held(column: Column) -> str:
    return "images" if column.is_image else column.dtype


def settle_kind(binding: Binding, columns: list[Column]) -> Binding:
    """The binding with the options of its kind written out."""
    way = way_of(binding)
    options = {name: default for name, default in OPTIONS.get(way, {}).items() if getattr(binding, name) is None}
    if "image_size" in options:
        options["image_size"] = own_size(columns[0]) if columns else KERAS_SIZE
    return binding.model_copy(update=options) if options else binding


def own_size(column: Column) -> tuple[int, int]:
    """The size that all images have, unless it is large; else Keras' own default."""
    if len(column.top) != 1 or (column.unique or 0) > 1:
        return KERAS_SIZE
    height, width = (int(side) for side in str(column.top[0][0]).split("x"))
    return (height, width) if max(height, width) <= LARGEST_OWN else KERAS_SIZE
