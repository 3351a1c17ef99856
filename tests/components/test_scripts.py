"""Runs of kind `script`: whole training scripts, uploaded as they are and run in the sandbox."""

import io
import zipfile
from typing import Any

import pytest
from PIL import Image

from tests.components.conftest import Shop
from tests.stack import until

TRAIN = '''\
"""A script as one has it on a laptop, but for the path of its data and the callback."""

import argparse
import os

import keras
import numpy as np

import horngate

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--data", default="data/counts.csv")
args = parser.parse_args()

rows = np.genfromtxt(args.data, delimiter=",", skip_header=1, dtype="float32")
x, y = rows[:, :3], rows[:, 3:]
layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
model = keras.Sequential([keras.Input((3,), name="row"), *layers])
model.compile("adam", "mse", metrics=["mae"])
callbacks = [horngate.Callback(), keras.callbacks.TensorBoard("my_logs")]
history = model.fit(x, y, epochs=args.epochs, validation_split=0.2, callbacks=callbacks, verbose=2)
print("trained on", len(x), "rows of", sorted(os.listdir("data")), "for", len(history.epoch), "epochs")
model.save("model.keras")
np.save("predictions.npy", model.predict(x, verbose=0))
'''


def script(shop: Shop, name: str, source: str, **more: Any) -> dict[str, Any]:
    """Upload a script and run it on the table."""
    shop.upload(name, source)
    return run(shop, name, **more)


def run(shop: Shop, name: str, *, args: Any = (), entry: str = "train.py", **more: Any) -> dict[str, Any]:
    return shop.wait(submit(shop, name, args=args, entry=entry, **more))


def submit(shop: Shop, name: str, *, args: Any = (), entry: str = "train.py", **more: Any) -> str:
    model = {"kind": "script", "package": name, "entry": entry, "args": args}
    answer = shop.http.post("/v1/runs", json={"spec": {"dataset": "counts", "model": model, **more}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def refused(shop: Shop, **spec: Any) -> list[dict[str, Any]]:
    answer = shop.http.post("/v1/specs:validate", json={"spec": spec})
    assert answer.status_code == 422, answer.text
    return list(answer.json()["errors"])


def test_a_script_is_run_as_it_is_and_reports_like_fit(shop: Shop) -> None:
    """Arguments, data, curves with the learning rate, its own event files on the board, what it saves, predictions."""
    done = script(shop, "scripted", TRAIN, args=["--epochs", 3, "--data", "{dataset}"])
    run_id = done["id"]

    assert (done["status"], done["ended_by"]) == ("succeeded", "completed"), (done["failure"], shop.log(run_id))
    assert done["spec"]["components"] == ["scripted@1"]
    assert done["spec"]["model"]["args"] == ["--epochs", "3", "--data", "{dataset}"]
    assert {"loss", "mae", "val_loss", "val_mae", "learning_rate"} <= shop.curves(run_id)
    assert (done["progress"]["epoch"], done["progress"]["epochs"]) == (3, 3)
    assert done["progress"]["step"] == done["progress"]["steps"] == 3
    assert done["last"]["epoch"] == 3
    assert done["best"]["metrics"]["val_loss"] <= done["last"]["metrics"]["val_loss"]
    assert any("starts again from its first line" in warning["message"] for warning in done["warnings"])
    assert "trained on 120 rows of ['counts.csv'] for 3 epochs" in shop.log(run_id)
    artifacts = {part["path"] for part in shop.http.get(f"/v1/runs/{run_id}/artifacts").json()["data"]}
    assert artifacts == {"model.keras", "predictions.npy", "inputs.json"}
    assert shop.http.get(f"/v1/runs/{run_id}/summary").json()["parameters"] == 41
    answer = shop.http.post(f"/v1/runs/{run_id}:predict", json={"instances": [{"row": [1, 2, 0]}]})
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json()["predictions"][0], float)
    ejected = shop.http.get(f"/v1/runs/{run_id}/eject")
    assert (ejected.status_code, ejected.json()["errors"][0]["pointer"]) == (409, "/model/kind")


def test_its_curves_and_its_own_logs_are_on_the_board(shop: Shop) -> None:
    done = script(shop, "boarded", TRAIN)
    data = f"/v1/runs/{done['id']}/tensorboard/data/plugin/scalars/tags"
    tags = until(lambda: shop.http.get(data).json() if "my_logs/train" in shop.http.get(data).text else None)

    assert {"train", "validation", "my_logs/train", "my_logs/validation"} <= set(tags)
    assert {"epoch_loss", "epoch_mae", "epoch_learning_rate"} <= set(tags["train"])


def test_a_script_of_a_package_imports_what_stands_beside_it_and_other_components(shop: Shop) -> None:
    files = {
        "train.py": "from blocks import make\nimport robust\nimport horngate\nimport keras\nimport numpy as np\n"
        "model = make()\nmodel.compile('sgd', robust.huber_fn)\nx = np.ones((8, 2))\n"
        "model.fit(x, x[:, :1], epochs=1, callbacks=[horngate.Callback()])\n",
        "blocks.py": "import keras\ndef make():\n    return keras.Sequential([keras.layers.Dense(1)])\n",
    }
    answer = shop.http.post("/v1/components", json={"name": "packaged", "files": files})
    assert answer.json()["files"] == ["blocks.py", "train.py"], answer.text
    done = run(shop, "packaged", components=["robust"])

    assert done["status"] == "succeeded", (done["failure"], shop.log(done["id"]))
    assert done["spec"]["components"] == ["packaged@1", "robust@1"]
    assert done["last"]["metrics"]["loss"] > 0


LOOP = """\
import horngate

for epoch in range(1, 1000):
    for step in range(1, 5):
        horngate.report(epoch=epoch, epochs=1000, step=step, steps=4, loss=1 / epoch)
    if horngate.report(epoch=epoch, epochs=1000, loss=1 / epoch, val_loss=abs(3 - epoch)):
        break
    if epoch == 5 and not WAITS:
        break
open("kept.txt", "w").write(f"{epoch}")
"""


def test_a_loop_of_its_own_reports_its_epochs_and_which_was_best(shop: Shop) -> None:
    done = script(shop, "looped", LOOP.replace("WAITS", "False"))

    assert (done["status"], done["last"]["epoch"], done["best"]["epoch"]) == ("succeeded", 5, 3), done["failure"]


STOPPED = TRAIN.replace("default=2", "default=100_000").replace(', keras.callbacks.TensorBoard("my_logs")', "")


def test_a_stop_ends_its_fit_and_lets_it_save(shop: Shop) -> None:
    shop.upload("stopped", STOPPED)
    run_id = submit(shop, "stopped")
    until(lambda: (shop.http.get(f"/v1/runs/{run_id}").json()["last"] or {}).get("epoch", 0) >= 1, 60)
    shop.http.post(f"/v1/runs/{run_id}:stop")
    done = shop.wait(run_id)

    assert (done["status"], done["ended_by"]) == ("succeeded", "stop"), done["failure"]
    assert "model.keras" in {part["path"] for part in shop.http.get(f"/v1/runs/{run_id}/artifacts").json()["data"]}


SILENT = (
    "import time\nopen('begun.txt', 'w').write('x')\nprint('begun', flush=True)\nwhile True:\n    time.sleep(0.1)\n"
)


def test_a_script_that_asks_nobody_is_interrupted_by_a_stop_and_says_that_it_reported_nothing(shop: Shop) -> None:
    shop.upload("silent", SILENT)
    run_id = submit(shop, "silent")
    until(lambda: "begun" in shop.log(run_id), 60)
    shop.http.post(f"/v1/runs/{run_id}:stop")
    done = shop.wait(run_id)

    assert (done["status"], done["ended_by"]) == ("succeeded", "stop"), done["failure"]
    assert "nothing_reported" in {warning["code"] for warning in done["warnings"]}
    assert [part["path"] for part in shop.http.get(f"/v1/runs/{run_id}/artifacts").json()["data"]] == ["begun.txt"]


EARLY = TRAIN.replace("default=2", "default=500").replace(
    'keras.callbacks.TensorBoard("my_logs")', "keras.callbacks.EarlyStopping(min_delta=1e9, patience=1)"
)


def test_its_own_early_stopping_is_told_as_such(shop: Shop) -> None:
    done = script(shop, "early", EARLY)

    assert (done["status"], done["ended_by"]) == ("succeeded", "early_stopping"), done["failure"]
    assert done["last"]["epoch"] < 10


FAILING = {
    "raises": ("\n\ndef inner():\n    return {}['key']\n\n\ninner()\n", "KeyError: 'key'", 5, "Mend the line"),
    "exits": ("import sys\nprint('no')\nsys.exit(3)\n", "sys.exit(3)", 4, "Mend the line"),
    "misses a file": ("open('data/absent.csv')\n", "absent.csv", 2, "data/counts.csv"),
    "starts a program": ("import subprocess\nsubprocess.run(['ls'])\n", "not permitted", 3, "sandbox forbids"),
    "calls out": ("from urllib.request import urlopen\nurlopen('http://a.test')\n", "urlopen", 3, "sandbox forbids"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_script_that_fails_says_where_and_what_to_do(shop: Shop, how: str) -> None:
    source, said, line, advice = FAILING[how]
    done = script(shop, f"failing_{how.split()[0]}", "import horngate\n" + source)
    failure = done["failure"]

    assert (done["status"], failure["kind"]) == ("failed", "user_code"), (failure, shop.log(done["id"]))
    assert said in failure["message"]
    assert f"train.py, line {line}, in " in failure["frame"]
    assert advice in failure["advice"]


def test_exit_zero_is_a_good_end_and_what_a_failed_script_saved_is_kept(shop: Shop) -> None:
    ended = script(shop, "exiting_well", "import horngate, sys\nhorngate.report(epoch=1, loss=1.0)\nsys.exit(0)\n")
    failed = script(
        shop, "failing_late", "import horngate\nopen('half.txt', 'w').write('x')\nraise ValueError('late')\n"
    )

    assert ended["status"] == "succeeded", ended["failure"]
    assert (failed["status"], failed["failure"]["message"]) == ("failed", "late")
    assert [part["path"] for part in shop.http.get(f"/v1/runs/{failed['id']}/artifacts").json()["data"]] == ["half.txt"]


def test_faults_of_a_script_are_found_before_it_is_queued(shop: Shop) -> None:
    """Syntax at the upload; the rest by pointer."""
    answer = shop.http.post("/v1/components", json={"name": "unread", "files": {"train.py": "import keras\nfit(\n"}})
    assert (answer.status_code, answer.json()["errors"][0]["line"]) == (422, 2)
    shop.upload("missing_module", "import horngate\nimport nonsense_that_is_not_there\n")
    shop.upload("present", TRAIN)
    [missing] = refused(shop, model={"kind": "script", "package": "missing_module"})
    faults = {
        fault["pointer"]: fault
        for fault in refused(
            shop,
            model={"kind": "script", "package": "present", "entry": "trian.py", "args": ["--epochs", True]},
            compile={"loss": "mse"},
            fit={"epochs": 3},
            inputs={"x": {"columns": ["a"]}},
            targets="total",
            split={"validation": 0.2},
        )
    }
    [unknown] = refused(shop, model={"kind": "script", "package": "presnt", "entry": "train.py"})
    [pinned] = refused(shop, model={"kind": "script", "package": "present@1", "entry": "train.py"})

    assert missing["pointer"] == "/model/entry"
    assert "line 2" in missing["message"]
    assert faults.keys() == {
        "/model/entry", "/model/args/1", "/compile", "/fit", "/inputs", "/targets", "/split/validation",
    }  # fmt: skip
    assert "model.args" in faults["/fit"]["message"]
    assert (unknown["pointer"], unknown["did_you_mean"]) == ("/model/package", "present")
    assert pinned["patch"][1] == {"op": "add", "path": "/components", "value": ["present@1"]}


def test_a_preflight_reads_a_script_and_warns_of_what_it_will_miss(shop: Shop) -> None:
    shop.upload("downloading", "import keras\n(x, y), _ = keras.datasets.mnist.load_data()\n")
    spec = {"model": {"kind": "script", "package": "downloading", "entry": "train.py"}}
    answer = shop.http.post("/v1/specs:preflight", json={"spec": spec})

    assert answer.status_code == 200, answer.text
    messages = " ".join(warning["message"] for warning in answer.json()["warnings"])
    assert "line 2: keras.datasets.mnist.load_data downloads" in messages
    assert "no horngate.Callback()" in messages
    assert answer.json()["estimate"] is None


def test_a_model_with_classes_of_the_scripts_own_is_kept_and_not_served(shop: Shop) -> None:
    source = (
        "import horngate, keras\n@keras.saving.register_keras_serializable()\nclass Twice(keras.layers.Layer):\n"
        "    def call(self, x):\n        return 2 * x\n"
        "keras.Sequential([keras.Input((2,)), Twice()]).save('twice.keras')\n"
    )
    done = script(shop, "own_class", source)
    answer = shop.http.post(f"/v1/runs/{done['id']}:predict", json={"instances": [[1, 2]]})

    assert done["status"] == "succeeded", done["failure"]
    assert (answer.status_code, answer.json()["code"]) == (409, "no_model")
    assert "Twice" in answer.json()["detail"]


def test_a_run_of_a_script_is_cloned_with_other_arguments(shop: Shop) -> None:
    first = script(shop, "cloned", "import horngate, sys\nprint(sys.argv[1:])\n", args="--lr 0.1 --name 'two words'")
    changes = {"model": {"args": ["--lr", "0.2"]}}
    answer = shop.http.post("/v1/runs", json={"spec": first["spec"], "changes": changes})
    again = shop.wait(answer.json()["id"])

    assert "['--lr', '0.1', '--name', 'two words']" in shop.log(first["id"])
    assert "['--lr', '0.2']" in shop.log(again["id"])
    assert again["spec"] == {**first["spec"], "model": {**first["spec"]["model"], **changes["model"]}}


TWO_OUTPUTS = """\
import horngate
import keras

a, b = keras.Input((2,), name="wide_input"), keras.Input((3,), name="deep_input")
outputs = [keras.layers.Dense(1, name="main_output")(a), keras.layers.Dense(2, name="aux_output")(b)]
keras.Model(inputs=[a, b], outputs=outputs).save("my_keras_model.keras")
"""


def test_its_only_saved_model_answers_by_the_names_of_its_tensors(shop: Shop) -> None:
    """Whatever it is called, and though it takes and gives lists."""
    done = script(shop, "two_outputs", TWO_OUTPUTS)
    answer = shop.http.post(
        f"/v1/runs/{done['id']}:predict", json={"instances": [{"wide_input": [1, 2], "deep_input": [1, 2, 3]}]}
    )

    assert answer.status_code == 200, answer.text
    [prediction] = answer.json()["predictions"]
    assert isinstance(prediction["main_output"], float)
    assert len(prediction["aux_output"]) == 2


PHOTOS = """\
import horngate
import keras

train, held = keras.utils.image_dataset_from_directory(
    "data/dots", validation_split=0.5, subset="both", seed=1, image_size=(4, 4), batch_size=2
)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "mse")
for _ in range(2):
    model.fit(train, validation_data=held, epochs=2, callbacks=[horngate.Callback()])
"""


def test_images_lie_there_as_folders_and_several_fits_are_counted_as_one(shop: Shop) -> None:
    shop.http.post("/v1/datasets", data={"name": "dots"}, files={"file": ("dots.zip", dots())}).raise_for_status()
    done = script(shop, "dotted", PHOTOS, dataset="dots")
    metrics = shop.http.get(f"/v1/runs/{done['id']}/metrics?names=val_loss").json()

    assert done["status"] == "succeeded", (done["failure"], shop.log(done["id"]))
    assert [step for step, _ in metrics["series"][0]["points"]] == [1, 2, 3, 4]
    assert "Traceback" not in shop.log(done["id"])
    assert (done["progress"]["epoch"], done["progress"]["epochs"]) == (4, 4)


def dots() -> bytes:
    """Four dots of each of two colours."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for n in range(8):
            picture = io.BytesIO()
            Image.new("RGB", (4, 4), (250, n, 0) if n % 2 else (0, n, 250)).save(picture, "PNG")
            archive.writestr(f"{'red' if n % 2 else 'blue'}/{n}.png", picture.getvalue())
    return data.getvalue()
