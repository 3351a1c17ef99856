"""Documents of kind `script`, read without Keras."""

from typing import Any

import pytest

from models_lib.spec.components import ComponentManifest, Package
from models_lib.spec.faults import SpecRefused
from models_lib.spec.script_reading import resolve_any
from models_lib.spec.scripts import ScriptSpec, place_files

PACKAGES = (
    Package("trainer", 3, ComponentManifest(objects=(), files=("lib/blocks.py", "train.py"))),
    Package("single", 1, ComponentManifest(objects=(), files=("mnist.py",))),
    Package("several", 1, ComponentManifest(objects=(), files=("one.py", "two.py"))),
)


def resolve(**model: Any) -> ScriptSpec:
    spec = resolve_any({"model": {"kind": "script", **model}}, components=PACKAGES).spec
    assert isinstance(spec, ScriptSpec)
    return spec


def faults(**document: Any) -> dict[str, Any]:
    with pytest.raises(SpecRefused) as refused:
        resolve_any(document, components=PACKAGES)
    return {fault.pointer: fault for fault in refused.value.faults}


def test_a_resolved_script_says_everything_and_resolves_to_itself() -> None:
    spec = resolve(package="trainer", args="--lr 0.1 --name 'two words'")
    again = resolve_any(spec.model_dump(mode="json"), components=PACKAGES).spec

    assert (spec.model.entry, spec.components) == ("train.py", ("trainer@3",))
    assert spec.model.args == ("--lr", "0.1", "--name", "two words")
    assert again == spec


@pytest.mark.parametrize("entry", [None, "mnist.py", "single.py", "train.py"])
def test_a_single_module_is_its_own_entry_by_any_of_its_names(entry: str | None) -> None:
    assert resolve(package="single", entry=entry).model.entry == (entry or "mnist.py")


def test_an_entry_that_is_not_there_or_not_certain_is_refused_with_what_is() -> None:
    unknown = faults(model={"kind": "script", "package": "trainer", "entry": "lib/block.py"})["/model/entry"]
    missing = faults(model={"kind": "script", "package": "several"})["/model/entry"]

    assert unknown.did_you_mean == "lib/blocks.py"
    assert unknown.patch == [{"op": "replace", "path": "/model/entry", "value": "lib/blocks.py"}]
    assert missing.allowed == ["one.py", "two.py"]


def test_every_fault_of_a_script_is_found_at_once() -> None:
    found = faults(
        model={"kind": "script", "args": ["--x", None], "epochs": 3}, fit={}, resources={"workers": 2}, colour="red"
    )

    assert found.keys() == {"/model/package", "/model/args/1", "/model/epochs", "/fit", "/resources/workers", "/colour"}


def test_a_script_is_no_part_of_another_model() -> None:
    layers = [{"name": "s", "model": {"kind": "script", "package": "trainer"}}]
    found = faults(dataset="t", targets="y", model={"kind": "sequential", "layers": layers}, compile={"loss": "mse"})

    assert "stands alone" in found["/model/layers/0/model/kind"].message


def test_data_sets_lie_by_their_names_with_a_version_where_two_have_one() -> None:
    document = {
        "dataset": "t.csv@2",
        "split": {"validation_dataset": "t.csv@1", "test_dataset": "photos@1"},
        "model": {"kind": "script", "package": "trainer"},
    }
    spec = resolve_any(document, components=PACKAGES).spec
    assert isinstance(spec, ScriptSpec)

    assert place_files(spec, {"train": "csv", "validation": "csv", "test": "images"}) == {
        "train": "t.csv",
        "validation": "t.csv@1",
        "test": "photos",
    }
