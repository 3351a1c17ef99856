"""Runs on images, from their archive to a model that takes image files."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from tests.models_lib.data.photos import digit_files, photo_files, write_zip
from tests.models_lib.train.attempts import Attempt, make_attempt

SPEC = """
dataset: photos
inputs: {image: {image: image, image_size: [24, 24], crop_to_aspect_ratio: true}}
targets: {label: {column: label}}
split: {validation: 0.2, stratify: label}
model:
  kind: sequential
  layers:
    - Rescaling(1/255)
    - RandomFlip("horizontal")
    - RandomRotation(0.05)
    - 'Conv2D(8, 3, strides=2, activation="relu")'
    - GlobalAveragePooling2D()
    - {name: label, layer: 'Dense(2, activation="softmax")'}
compile: {optimizer: Adam(0.01), loss: sparse_categorical_crossentropy, metrics: [accuracy]}
fit: {epochs: 8, tensorboard: false}
"""


@pytest.fixture(scope="module")
def photos() -> dict[str, bytes]:
    return photo_files()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, photos: dict[str, bytes]) -> Attempt:
    folder = tmp_path_factory.mktemp("photos")
    attempt = make_attempt(folder / "run", SPEC, {"photos": write_zip(folder / "photos.zip", photos)})
    attempt.train()
    return attempt


def test_a_classifier_of_photographs_learns(trained: Attempt) -> None:
    assert trained.curves[-1][1]["val_accuracy"] > 0.8


def test_a_row_brings_its_image_as_base64_or_as_a_data_url(trained: Attempt, photos: dict[str, bytes]) -> None:
    predictor = RowPredictor(trained.artifacts)
    chosen = [name for name in photos if name.endswith("_96.jpg")]
    encoded = [base64.b64encode(photos[name]).decode() for name in chosen]

    bare = predictor.predict([{"image": text} for text in encoded])
    urls = predictor.predict([{"image": f"data:image/jpeg;base64,{text}"} for text in encoded])

    assert bare == urls
    right = [found["label"] == name.split("/")[1] for found, name in zip(bare, chosen, strict=True)]
    assert sum(right) > 0.7 * len(right)


@pytest.mark.parametrize("value", ["not base64!", base64.b64encode(b"text").decode(), None, 7])
def test_a_row_without_a_sound_image_is_refused_by_its_pointer(trained: Attempt, value: object) -> None:
    with pytest.raises(InstancesRefused) as refused:
        RowPredictor(trained.artifacts).predict([{"image": value}])

    assert [fault.pointer for fault in refused.value.faults] == ["/instances/0/image"]


def test_the_snippet_predicts_an_image_file_in_plain_keras(trained: Attempt) -> None:
    ran = subprocess.run(
        [sys.executable, "load_model.py"], cwd=trained.artifacts, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert "label" in ran.stdout or "[[" in ran.stdout


def test_images_of_one_size_keep_it_where_the_spec_leaves_it_out(tmp_path: Path) -> None:
    spec = """
dataset: digits
targets: label
model: {kind: sequential, layers: [Flatten(), 'Dense(3, activation="softmax")']}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 1, tensorboard: false}
"""
    attempt = make_attempt(tmp_path / "run", spec, {"digits": write_zip(tmp_path / "digits.zip", digit_files(40))})

    attempt.train()

    assert attempt.job.spec.inputs["image"].image_size == (8, 8)
    assert attempt.of_kind("summary")[0]["summary"]["layers"][0]["output_shape"] == [None, 8, 8, 3]
