"""Every kind of data on its whole way: uploaded, looked at, trained on, predicted from raw rows."""

import base64
from pathlib import Path
from typing import Any

from tests.models_lib.data.photos import digit_files, write_zip
from tests.stack import Stack

QUICK = {"loss": "sparse_categorical_crossentropy", "optimizer": "Adam(0.01)", "metrics": ["accuracy"]}


def train(stack: Stack, spec: dict[str, Any]) -> Any:
    """The run, which has succeeded."""
    run = stack.remote.runs.create(spec)
    run.wait()
    assert run.about["status"] == "succeeded", run.about["failure"]
    return run


def test_a_folder_of_images_becomes_a_classifier_that_takes_image_files(stack: Stack, tmp_path: Path) -> None:
    files = digit_files(240, ("png", "jpeg"))
    dataset = stack.remote.datasets.add(write_zip(tmp_path / "digits.zip", files))
    run = train(
        stack,
        {
            "dataset": dataset.reference,
            "inputs": {"image": {"image": "image", "color_mode": "grayscale"}},
            "targets": "label",
            "model": {"kind": "sequential", "layers": ["Rescaling(1/255)", "Flatten()", 'Dense(3, "softmax")']},
            "compile": QUICK,
            "fit": {"epochs": 15, "tensorboard": False},
        },
    )

    assert dataset.preview(1)["rows"] == [["0/0000.png", "0"]]
    assert dataset.profile()["columns"][0]["top"] == [["8x8", 240]]
    shown = {name: base64.b64encode(files[name]).decode() for name in ("0/0000.png", "1/0001.jpeg", "2/0002.png")}
    assert [found["label"] for found in run.predict([{"image": text} for text in shown.values()])] == ["0", "1", "2"]
