"""Inputs, targets and splits against the columns that there are."""

from typing import Any

import pytest

from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import SpecRefused
from models_lib.spec.resolve import resolve_spec


def _table(*columns: Column, rows: int = 1000) -> DatasetProfile:
    return DatasetProfile(format="csv", rows=rows, columns=columns)


def _number(name: str, **more: Any) -> Column:
    return Column(name=name, dtype="float64", unique=900, **more)


def _refused(desk: Any, document: dict[str, Any]) -> list[str]:
    with pytest.raises(SpecRefused) as refused:
        desk.resolve(document)
    return [fault.message for fault in refused.value.faults]


def test_gaps_that_nobody_decided_on_are_refused_with_count_and_column(desk, california) -> None:
    del california["inputs"]["wide_input"]["missing"]
    fault = desk.faults(california)["/inputs/wide_input/columns/4"]
    assert fault.message.startswith("column 'total_bedrooms' has 207 rows without a value: write missing: median")
    assert fault.found == {"column": "total_bedrooms", "missing": 207}


@pytest.mark.parametrize(
    ("way", "dtype"),
    [
        ("sparse", "list[string]"),
        ("sequence", "list[int64]"),
        ("sequence", "string"),
        ("date", "timestamp"),
        ("image", "image"),
        ("text", "string"),
        ("column", "string"),
        ("column", "float64"),
    ],
)
def test_every_mend_that_is_told_for_gaps_is_taken(desk, small, way, dtype) -> None:
    gaps = Column(name="x", dtype=dtype, missing=3, unique=9, longest=4 if dtype.startswith("list") else None)
    profiles = {"rows": _table(gaps, _number("y"))}
    model = {"kind": "sequential", "layers": ["Flatten()", "Dense(1)"]}
    document: dict[str, Any] = {"dataset": "rows", "targets": "y", "model": model, "compile": {"loss": "mse"}}
    document["inputs"] = {"x": {way: "x"}}
    with pytest.raises(SpecRefused) as refused:
        resolve_spec(document, profiles)
    [told] = [fault for fault in refused.value.faults if fault.code == "bad_data"]
    written = {'""': "", "a date": "2024-02-29", "a text": "none", "a word": "none", "a value": 2.5}

    for mend in told.allowed:
        document["inputs"] = {"x": {way: "x", "missing": written.get(mend, mend)}}
        assert resolve_spec(document, profiles).spec.inputs["x"].missing == written.get(mend, mend)


def test_gaps_are_refused_where_inputs_are_left_out_too(desk, small) -> None:
    del small["inputs"]
    assert "total_bedrooms" in desk.messages(small)["/inputs"]


def test_an_unknown_column_names_the_nearest_and_mends_it(desk, small) -> None:
    small["inputs"]["x"]["columns"][1] = "lattitude"
    fault = desk.faults(small)["/inputs/x/columns/1"]
    assert fault.message == "the data set has no column 'lattitude': did you mean 'latitude'?"
    assert fault.patch == [{"op": "replace", "path": "/inputs/x/columns/1", "value": "latitude"}]


def test_preprocessing_and_type_are_written_out_by_type(desk, small) -> None:
    small["inputs"] = {
        "x": {"column": "median_income"},
        "place": {"column": "ocean_proximity"},
        "raw": {"column": "latitude", "preprocess": None},
    }
    inputs = desk.resolve(small).spec.inputs
    assert [layer.class_name for layer in inputs["x"].preprocess] == ["Normalization"]
    assert inputs["place"].preprocess[0].config["output_mode"] == "one_hot"
    assert inputs["raw"].preprocess == ()
    assert [inputs[name].dtype for name in ("x", "place", "raw")] == ["float32", "string", "float32"]


def test_without_inputs_every_column_but_the_targets_is_one(desk, small) -> None:
    desk.profiles["california"] = _table(
        _number("a"),
        Column(name="b c/d", dtype="string", unique=3),
        Column(name="flag", dtype="bool", unique=2),
        Column(name="day", dtype="date", unique=9),
        Column(name="weight", dtype="float64", unique=5, min=0.5),
        _number("价格"),
        _number("price"),
    )
    del small["inputs"]
    small |= {"targets": "price", "fit": {"sample_weight": "weight"}}
    resolved = desk.resolve(small)
    inputs = resolved.spec.inputs
    assert {name: binding.sources for name, binding in inputs.items()} == {
        "a": ("a",),
        "b_c_d": ("b c/d",),
        "flag": ("flag",),
        "day": ("day",),
        "input": ("价格",),
    }
    assert inputs["flag"].preprocess == ()
    assert (inputs["day"].date, inputs["day"].parts) == ("day", ("days", "yearly", "weekly"))


def test_of_a_graph_only_the_columns_that_its_layers_name_are_inputs(desk, small) -> None:
    del small["inputs"]
    small["model"] = {
        "kind": "functional",
        "layers": [{"name": "out", "layer": "Dense(1)", "inputs": "median_income"}],
        "outputs": "out",
    }
    assert list(desk.resolve(small).spec.inputs) == ["median_income"]


def test_numbers_that_go_into_an_embedding_stay_whole_numbers(desk, small) -> None:
    desk.profiles["california"] = _table(Column(name="word", dtype="int64", unique=50, min=0, max=49), _number("y"))
    small |= {"inputs": {"x": {"column": "word"}}, "targets": "y"}
    small["model"]["layers"] = ["Embedding(50, 4)", "Flatten()", "Dense(1)"]
    binding = desk.resolve(small).spec.inputs["x"]
    assert (binding.preprocess, binding.dtype) == ((), "int64")


def test_words_and_numbers_do_not_share_a_tensor(desk, small) -> None:
    small["inputs"]["x"]["columns"].append("ocean_proximity")
    assert "'ocean_proximity' an input of its own" in desk.messages(small)["/inputs/x"]


@pytest.mark.parametrize(
    ("binding", "pointer", "words"),
    [
        ({}, "/inputs/x", "exactly one of columns, column, array"),
        ({"column": "latitude", "columns": ["latitude"]}, "/inputs/x", "exactly one of columns, column, array"),
        ({"columns": ["latitude", "latitude"]}, "/inputs/x/columns", "twice"),
        ({"columns": []}, "/inputs/x/columns", "at least 1"),
        ({"array": "latitude"}, "/inputs/x/array", "write column"),
        ({"column": "ocean_proximity", "missing": "median"}, "/inputs/x/missing", "holds words"),
        ({"column": "latitude", "missing": "medain"}, "/inputs/x/missing", "did you mean 'median'?"),
        ({"column": "ocean_proximity", "dtype": "float32"}, "/inputs/x/dtype", "never read as float32"),
        ({"column": "latitude", "preprocess": "Dense(3)"}, "/inputs/x/preprocess", "put it into the model"),
        (
            {"column": "latitude", "preprocess": ["Normalisation()"]},
            "/inputs/x/preprocess/0",
            "did you mean 'Normalization'?",
        ),
        ({"colum": "latitude"}, "/inputs/x/colum", "did you mean 'column'?"),
        ("latitude", "/inputs/x", "{column: latitude}"),
        ({"image": "latitude"}, "/inputs/x/image", "holds float64, not images: write column"),
        ({"text": "latitude"}, "/inputs/x/text", "holds float64, not words: write column"),
        ({"column": "latitude", "windows": {}}, "/windows/sequence_length", "sequence_length is missing"),
    ],
)
def test_a_faulty_binding_says_what_to_write(desk, small, binding, pointer, words) -> None:
    small["inputs"]["x"] = binding
    assert words in desk.messages(small)[pointer]


@pytest.mark.parametrize("name", ["a/b", "a b", "价格", "a:1"])
def test_an_input_s_name_is_one_that_keras_takes(desk, small, name) -> None:
    small["inputs"] = {name: {"column": "latitude"}}
    assert "columns keep their own names" in next(iter(desk.messages(small).values()))


def test_a_target_that_is_an_input_is_warned_of(desk, small) -> None:
    small["inputs"]["x"]["columns"].append("median_house_value")
    assert "copy the answer" in desk.resolve(small).warnings[0].message


@pytest.mark.parametrize(
    ("targets", "pointer", "words"),
    [
        (None, "/targets", "targets is missing"),
        ("none", "/targets", "training without targets is not available in this version"),
        ("median_house_valeu", "/targets", "did you mean 'median_house_value'?"),
        ({"a": "latitude", "b": "latitude"}, "/targets/a", "the model has no output 'a'"),
        ({"column": "latitude", "normalise": True}, "/targets/normalise", "did you mean 'normalize'?"),
        (
            {"price": {"column": "ocean_proximity", "normalize": True}},
            "/targets/price/normalize",
            "normalize is for numbers",
        ),
        (
            {"price": {"column": "latitude", "normalize": True, "classes": "auto"}},
            "/targets/price/normalize",
            "leave one out",
        ),
        ({"price": {"column": "latitude", "classes": [1, 1]}}, "/targets/price/classes", "different labels"),
        ({"price": {}}, "/targets/price", "exactly one of column, array"),
        ({"price": 3}, "/targets/price", "mapping"),
        ([1], "/targets", "mapping"),
        ({"price": {"column": "total_bedrooms"}}, "/targets/price", "207 rows without a value: write missing: drop"),
    ],
)
def test_a_faulty_target_says_what_to_write(desk, small, targets, pointer, words) -> None:
    small["targets"] = targets
    assert words in desk.messages(small)[pointer]


def test_outputs_and_targets_agree(desk, california) -> None:
    del california["targets"]["aux_output"]
    assert desk.messages(california) == {"/targets": "output 'aux_output' has no target"}
    california["targets"] = "median_house_value"
    assert "the model has 2 outputs" in desk.messages(california)["/targets"]


def test_a_single_target_may_be_written_without_the_output_s_name(desk, small) -> None:
    small["targets"] = {"column": "median_house_value", "normalize": True}
    assert desk.resolve(small).spec.targets["dense_1"].normalize


def test_the_labels_of_words_are_written_out_in_order(desk, small) -> None:
    small |= {"targets": "ocean_proximity"}
    small["model"]["layers"][-1] = 'Dense(5, activation="softmax")'
    small["compile"]["loss"] = "sparse_categorical_crossentropy"
    classes = desk.resolve(small).spec.targets["dense_1"].classes
    assert classes == ("<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN")


@pytest.mark.parametrize(
    ("loss", "units", "words"),
    [
        ("mse", 5, "holds words, which MeanSquaredError cannot learn"),
        ("sparse_categorical_crossentropy", 3, "has 5 classes, and output 'dense_1' 3 units"),
        ("binary_crossentropy", 1, "has 5 classes, and BinaryCrossentropy learns two"),
    ],
)
def test_a_loss_that_cannot_learn_the_classes_is_refused(desk, small, loss, units, words) -> None:
    small |= {"targets": "ocean_proximity"}
    small["model"]["layers"][-1] = f"Dense({units})"
    small["compile"]["loss"] = loss
    assert any(words in message for message in desk.messages(small).values())


def test_whole_numbers_as_classes_fit_the_units(desk, small) -> None:
    desk.profiles["california"] = _table(
        _number("longitude"),
        _number("latitude"),
        _number("median_income"),
        Column(name="kind", dtype="int64", unique=3, min=1, max=3),
    )
    small["targets"] = {"kind": {"column": "kind"}}
    small["model"]["layers"][-1] = "Dense(3)"
    small["compile"]["loss"] = "sparse_categorical_crossentropy"
    assert "runs from 1 to 3" in desk.messages(small)["/targets/kind"]


def test_labels_that_classes_leave_out_are_refused(desk, small) -> None:
    small["targets"] = {"place": {"column": "ocean_proximity", "classes": ["INLAND", "ISLAND"]}}
    small["compile"]["loss"] = "binary_crossentropy"
    assert desk.messages(small)["/targets/place/classes"].startswith("9136 rows of 'ocean_proximity' hold '<1H OCEAN'")


def test_the_split_s_default_is_a_fifth_for_validation(desk, small) -> None:
    assert desk.resolve(small).spec.split.validation == 0.2
    desk.profiles["other"] = desk.profiles["california"]
    small["split"] = {"validation_dataset": "other"}
    assert desk.resolve(small).spec.split.validation == 0.0


@pytest.mark.parametrize(
    ("split", "pointer", "words"),
    [
        ({"validation": 1.5}, "/split/validation", "less than 1"),
        ({"validation": 0.6, "test": 0.5}, "/split", "less than 1"),
        ({"stratify": "nothing"}, "/split/stratify", "no column 'nothing'"),
        ({"stratify": "ocean_proximity", "time": "latitude"}, "/split/time", "exclude each other"),
        ({"column": "ocean_proximity"}, "/split/column", "each row's part is test, train, validation"),
        ({"time": "ocean_proximity"}, "/split/time", "no order in time"),
        ({"validation": 0.2, "validation_dataset": "california"}, "/split/validation", "exclude each other"),
        ({"validation_dataset": "unheard_of"}, "/split/validation_dataset", "there is no data set"),
        ({"validation": 0.00001}, "/split/validation", "is not one row"),
        ({"valid": 0.2}, "/split/valid", "did you mean 'validation'?"),
    ],
)
def test_a_faulty_split_says_what_to_write(desk, small, split, pointer, words) -> None:
    small["split"] = split
    assert words in desk.messages(small)[pointer]


def test_another_data_set_has_the_columns_that_are_used(desk, small) -> None:
    desk.profiles["other"] = _table(
        _number("longitude"), Column(name="latitude", dtype="string"), _number("median_house_value")
    )
    small["split"] = {"test_dataset": "other"}
    [latitude, income] = _refused(desk, small)
    assert latitude == "column 'latitude' holds string there and float64 in the training data"
    assert income == "the data set has no column 'median_income', which the training data has"


def test_arrays_are_bound_by_name(desk, small) -> None:
    x = Column(name="x", dtype="float64", shape=(28, 28))
    desk.profiles["california"] = DatasetProfile(
        format="npz", rows=100, columns=(x, Column(name="y", dtype="int64", unique=10, min=0, max=9))
    )
    del small["inputs"]
    small["targets"] = "y"
    small["model"]["layers"] = ["Flatten()", 'Dense(10, activation="softmax")']
    small["compile"]["loss"] = "sparse_categorical_crossentropy"
    spec = desk.resolve(small).spec
    assert (spec.inputs["x"].array, spec.inputs["x"].dtype, spec.targets["dense"].array) == ("x", "float32", "y")
    small["targets"] = {"y": {"column": "y"}}
    assert desk.faults(small)["/targets/y/column"].did_you_mean == "array"


def test_rows_are_weighed_by_numbers(desk, small) -> None:
    small["fit"] = {"sample_weight": "ocean_proximity"}
    assert "cannot weigh rows" in desk.messages(small)["/fit/sample_weight"]


def test_an_unknown_data_set_names_the_nearest(desk, small) -> None:
    small["dataset"] = "califronia"
    assert desk.messages(small)["/dataset"] == "there is no data set 'califronia': did you mean 'california'?"
