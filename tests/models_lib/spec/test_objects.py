"""An object is the same in all three notations, and its faults say what to write."""

import pytest

from models_lib.spec.object_reading import ObjectReader
from models_lib.spec.objects import Family, KerasObject
from models_lib.spec.places import Place


def _read(value: object, family: Family = "layer") -> KerasObject:
    faults: list = []
    read = ObjectReader(faults).read(value, family, Place("/x"))
    assert not faults
    assert read is not None
    return read


def _faults(value: object, family: Family = "layer") -> list:
    faults: list = []
    assert ObjectReader(faults).read(value, family, Place("/x")) is None
    return faults


def test_three_notations_are_one_object() -> None:
    call = _read('Dense(30, activation="relu", kernel_regularizer=L2(1e-4))')
    regularizer = {"class_name": "L2", "config": {"l2": 1e-4}}
    long_form = {"units": 30, "activation": {"class_name": "relu"}, "kernel_regularizer": regularizer}
    assert _read({"class_name": "Dense", "config": long_form}) == call
    assert _read({"class_name": "Dense", "config": {**long_form, "activation": "relu"}}) == call


def test_the_long_form_holds_every_default_that_is_not_none() -> None:
    assert _read("Dense(30)").model_dump(mode="json") == {
        "class_name": "Dense",
        "config": {
            "units": 30,
            "use_bias": True,
            "kernel_initializer": {"class_name": "GlorotUniform", "config": {}},
            "bias_initializer": {"class_name": "Zeros", "config": {}},
            "trainable": True,
        },
    }


def test_a_none_that_was_written_over_a_default_stays() -> None:
    assert _read("Dense(30, bias_initializer=None)").config["bias_initializer"] is None


@pytest.mark.parametrize(
    ("alias", "family", "class_name"),
    [
        ("mse", "loss", "MeanSquaredError"),
        ("MAE", "loss", "MeanAbsoluteError"),
        ("huber", "loss", "Huber"),
        ("kld", "loss", "KLDivergence"),
        ("categorical_crossentropy", "loss", "CategoricalCrossentropy"),
        ("adam", "optimizer", "Adam"),
        ("Adam", "optimizer", "Adam"),
        ("adamw", "optimizer", "AdamW"),
        ("glorot_uniform", "initializer", "GlorotUniform"),
        ("zeros", "initializer", "Zeros"),
        ("l2", "regularizer", "L2"),
        ("max_norm", "constraint", "MaxNorm"),
        ("swish", "activation", "silu"),
        ("relu", "activation", "relu"),
        ("auc", "metric", "AUC"),
        ("MaxPool2D", "layer", "MaxPooling2D"),
        ("TerminateOnNaN", "callback", "TerminateOnNaN"),
    ],
)
def test_keras_aliases_are_known(alias: str, family: Family, class_name: str) -> None:
    assert _read(alias, family).class_name == class_name


def test_a_metric_by_alias_keeps_the_name_that_keras_logs() -> None:
    assert _read("mae", "metric").config["name"] == "mae"
    assert _read("MeanAbsoluteError()", "metric").config["name"] == "mean_absolute_error"
    assert _read("AUC()", "metric").config["name"] == "auc"


def test_accuracy_is_left_for_keras_to_settle_by_shape() -> None:
    assert _read("accuracy", "metric") == KerasObject(class_name="accuracy", config={"name": "accuracy"})
    assert _read("acc", "metric") == KerasObject(class_name="accuracy", config={"name": "acc"})
    assert _read("Accuracy()", "metric").class_name == "Accuracy"


def test_layers_and_schedules_nest() -> None:
    wrapped = _read("Bidirectional(LSTM(32))").config["layer"]
    assert isinstance(wrapped, KerasObject)
    assert wrapped.class_name == "LSTM"
    rate = _read("Adam(ExponentialDecay(0.1, 1000, 0.9))", "optimizer").config["learning_rate"]
    assert isinstance(rate, KerasObject)
    assert rate.config["decay_rate"] == 0.9


def test_several_nested_layers_are_a_list() -> None:
    cells = _read("RNN([LSTMCell(4), LSTMCell(8)])").config["cell"]
    assert isinstance(cells, list)
    assert [cell.class_name for cell in cells if isinstance(cell, KerasObject)] == ["LSTMCell", "LSTMCell"]


@pytest.mark.parametrize(
    ("written", "family", "message", "mended"),
    [
        ("Dens(30)", "layer", "unknown layer 'Dens': did you mean 'Dense'?", "Dense(30)"),
        ("Dense(unit=30)", "layer", "Dense has no argument 'unit': did you mean 'units'?", "Dense(units=30)"),
        (
            "SGD(lr=0.1)",
            "optimizer",
            "lr became learning_rate in Keras 3: write learning_rate",
            "SGD(learning_rate=0.1)",
        ),
        ("keras.layers.Dense(3)", "layer", "write Dense alone: catalog names carry no prefix", "Dense(3)"),
        ("CuDNNLSTM(3)", "layer", "Keras 3 has no CuDNNLSTM: use LSTM", "LSTM(3)"),
        (
            "Conv2D(3, 3, padding='sam')",
            "layer",
            "padding has no choice 'sam': did you mean 'same'?",
            'Conv2D(3, 3, padding="same")',
        ),
    ],
)
def test_a_certain_mend_is_offered_as_a_patch(written: str, family: Family, message: str, mended: str) -> None:
    [fault] = _faults(written, family)
    assert fault.message == message
    assert fault.patch == [{"op": "replace", "path": "/x", "value": mended}]


def test_in_the_long_form_a_mend_moves_the_argument() -> None:
    [fault] = _faults({"class_name": "Dense", "config": {"unit": 30}})
    assert fault.pointer == "/x/config/unit"
    assert fault.patch == [{"op": "move", "from": "/x/config/unit", "path": "/x/config/units"}]


def test_every_fault_of_a_call_is_found_and_points_at_its_argument() -> None:
    text = "Dense(-3, use_bias=7, kernel_regularizer=L2(l3=1), bias_regularizer=Dropout(0.1))"
    faults = {fault.pointer: text[slice(*fault.span)] for fault in _faults(text)}
    assert faults == {
        "/x/units": "-3",
        "/x/use_bias": "7",
        "/x/kernel_regularizer/l3": "l3",
        "/x/bias_regularizer": "Dropout",
    }


@pytest.mark.parametrize(
    ("written", "family", "words"),
    [
        ("Lambda(lambda x: x)", "layer", "a spec carries no code"),
        ("InputLayer((3,))", "layer", "input shapes come from `inputs`"),
        ("Dense(3, input_shape=(4,))", "layer", "input shapes come from `inputs`"),
        ("ModelCheckpoint('x.keras')", "callback", "fit.checkpoint"),
        ("BackupAndRestore('x')", "callback", "goes on from its last checkpoint"),
        ("RemoteMonitor()", "callback", "no network"),
        ("LambdaCallback()", "callback", "no code"),
        ("LearningRateScheduler(lambda e: 1)", "callback", "ExponentialDecay"),
        ("TensorBoard(log_dir='logs')", "callback", "the service chooses every path"),
        ("CSVLogger('x.csv')", "callback", "the service chooses every path"),
        ("SGD(0.1, decay=1e-6)", "optimizer", "InverseTimeDecay"),
        ("L2(0.1)", "layer", "L2 is a regularizer, and a layer belongs here"),
        ("robust.Huber()", "loss", "there is no component 'robust'"),
        ("Dense(1, kernel_initializer=Dense(1))", "layer", "an initializer belongs here"),
        ("Rescaling(L2(1))", "layer", "scale takes no nested object"),
        ("Dense()", "layer", "Dense needs units"),
        ("Dense(1, units=2)", "layer", "units is given twice"),
        ("Dropout(1, 2, 3, 4, 5, 6, 7)", "layer", "at most"),
    ],
)
def test_what_cannot_be_used_says_why(written: str, family: Family, words: str) -> None:
    assert any(words in fault.message for fault in _faults(written, family))


def test_a_callback_that_writes_a_file_needs_no_path() -> None:
    assert _read("CSVLogger()", "callback").config == {"separator": ",", "append": False}
