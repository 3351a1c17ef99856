"""`remote.fit` through the running service: bit for bit what `model.fit` gives here, and what is refused."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from horngate.client.connecting import Remote
from horngate.errors import FitRefused, Refused, RunFailed
from tests.horngate import fitted_models as models
from tests.stack import ROOT, Stack

DRAWN = np.random.default_rng(0)
X, X3 = DRAWN.normal(size=(150, 5)), DRAWN.normal(size=(150, 3))
Y, Y3 = X.sum(axis=1), 2 * X3[:, 0]
KIND = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
WEIGHTS = DRAWN.uniform(0.5, 2.0, size=150)


@pytest.fixture(scope="module")
def remote(stack: Stack) -> Iterator[Remote]:
    """The components that are sent stay with these tests: their names may stand in others' specs."""
    remote = stack.remote
    before = {component.id for component in remote.components.list()}
    yield remote
    for component in remote.components.list():
        if component.id not in before:
            component.delete()


def seeded(make: Callable[[], keras.Model]) -> keras.Model:
    keras.utils.set_random_seed(1)
    return make()


def weights_of(model: keras.Model) -> list[Any]:
    return [*model.get_weights(), *(np.asarray(variable) for variable in model.optimizer.variables)]


def assert_equal(
    remote: Remote, make: Callable[[], keras.Model], *data: Any, arguments: Callable[[], dict[str, Any]] = dict
) -> Any:
    """Trained there or here, weights, the optimizer's state and the history are the same; the remote history."""
    here, there = seeded(make), seeded(make)
    asked = {"verbose": 0, "epochs": 2, "shuffle": False}
    wanted = here.fit(*data, **asked | arguments())
    found = remote.fit(there, *data, **asked | arguments())
    assert found.history == wanted.history
    assert found.epoch == wanted.epoch
    assert all(np.array_equal(one, other) for one, other in zip(weights_of(here), weights_of(there), strict=True))
    return found


def test_a_stack_with_weighed_rows_and_the_last_ones_held_back(remote: Remote) -> None:
    weighed = {"validation_split": 0.23, "sample_weight": WEIGHTS, "batch_size": 16}
    history = assert_equal(remote, models.stack, X, Y, arguments=lambda: weighed)
    assert history.run.url.endswith(history.run.id)
    assert history.run.spec["split"]["shuffle"] is False
    assert (history.params["epochs"], history.params["steps"]) == (2, 8)


def test_two_inputs_and_three_outputs_with_data_of_their_own_to_validate_by(remote: Remote) -> None:
    held = (
        {"zebra": X[:40], "ape": X3[:40]},
        [Y[:40], Y3[:40], Y[:40]],
        [np.ones(40), WEIGHTS[:40], WEIGHTS[40:80]],
    )
    assert_equal(remote, models.three_outputs, [X, X3], [Y, Y3, Y], arguments=lambda: {"validation_data": held})


def test_classes_with_weights_and_callbacks_that_go_back_to_the_best_epoch(remote: Remote) -> None:
    def arguments() -> dict[str, Any]:
        stopping = keras.callbacks.EarlyStopping(patience=1, min_delta=10, restore_best_weights=True)
        reducing = keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5)
        return {
            "validation_split": 0.3,
            "class_weight": {0: 1.0, 1: 2.0, 2: 0.5},
            "callbacks": [stopping, reducing, keras.callbacks.TerminateOnNaN()],
        }

    history = assert_equal(remote, models.classifier, X, KIND, arguments=arguments)
    assert history.run.spec["fit"]["early_stopping"]["min_delta"] == 10


def test_own_layers_losses_metrics_functions_and_callbacks_travel_as_source(remote: Remote) -> None:
    history = assert_equal(
        remote,
        models.own_parts,
        X,
        Y,
        arguments=lambda: {"validation_split": 0.1, "callbacks": [models.Ratio("worse by")]},
    )
    assert sum(line["text"].startswith("worse by ") for line in history.run.logs()) == 2
    [loss] = history.run.spec["compile"]["loss"].values()
    assert loss["config"]["threshold"] == 2.0


def test_a_graph_with_a_training_step_of_its_own(remote: Remote) -> None:
    assert_equal(remote, models.stepped, X, Y, arguments=lambda: {"validation_split": 0.1})


def test_a_model_that_is_made_of_two_models_and_draws_at_random(remote: Remote) -> None:
    assert_equal(remote, models.autoencoder, X)


def test_stacks_within_a_graph_come_home_and_large_files_go_in_parts(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("horngate.client.datasets.LARGE", 1)
    monkeypatch.setattr(remote.datasets, "upload", None)  # in one piece, nothing comes there any more

    history = assert_equal(remote, models.twin_towers, X - 1, Y)

    [loss] = history.run.spec["compile"]["loss"].values()
    assert loss["config"]["delta"] == 0.25  # which Keras' own get_config leaves out


def test_a_subclassed_model_of_two_inputs_and_two_outputs_has_curves_for_both(remote: Remote) -> None:
    """Where Keras itself calls both `mse_loss`, and keeps one."""
    here, there = seeded(models.wide_and_deep), seeded(models.wide_and_deep)
    asked = {"epochs": 2, "shuffle": False, "verbose": 0, "validation_split": 0.1}
    wanted = here.fit((X3, X), (Y, Y3), **asked)
    found = remote.fit(there, (X3, X), (Y, Y3), **asked)
    assert found.history["val_loss"] == wanted.history["val_loss"]
    assert {"output_0_loss", "output_1_loss"} <= set(found.history)
    assert all(np.array_equal(one, other) for one, other in zip(weights_of(here), weights_of(there), strict=True))


def test_inputs_without_names_words_that_were_learned_and_functions_as_layers(remote: Remote) -> None:
    words = tf.constant([["red"], ["green thing"], ["round red"]] * 50)
    assert_equal(remote, models.unnamed_inputs, [X, words], Y)


def test_a_model_that_kept_nothing_of_its_arguments_is_made_of_what_it_holds(remote: Remote) -> None:
    kinds = np.arange(150) % 6
    history = assert_equal(remote, models.speaker, kinds, Y)
    assert history.run.about["warnings"] == []  # its output and y are both without an axis
    assert len(history.run.predict([{"x": 3}])) == 1


def test_a_model_without_a_call_brings_what_it_adapted_to(remote: Remote) -> None:
    here, there = seeded(lambda: models.diffusion(X)), seeded(lambda: models.diffusion(X))
    wanted = here.fit(X, verbose=0, epochs=2, shuffle=False)
    history = remote.fit(there, X, verbose=0, epochs=2, shuffle=False)
    assert history.history == wanted.history
    assert all(np.array_equal(one, other) for one, other in zip(here.get_weights(), there.get_weights(), strict=True))
    assert [warning["code"] for warning in history.run.about["warnings"]] == [None]  # it has no call


def test_what_y_is_of_need_be_no_output_of_a_model_with_a_step_of_its_own(remote: Remote) -> None:
    assert_equal(remote, models.translator, X, -X)


def test_functions_within_callbacks_travel_with_them(remote: Remote) -> None:
    def arguments() -> dict[str, Any]:
        falling = keras.callbacks.LearningRateScheduler(models.fall)
        halving = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
        return {"callbacks": [falling, halving, keras.callbacks.LambdaCallback(on_epoch_end=models.tell)]}

    history = assert_equal(remote, models.stack, X, Y, arguments=arguments)
    assert [line["text"] for line in history.run.logs() if line["text"].startswith("told")] == ["told 0", "told 1"]


def test_a_second_fit_goes_on_where_the_first_left_the_optimizer(remote: Remote) -> None:
    here, there = seeded(models.stack), seeded(models.stack)
    asked = {"epochs": 1, "shuffle": False, "verbose": 0}
    for _ in range(2):
        wanted = here.fit(X, Y, **asked)
        found = remote.fit(there, X, Y, **asked)
    assert found.history == wanted.history
    assert all(np.array_equal(one, other) for one, other in zip(weights_of(here), weights_of(there), strict=True))


class Batched(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
    def __len__(self) -> int:
        return 5

    def __getitem__(self, at: int) -> Any:
        return X[at * 30 : at * 30 + 30], -Y[at * 30 : at * 30 + 30]


def test_data_sets_come_in_their_own_batches_and_equal_data_is_sent_once(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    upload = remote.datasets.upload
    monkeypatch.setattr(remote.datasets, "upload", lambda *given: (sent.append(given[1]), upload(*given))[1])
    model = seeded(models.stack)

    first = remote.fit(model, Batched(), verbose=0, shuffle=False, name="batched")
    assert first.run.spec["fit"]["batch_size"] == 30
    assert sent == ["batched.npz", "batched.weights.h5"]
    sent.clear()
    table = tf.data.Dataset.from_tensor_slices((X.astype("float32"), -Y.astype("float32"))).batch(30)
    second = remote.fit(seeded(models.stack), table, verbose=0, name="other")
    assert sent == ["other.weights.h5"]  # the names of its layers are in it
    assert second.history == first.history


def test_layers_that_were_given_functions_and_layers_need_no_get_config(remote: Remote) -> None:
    assert_equal(remote, models.wrapped, X, Y)


def test_epochs_have_so_many_batches_and_rows_come_round(remote: Remote) -> None:
    """Sixths of the rows, whose size the graph then knows, as Keras parts arrays; and a pipeline that never ends."""
    parted = {"steps_per_epoch": 6, "validation_split": 0.2, "validation_steps": 2, "validation_freq": [2], "epochs": 2}
    history = assert_equal(remote, models.normal_stack, X, Y, arguments=lambda: parted)
    assert history.run.spec["fit"]["fixed_batches"] == ["train", "validation"]

    endless = tf.data.Dataset.from_tensor_slices((X.astype("float32"), Y.astype("float32"))).batch(16).repeat()
    history = assert_equal(
        remote, models.normal_stack, endless.prefetch(1), arguments=lambda: {"steps_per_epoch": 7, "epochs": 3}
    )
    assert history.params["steps"] == 7


def test_a_run_is_come_back_to_with_a_model_or_without(remote: Remote, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    model = seeded(models.stack)
    history = remote.fit(model, X, Y, epochs=2, verbose=0, callbacks=[keras.callbacks.CSVLogger(str(log))])
    assert len(log.read_text().splitlines()) == 3

    again = remote.attach(history.run.id, verbose=0)
    assert again.history == history.history
    assert np.array_equal(again.model.predict(X, verbose=0), model.predict(X, verbose=0))
    fresh = models.stack()
    fresh.build((None, 5))
    remote.attach(history.run.id, fresh, verbose=0)
    assert all(np.array_equal(one, other) for one, other in zip(weights_of(fresh), weights_of(model), strict=True))


def test_checkpoints_are_here_as_keras_would_have_left_them(
    remote: Remote, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every file with the weights and the optimizer's state of its epoch; what is said of them is said alike."""
    folders = iter([tmp_path / "here", tmp_path / "there"])
    said = []

    def arguments() -> dict[str, Any]:
        said.append(capsys.readouterr().out)
        folder, save = next(folders), keras.callbacks.ModelCheckpoint
        best = save(f"{folder}/best.keras", monitor="val_mae", save_best_only=True, verbose=1)
        each = save(f"{folder}/of {{epoch:02d}}, {{val_mae:.2f}}.weights.h5", save_weights_only=True)
        return {"epochs": 4, "initial_epoch": 1, "validation_split": 0.2, "callbacks": [best, each]}

    history = assert_equal(remote, models.stack, X, Y, arguments=arguments)
    said.append(capsys.readouterr().out)

    assert history.epoch == [1, 2, 3]
    names = {path.name for path in (tmp_path / "here").iterdir()}
    assert {path.name for path in (tmp_path / "there").iterdir()} == names
    assert len(names) == 4
    here, there = (keras.models.load_model(tmp_path / side / "best.keras") for side in ("here", "there"))
    for name in [None, *(names - {"best.keras"})]:
        for side, model in (("here", here), ("there", there)) if name else ():
            model.load_weights(tmp_path / side / name)
        assert all(np.array_equal(one, other) for one, other in zip(weights_of(here), weights_of(there), strict=True))
    assert said[2].count("val_mae improved") == said[1].count("val_mae improved") > 0
    with np.load(history.run.download_checkpoint("last", tmp_path)) as arrays:
        assert any(array.shape == (5, 8) for name, array in arrays.items() if name.startswith("model/"))


@pytest.mark.parametrize("make", [models.by_row, models.loss_by_row])
def test_a_loss_function_that_a_step_calls_gives_one_number_for_each_row(
    remote: Remote, make: Callable[[], keras.Model]
) -> None:
    """With the optimizer that the model keeps, whatever its `compile` told Keras."""
    assert_equal(remote, make, X, Y[:, None])


def test_a_state_that_outlives_its_batch_is_refused_with_what_to_do(remote: Remote) -> None:
    with pytest.raises(Refused, match=r"leave stateful out .* or train it as kind: script"):
        remote.fit(models.stateful(), X[..., None], Y, batch_size=30, verbose=0)


class Broken(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        raise RuntimeError("this is mine")


def test_a_failure_names_the_line_of_ones_own_code(remote: Remote) -> None:
    with pytest.raises(RunFailed, match="this is mine") as failed:
        remote.fit(seeded(models.stack), X, Y, verbose=0, callbacks=[Broken()])
    assert "on_epoch_end" in str(failed.value)
    assert failed.value.run["failure"]["kind"] == "user_code"


def test_what_the_service_refuses_is_told_with_its_place(remote: Remote) -> None:
    with pytest.raises(Refused, match="val_los"):
        remote.fit(seeded(models.stack), X, Y, verbose=0, callbacks=[keras.callbacks.EarlyStopping("val_los")])
    with pytest.raises(FitRefused, match="You must call `compile"):
        remote.fit(keras.Sequential([keras.layers.Dense(1)]), X, Y)


SCRIPT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # who tests in the background has it ignored
import keras, numpy as np, horngate
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
horngate.connect().fit(model, np.ones((64, 2)), np.ones(64), epochs=100_000, name="left alone")
"""


def test_ctrl_c_in_a_script_leaves_the_run_and_says_how_to_come_back(stack: Stack, remote: Remote) -> None:
    script = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**stack.environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert script.stderr is not None
    assert any(line.startswith("training") for line in script.stderr)  # up to that line it is read
    os.kill(script.pid, signal.SIGINT)
    said = script.stderr.read()
    script.wait(60)
    [run] = remote.runs.list(search="left alone")
    assert f"remote.attach('{run.id}', model=model)" in said
    assert script.returncode != 0
    assert run.refresh().status == "running"
    run.cancel()
