"""Bindings that are more than numbers and words, judged before any data is read."""

from typing import Any

import pytest

from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import Fault, SpecRefused
from models_lib.spec.resolve import resolve_spec
from models_lib.spec.types import RunSpec

PROFILE = DatasetProfile(
    format="images",
    rows=100,
    columns=(
        Column(name="photo", dtype="image", unique=2, top=[("400x600", 60), ("600x400", 40)]),
        Column(name="caption", dtype="string", unique=90),
        Column(name="age", dtype="int64", unique=50, min=0, max=90),
    ),
)


def _document(binding: Any) -> dict[str, Any]:
    return {
        "dataset": "people",
        "inputs": {"x": binding},
        "targets": "age",
        "model": {"kind": "sequential", "layers": ["Flatten()", "Dense(1)"]},
        "compile": {"loss": "mse"},
    }


def _resolve(binding: Any) -> RunSpec:
    return resolve_spec(_document(binding), {"people": PROFILE}).spec


def _refuse(binding: Any) -> list[Fault]:
    with pytest.raises(SpecRefused) as refused:
        _resolve(binding)
    return list(refused.value.faults)


def test_what_an_image_leaves_out_is_written_out_as_in_keras() -> None:
    binding = _resolve({"image": "photo"}).inputs["x"]

    assert (binding.image_size, binding.color_mode, binding.interpolation) == ((256, 256), "rgb", "bilinear")
    assert (binding.crop_to_aspect_ratio, binding.preprocess, binding.dtype) == (False, (), "float32")


def test_text_is_split_into_words_where_nothing_else_is_said() -> None:
    binding = _resolve({"text": "caption"}).inputs["x"]

    assert binding.preprocess is not None
    assert [layer.class_name for layer in binding.preprocess] == ["TextVectorization"]
    assert binding.dtype == "string"


@pytest.mark.parametrize(
    ("binding", "pointer", "said"),
    [
        ({"column": "photo"}, "/inputs/x/column", "holds images, not numbers or words: write image"),
        ({"image": "age"}, "/inputs/x/image", "holds int64, not images: write column"),
        ({"text": "age"}, "/inputs/x/text", "holds int64, not words: write column"),
        ({"image": "foto"}, "/inputs/x/image", "did you mean 'photo'"),
        ({"image": "photo", "image_size": [0, 5]}, "/inputs/x/image_size/0", "greater than"),
        ({"image": "photo", "color_mode": "RGB"}, "/inputs/x/color_mode", "did you mean 'rgb'"),
        ({"image": "photo", "missing": "mean"}, "/inputs/x/missing", "cannot be filled"),
        ({"column": "age", "image_size": [8, 8]}, "/inputs/x/image_size", "goes with image, and this input has column"),
        ({"image": "photo", "text": "caption"}, "/inputs/x", "exactly one of"),
    ],
)
def test_a_binding_that_does_not_fit_its_column_is_refused_by_its_pointer(
    binding: Any, pointer: str, said: str
) -> None:
    found = [(fault.pointer, fault.message) for fault in _refuse(binding)]

    assert any(at == pointer and said in message for at, message in found), found


def test_the_mend_of_a_wrong_kind_is_the_other_field() -> None:
    fault = next(fault for fault in _refuse({"column": "photo"}) if fault.patch)

    assert fault.patch == [{"op": "move", "from": "/inputs/x/column", "path": "/inputs/x/image"}]
