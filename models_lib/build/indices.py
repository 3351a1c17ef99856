"""Numbers that an Embedding has no row for: Keras notices them in the middle of a training, a GPU never."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras

from models_lib.spec.faults import Fault
from models_lib.spec.plans import Plan

Extent = tuple[float, float]


def refuse_indices(
    plan: Plan,
    layers: Mapping[str, Any],
    dtypes: Mapping[str, str],
    extent_of: Callable[[str], Extent | None],
) -> Iterator[Fault]:
    """A fault for each Embedding right behind an input whose numbers go beyond it; `dtypes` are those of the inputs.

    `extent_of` gives an input's least and greatest number, None where they are not known.
    """
    for call in plan.calls:
        layer, name = layers.get(call.layer), next((tensor.key for tensor in call.references), "")
        if not isinstance(layer, keras.layers.Embedding) or name not in dtypes:
            continue
        pointer, named = call.pointer, f"Embedding {layer.name!r}"
        if dtypes[name] == "string":
            message = f"{named} takes whole numbers, and {name!r} gives words: preprocess: StringLookup() numbers them"
            yield Fault(pointer=pointer, message=message, code="wrong_type", found="string", allowed="whole numbers")
        elif (extent := extent_of(name)) is not None:
            least, greatest = extent
            if least < 0 or int(greatest) >= layer.input_dim:
                mend = "" if least < 0 else f": write input_dim={int(greatest) + 1}"
                held = f"{name!r} gives {least:g} to {greatest:g}"
                message = f"{named} has rows for 0 to {layer.input_dim - 1}, and {held}{mend}"
                found = {"min": least, "max": greatest, "input_dim": layer.input_dim}
                yield Fault(pointer=pointer, message=message, code="out_of_range", found=found)
