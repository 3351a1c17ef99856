"""compile and fit: every way of writing them, monitors that exist, and what is not built."""

import pytest

from models_lib.spec.monitors import expected_metrics


def test_one_loss_a_list_and_a_mapping_are_the_same(desk, california) -> None:
    california["compile"]["metrics"] = {}
    losses = []
    for loss in ("mse", ["mse", "mse"], {"main_output": "mse", "aux_output": "MeanSquaredError()"}):
        california["compile"]["loss"] = loss
        losses.append(desk.resolve(california).spec.compile.loss)
    assert losses[0] == losses[1] == losses[2]


@pytest.mark.parametrize(
    ("field", "value", "pointer", "words"),
    [
        ("loss", None, "/compile/loss", "loss is missing: it is never guessed"),
        ("loss", {"main_output": "mse"}, "/compile/loss", "loss is missing for output 'aux_output'"),
        ("loss", ["mse"], "/compile/loss", "one entry for each output"),
        (
            "loss",
            {"main_output": "mse", "aux": "mse", "aux_output": "mse"},
            "/compile/loss/aux",
            "did you mean 'aux_output'?",
        ),
        ("loss", "mean_squarederror", "/compile/loss", "did you mean"),
        ("metrics", ["mae"], "/compile/metrics", "one entry for each output"),
        ("metrics", "mae", "/compile/metrics", "written by output"),
        ("metrics", {"main_output": ["rmse"]}, "/compile/metrics/main_output/0", "unknown metric 'rmse'"),
        ("loss_weights", {"main_output": "a"}, "/compile/loss_weights/main_output", "a number"),
        ("optimizer", "Adm(0.1)", "/compile/optimizer", "did you mean 'Adam'?"),
        (
            "optimizer",
            {"wide": {"use": "Ftrl(0.01)", "layers": ["wid*"]}, "deep": {"use": "Adam()"}},
            "/compile/optimizer/wide/layers/0",
            "no layer matches 'wid*'",
        ),
        ("optimizer", {"a": {"use": "Ftr(0.01)"}}, "/compile/optimizer/a/use", "did you mean 'Ftrl'?"),
        ("optimizer", {"a": {"use": "sgd"}, "b": {"use": "sgd"}}, "/compile/optimizer/b/layers", "take the rest"),
        ("optimizer", {"a": {"use": "sgd", "layer": "x"}}, "/compile/optimizer/a/layer", "did you mean 'layers'?"),
        ("lr", 0.1, "/compile/lr", "write it into the optimizer"),
        ("dynamic", True, "/compile/dynamic", "belongs at compile.run_eagerly"),
        ("epochs", 3, "/compile/epochs", "belongs at fit.epochs"),
        ("jit_compile", "yes", "/compile/jit_compile", "auto or true or false"),
    ],
)
def test_a_faulty_compile_says_what_to_write(desk, california, field, value, pointer, words) -> None:
    california["compile"][field] = value
    assert words in desk.messages(california)[pointer]


def test_the_optimizer_s_options_may_stand_beside_it(desk, small) -> None:
    small["compile"] |= {"gradient_accumulation_steps": 4, "use_ema": True}
    config = desk.resolve(small).spec.compile.optimizer.config
    assert (config["gradient_accumulation_steps"], config["use_ema"]) == (4, True)


def test_several_optimizers_are_resolved_each_with_its_layers(desk, california) -> None:
    california["compile"]["optimizer"] = {"a": {"use": "Ftrl(0.01)", "layers": "hidden*"}, "b": {"use": "adam"}}
    resolved = desk.resolve(california).spec
    named = resolved.compile.optimizer
    assert {name: (part.use.class_name, part.layers) for name, part in named.items()} == {
        "a": ("Ftrl", ("hidden*",)),
        "b": ("Adam", ()),
    }
    assert desk.resolve(resolved.model_dump(mode="json")).spec == resolved


def test_averages_are_swapped_only_where_one_optimizer_keeps_them(desk, small) -> None:
    small["fit"] = {"callbacks": ["SwapEMAWeights()"]}
    fault = desk.faults(small)["/fit/callbacks/0"]
    assert (fault.code, fault.patch) == ("missing", [{"op": "add", "path": "/compile/use_ema", "value": True}])
    small["compile"]["use_ema"] = True
    assert desk.faults(small) == {}
    small["compile"] = {"loss": "mse", "optimizer": {"a": {"use": "SGD(use_ema=True)"}}}
    assert desk.faults(small)["/fit/callbacks/0"].code == "forbidden"


def test_an_option_beside_several_optimizers_is_sent_into_them(desk, california) -> None:
    california["compile"] |= {"optimizer": {"a": {"use": "sgd"}}, "clipnorm": 1.0}
    assert "each has its own clipnorm" in desk.messages(california)["/compile/clipnorm"]


def test_left_out_the_optimizer_is_keras_own(desk, small) -> None:
    del small["compile"]["optimizer"]
    assert desk.resolve(small).spec.compile.optimizer.class_name == "RMSprop"


@pytest.mark.parametrize(
    ("fit", "pointer", "words"),
    [
        ({"epochs": 3, "initial_epoch": 3}, "/fit/initial_epoch", "initial_epoch is at most 2"),
        ({"epochs": 0}, "/fit/epochs", "greater than or equal to 1"),
        ({"epochs": "ten"}, "/fit/epochs", "a whole number"),
        ({"epochs": True}, "/fit/epochs", "a whole number"),
        ({"batch_size": 1e12}, "/fit/batch_size", "a whole number"),
        ({"epoch": 3}, "/fit/epoch", "did you mean 'epochs'?"),
        ({"nb_epoch": 3}, "/fit/nb_epoch", "belongs at fit.epochs"),
        ({"validation_split": 0.2}, "/fit/validation_split", "belongs at split.validation"),
        ({"verbose": 1}, "/fit/verbose", "progress is always reported"),
        ({"early_stopping": {"patiense": 3}}, "/fit/early_stopping/patiense", "did you mean 'patience'?"),
        ({"early_stopping": {"patience": -1}}, "/fit/early_stopping/patience", "greater than or equal to 0"),
        ({"early_stopping": "CSVLogger()"}, "/fit/early_stopping", "or EarlyStopping(...)"),
        (
            {"early_stopping": "EarlyStopping(patience=-1)"},
            "/fit/early_stopping/patience",
            "greater than or equal to 0",
        ),
        ({"early_stopping": True}, "/fit/early_stopping", "a mapping"),
        ({"checkpoint": {"keep": "last"}}, "/fit/checkpoint/keep", "best or all or a whole number"),
        ({"checkpoint": {"every": "soon"}}, "/fit/checkpoint/every", "a number"),
        ({"callbacks": ["ReduceLROnPlatau()"]}, "/fit/callbacks/0", "did you mean 'ReduceLROnPlateau'?"),
        ({"callbacks": ["TensorBoard(log_dir='x')"]}, "/fit/callbacks/0/log_dir", "the service chooses every path"),
        (
            {"callbacks": ["EarlyStopping(patience=3)"], "early_stopping": {"patience": 2}},
            "/fit/callbacks/0",
            "given twice",
        ),
        ({"callbacks": 3}, "/fit/callbacks", "callbacks is a list"),
        ({"tensorboard": "CSVLogger()"}, "/fit/tensorboard", "tensorboard is true, false, or TensorBoard(...)"),
        ({"engine": "fused", "tensorboard": "TensorBoard(update_freq=10)"}, "/fit/engine", "writes by batch"),
        ({"engine": "jax"}, "/fit/engine", "keras"),
        ({"engine": "xla"}, "/fit/engine", "write exact: false beside it"),
        ({"engine": "xla", "exact": False, "tensorboard": "TensorBoard(update_freq=10)"}, "/fit/engine", "by batch"),
        ({"exact": "no"}, "/fit/exact", "true or false"),
        ({"class_weight": [1, 2]}, "/fit/class_weight", "{label: weight}"),
        ({"class_weight": {"0": -1}}, "/fit/class_weight/dense_1/0", "greater than or equal to 0"),
    ],
)
def test_a_faulty_fit_says_what_to_write(desk, small, fit, pointer, words) -> None:
    small["fit"] = fit
    assert words in desk.messages(small)[pointer]


def test_defaults_are_written_out(desk, small) -> None:
    fit = desk.resolve(small).spec.fit
    assert (fit.epochs, fit.batch_size, fit.monitor, fit.checkpoint.keep) == (10, 32, "val_loss", "best")
    assert fit.tensorboard is not None
    assert fit.tensorboard.config["histogram_freq"] == 1


@pytest.mark.parametrize(("epochs", "every"), [(1, 1), (100, 1), (101, 2), (10_000, 100)])
def test_a_board_has_at_most_a_hundred_histograms_of_a_weight(desk, small, epochs: int, every: int) -> None:
    small["fit"] = {"epochs": epochs}
    assert desk.resolve(small).spec.fit.tensorboard.config["histogram_freq"] == every


def test_a_board_written_as_keras_has_it_keeps_keras_defaults(desk, small) -> None:
    small["fit"] = {"tensorboard": "TensorBoard()"}
    assert desk.resolve(small).spec.fit.tensorboard.config["histogram_freq"] == 0


def test_tensorboard_may_be_turned_off_or_set(desk, small) -> None:
    small["fit"] = {"tensorboard": False}
    assert desk.resolve(small).spec.fit.tensorboard is None
    small["fit"] = {"callbacks": ["TensorBoard(histogram_freq=1)"]}
    fit = desk.resolve(small).spec.fit
    assert fit.callbacks == ()
    assert fit.tensorboard is not None
    assert fit.tensorboard.config["histogram_freq"] == 1


def test_early_stopping_may_be_written_as_keras_has_it(desk, small) -> None:
    small["fit"] = {"early_stopping": "EarlyStopping(patience=3)"}
    assert desk.resolve(small).spec.fit.early_stopping.patience == 3


def test_early_stopping_among_the_callbacks_is_the_section(desk, small) -> None:
    small["fit"] = {"callbacks": ["EarlyStopping(patience=3, restore_best_weights=True)"]}
    stopping = desk.resolve(small).spec.fit.early_stopping
    assert (stopping.patience, stopping.restore_best_weights, stopping.monitor) == (3, True, "val_loss")


def test_a_monitor_that_will_not_exist_names_those_that_will(desk, small) -> None:
    small["compile"]["metrics"] = ["accuracy"]
    small["fit"] = {"monitor": "val_acuracy"}
    fault = desk.faults(small)["/fit/monitor"]
    assert fault.message == "monitor 'val_acuracy' will not exist: val_accuracy, val_loss will"
    assert fault.patch == [{"op": "replace", "path": "/fit/monitor", "value": "val_accuracy"}]


@pytest.mark.parametrize(
    ("callback", "pointer", "mended"),
    [
        ("ReduceLROnPlateau(monitor='val_los')", "/fit/callbacks/0/monitor", 'ReduceLROnPlateau(monitor="val_loss")'),
        (
            {"class_name": "ReduceLROnPlateau", "config": {"monitor": "val_los"}},
            "/fit/callbacks/0/config/monitor",
            "val_loss",
        ),
        ("EarlyStopping('val_los')", "/fit/callbacks/0/monitor", 'EarlyStopping("val_loss")'),
    ],
)
def test_a_callback_s_monitor_is_refused_where_it_stands(desk, small, callback, pointer, mended) -> None:
    small["fit"] = {"callbacks": [callback]}
    fault = desk.faults(small)[pointer]
    assert "will not exist" in fault.message
    assert fault.patch is not None
    assert fault.patch[0]["value"] == mended


def test_a_callback_watches_what_the_run_watches(desk, small) -> None:
    small["compile"]["metrics"] = ["mae"]
    small["fit"] = {"monitor": "val_mae", "callbacks": ["ReduceLROnPlateau()"], "early_stopping": {"patience": 1}}
    fit = desk.resolve(small).spec.fit
    assert fit.callbacks[0].config["monitor"] == "val_mae"
    assert fit.early_stopping.monitor == "val_mae"


def test_without_validation_the_loss_is_watched(desk, small) -> None:
    small["split"] = {"validation": 0}
    small["fit"] = {"early_stopping": {"patience": 3}, "callbacks": ["ReduceLROnPlateau()"]}
    resolved = desk.resolve(small)
    assert resolved.spec.fit.monitor == "loss"
    assert resolved.spec.fit.callbacks[0].config["monitor"] == "loss"
    assert "overfit" in resolved.warnings[0].message
    small["fit"] = {"monitor": "val_loss"}
    message = desk.messages(small)["/fit/monitor"]
    assert (
        message == "monitor 'val_loss' will not exist: loss will; nothing is held back: write split: {validation: 0.2}"
    )


def test_class_weights_are_those_of_the_classes(desk, small) -> None:
    small |= {"targets": "ocean_proximity", "fit": {"class_weight": {"INLAND": 2.0, "INLND": 1.0}}}
    small["model"]["layers"][-1] = 'Dense(5, activation="softmax")'
    small["compile"]["loss"] = "sparse_categorical_crossentropy"
    assert "no class 'INLND'" in desk.messages(small)["/fit/class_weight"]


def test_curves_are_named_by_output_where_there_are_several(desk, california) -> None:
    assert expected_metrics(desk.resolve(california).spec) == (
        "loss", "main_output_loss", "aux_output_loss", "main_output_root_mean_squared_error",
        "val_loss", "val_main_output_loss", "val_aux_output_loss", "val_main_output_root_mean_squared_error",
    )  # fmt: skip
