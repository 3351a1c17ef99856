"""What a refused shape is told, in words that a person reads."""

import numpy as np
import pytest

from models_lib.build.check import check_model
from models_lib.data.profile import profile_dataset
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import Fault
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> DatasetProfile:
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(
        path,
        row=np.zeros((4, 3), "float32"),
        image=np.zeros((4, 8, 8, 3), "float32"),
        tokens=np.array([[0, 4], [1, 2], [3, 0], [2, 2]]),
        word=np.array(["a", "b", "c", "a"]),
        y=np.zeros((4, 1), "float32"),
    )
    return profile_dataset(path, path.name)


def _refused(profile: DatasetProfile, array: str, *layers: str) -> list[Fault]:
    listed = "".join(f"\n    - '{layer}'" for layer in layers)
    text = f"""
dataset: small
inputs: {{x: {{array: {array}, preprocess: null}}}}
targets: {{y: {{array: y}}}}
model:
  kind: sequential
  layers:{listed}
compile: {{loss: mse}}
"""
    spec = resolve_spec(read_document(text), {"small": profile}).spec
    return list(check_model(spec, {"small": profile}).faults)


@pytest.mark.parametrize(
    ("array", "layers", "message"),
    [
        (
            "row",
            ("LSTM(4)", "Dense(1)"),
            "LSTM 'lstm' got (None, 3), and needs 3 axes, the batch among them. Keras: expected ndim=3, found ndim=2",
        ),
        ("image", ("Conv2D(4, 9)", "Flatten()", "Dense(1)"), "needs at least (9, 9) where its window slides"),
        ("image", ("MaxPooling2D(9)", "Flatten()", "Dense(1)"), "needs at least (9, 9) where its window slides"),
        (
            "image",
            ("Conv2D(4, 3, groups=2)", "Flatten()", "Dense(1)"),
            "got (None, 8, 8, 3). Keras: The number of input channels must be evenly divisible by the number of groups",
        ),
        ("row", ("BatchNormalization(axis=3)", "Dense(1)"), "needs the axes that its arguments name"),
        ("word", ("Dense(1)",), "needs numbers, not words: give the input a preprocess"),
        ("word", ("Embedding(4, 2)", "Flatten()", "Dense(1)"), "StringLookup() numbers them"),
        ("tokens", ("Embedding(4, 2)", "Flatten()", "Dense(1)"), "'x' gives 0 to 4: write input_dim=5"),
    ],
)
def test_a_refusal_says_what_came_and_what_is_needed(
    profile: DatasetProfile, array: str, layers: tuple[str, ...], message: str
) -> None:
    [fault] = _refused(profile, array, *layers)

    assert fault.pointer == "/model/layers/0"
    assert message in fault.message
    assert fault.allowed or fault.found
    assert not any(noise in fault.message for noise in ("name 'None'", "Full shape", "{{", "automatically infer"))


def test_an_embedding_that_holds_every_number_is_fine(profile: DatasetProfile) -> None:
    assert _refused(profile, "tokens", "Embedding(5, 2)", "Flatten()", "Dense(1)") == []


@pytest.mark.parametrize(
    ("call", "got"),
    [
        ("layer: Attention(), inputs: [[query, value]]", [[None, 3, 2], [None, 3, 4]]),
        ("layer: 'MultiHeadAttention(2, 2)', call: {query: x, value: x}", [[None, 3], [None, 3]]),
    ],
)
def test_attention_is_tried_since_its_shape_is_told_without_a_call(
    profile: DatasetProfile, call: str, got: list[list[int]]
) -> None:
    text = f"""
dataset: small
inputs: {{x: {{array: row}}}}
targets: {{y: {{array: y}}}}
model:
  kind: functional
  layers:
    - {{name: steps, layer: 'Reshape([3, 1])', inputs: x}}
    - {{name: query, layer: Dense(2), inputs: steps}}
    - {{name: value, layer: Dense(4), inputs: steps}}
    - {{name: told, {call}}}
    - {{name: flat, layer: Flatten(), inputs: told}}
    - {{name: joined, layer: Concatenate(), inputs: [flat, flat]}}
    - {{name: unused, layer: Flatten(), inputs: value}}
    - {{name: all, layer: Concatenate(), inputs: [joined, unused, other]}}
    - {{name: other, layer: Flatten(), inputs: query}}
    - {{name: y, layer: Dense(1), inputs: all}}
  outputs: y
compile: {{loss: mse}}
"""
    spec = resolve_spec(read_document(text), {"small": profile}).spec

    [fault] = check_model(spec, {"small": profile}).faults

    assert (fault.pointer, fault.found) == ("/model/layers/3", got)
    assert "needs a query and a value of 3 axes" in fault.message


def test_words_among_joined_inputs_are_refused_at_their_preprocessing(profile: DatasetProfile) -> None:
    text = """
dataset: small
inputs: {x: {array: row}, word: {array: word, preprocess: null}}
targets: {y: {array: y}}
model: {kind: sequential, layers: [Dense(1)]}
compile: {loss: mse}
"""
    spec = resolve_spec(read_document(text), {"small": profile}).spec

    [fault] = check_model(spec, {"small": profile}).faults

    assert fault.pointer == "/inputs/word/preprocess"
    assert "StringLookup" in fault.message
