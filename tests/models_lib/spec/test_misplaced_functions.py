"""A component's object that belongs somewhere else, or nowhere, is a fault with a pointer."""

import pytest

from models_lib.spec.components import ComponentManifest, ComponentObject, Package
from models_lib.spec.faults import SpecRefused
from models_lib.spec.resolve import resolve_spec

PACKAGE = Package(
    "gan",
    1,
    ComponentManifest(
        objects=(
            ComponentObject(name="plot", kind="function", families=()),
            ComponentObject(name="half", kind="function", families=("activation",)),
        )
    ),
)


@pytest.mark.parametrize(("name", "said"), [("plot", "can stand nowhere in a spec"), ("half", "is an activation")])
def test_a_function_that_cannot_be_the_model_is_refused_by_its_pointer(name: str, said: str) -> None:
    document = {"model": {"kind": "component", "class_name": f"gan.{name}"}, "targets": "none"}
    with pytest.raises(SpecRefused) as refused:
        resolve_spec(document, components=[PACKAGE], model_only=True)

    faults = {fault.pointer: fault.message for fault in refused.value.faults}
    assert said in faults["/model/class_name"]
