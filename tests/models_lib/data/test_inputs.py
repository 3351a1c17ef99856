"""What is learned for inputs, and what the core model is given."""

from typing import Any

import keras
import numpy as np
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.inputs import ModelInput, learn_input
from models_lib.data.read import Table
from models_lib.spec.bindings import Binding
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.objects import KerasObject

WORDS = np.array(["a", "b", "b", "c", "c", "d", "", "b"], dtype=object)


def _layer(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": config}


def _learn(binding: dict[str, Any], table: Table, train: list[int], **dtypes: str) -> ModelInput:
    columns = tuple(
        Column(name=name, dtype=dtype, shape=table.values[name].shape[1:]) for name, dtype in dtypes.items()
    )
    profile = DatasetProfile(format="csv", rows=table.rows, columns=columns)
    return learn_input("x", Binding.model_validate(binding), table, np.array(train), profile)


def test_a_fill_is_learned_from_the_training_rows_alone() -> None:
    table = Table(5, {"n": np.array([1.0, 2.0, 6.0, np.nan, 100.0])}, {"n": np.array([0, 0, 0, 1, 0], bool)})

    fills = {
        way: _learn({"columns": ["n"], "missing": way}, table, [0, 1, 2, 3], n="float64").gather(table)[3, 0]
        for way in ("mean", "median", "most_frequent", 7)
    }

    assert fills == {"mean": 3.0, "median": 2.0, "most_frequent": 1.0, 7: 7.0}


def test_gaps_in_whole_numbers_are_filled_as_the_saved_model_fills_them() -> None:
    table = Table(4, {"n": np.array([4, 0, 6, 5])}, {"n": np.array([0, 1, 0, 0], bool)})

    learned = _learn({"columns": ["n"], "missing": "median"}, table, [0, 1, 2, 3], n="int64")

    assert learned.gather(table)[:, 0].tolist() == [4.0, 5.0, 6.0, 5.0]


def test_words_are_filled_and_become_one_column_each() -> None:
    table = Table(8, {"w": WORDS}, {"w": WORDS == ""})
    binding = {"column": "w", "missing": "most_frequent", "preprocess": [_layer("StringLookup", output_mode="one_hot")]}

    learned = _learn(binding, table, list(range(8)), w="string")
    prepared = learned.prepare(learned.gather(table))

    assert learned.layers[0].get_vocabulary() == ["[UNK]", "b", "c", "d", "a"]
    assert prepared.dtype == np.float32
    assert prepared[6].tolist() == [0, 1, 0, 0, 0]


def test_words_that_were_not_in_the_training_part_are_unknown() -> None:
    table = Table(8, {"w": WORDS}, {})
    binding = {"column": "w", "preprocess": [_layer("StringLookup", output_mode="one_hot")]}

    learned = _learn(binding, table, [0, 1, 2], w="string")

    assert learned.layers[0].get_vocabulary() == ["[UNK]", "b", "a"]
    assert learned.prepare(learned.gather(table))[5].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("layer", "data"),
    [
        (_layer("Normalization"), np.random.default_rng(0).normal(5, 40, (300, 4)).astype("float32")),
        (_layer("Normalization", axis=None), np.random.default_rng(0).normal(5, 40, (300, 4)).astype("float32")),
        (_layer("Normalization"), np.random.default_rng(0).normal(5, 40, (20, 6, 6, 3)).astype("float32")),
        (_layer("Discretization", num_bins=5), np.random.default_rng(0).normal(5, 40, (300, 1)).astype("float32")),
        (_layer("IntegerLookup", output_mode="one_hot"), np.random.default_rng(0).integers(0, 9, (300, 1))),
        *[
            (_layer("StringLookup", output_mode=mode, max_tokens=most), WORDS[:6, None])
            for mode in ("int", "one_hot", "multi_hot", "count", "tf_idf")
            for most in (None, 3)
        ],
        *[
            (_layer("TextVectorization", output_mode=mode), np.array([["to be"], ["or not"], ["to be or"]], object))
            for mode in ("int", "multi_hot", "tf_idf")
        ],
    ],
    ids=str,
)  # fmt: skip
def test_a_layer_prepares_as_keras_adapted_it_and_has_it_all_in_its_config(layer: dict[str, Any], data: Any) -> None:
    """To the bit, so that a plain script which adapts its own layers trains on the same numbers."""
    source = getattr(keras.layers, layer["class_name"])(**layer["config"])
    source.adapt(data)
    values = data[:, 0] if data.dtype == object or data.shape[1:] == (1,) else data
    dtype = "string" if data.dtype == object else "int64" if data.dtype.kind == "i" else "float32"

    learned = _learn(
        {"array": "v", "preprocess": [layer]}, Table(len(data), {"v": values}, {}), list(range(len(data))), v=dtype
    )
    [made] = learned.layers
    rebuilt = type(made).from_config(made.get_config())

    assert np.array_equal(np.asarray(rebuilt(data)), np.asarray(source(data)))
    assert np.array_equal(
        learned.prepare(learned.gather(Table(len(data), {"v": values}, {}))), np.asarray(source(data))
    )


def test_a_column_without_any_value_to_learn_a_fill_from_is_refused() -> None:
    table = Table(2, {"n": np.array([np.nan, 1.0])}, {"n": np.array([True, False])})

    with pytest.raises(DataFault, match="no median") as refused:
        _learn({"columns": ["n"], "missing": "median"}, table, [0], n="float64")

    assert refused.value.faults[0].pointer == "/inputs/x/missing"


def test_whole_numbers_for_an_embedding_stay_whole() -> None:
    table = Table(2, {"n": np.array([3, 2**40])}, {})

    assert _learn({"column": "n", "dtype": "int64"}, table, [0, 1], n="int64").gather(table).tolist() == [[3], [2**40]]


def test_a_layer_described_by_a_keras_object_is_the_same_layer() -> None:
    table = Table(2, {"n": np.array([1.0, 3.0])}, {})
    described = KerasObject(class_name="Rescaling", config={"scale": 0.5})

    learned = _learn({"column": "n", "preprocess": [described]}, table, [0, 1], n="float64")

    assert learned.prepare(learned.gather(table)).tolist() == [[0.5], [1.5]]
