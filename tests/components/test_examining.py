"""The doctor through the front door: before uploading, after it, and when an object takes its process down."""

import inspect
from pathlib import Path

from tests.components.conftest import Shop
from tests.models_lib.components import faulty, sound

CRASHING = """
import ctypes
import os
import keras
import tensorflow as tf


class Leaves(keras.layers.Layer):
    def call(self, x):
        os._exit(3)


class Escapes(keras.layers.Layer):
    def call(self, x):
        ctypes.CDLL(None).syscall(0x40000000 + 39)  # of x32
        return x


def half(y_true, y_pred):
    return tf.square(y_true - y_pred) / 2
"""


def test_source_is_examined_before_it_is_kept(shop: Shop) -> None:
    answer = shop.http.post(
        "/v1/components:check", json={"name": "faulty", "source": inspect.getsource(faulty)}, timeout=300
    )

    report = answer.raise_for_status().json()
    assert (report["component"], report["version"], report["ok"]) == ("faulty", None, False)
    found = {(finding["object"], finding["rule"]): finding for finding in report["findings"]}
    assert found["my_softplus", "non-finite-gradient"]["severity"] == "error"
    at = found["noisy_activation", "traced-constant"]
    assert "np.random.normal" in inspect.getsource(faulty).splitlines()[at["line"] - 1]
    assert (at["file"], bool(at["advice"])) == ("faulty.py", True)
    assert shop.http.get("/v1/components?name=faulty").json()["data"] == []


def test_a_kept_component_is_examined_by_name_and_shows_autograph_code(shop: Shop) -> None:
    kept = shop.upload("sound", inspect.getsource(sound))
    asked = {"objects": ["HuberLoss", "MyDense"], "code": ["MyDense"], "config": {"MyDense": {"units": 3}}}

    report = shop.http.post("/v1/components/sound:check", json=asked).raise_for_status().json()
    shop.http.delete(f"/v1/components/{kept['id']}").raise_for_status()  # others use its names without a package

    assert (report["ok"], report["findings"], report["version"]) == (True, [], 1)
    assert [(about["name"], about["as_family"], about["xla"]) for about in report["objects"]] == [
        ("HuberLoss", "loss", True),
        ("MyDense", "layer", True),
    ]
    assert "ag__" in report["code"]["MyDense"]


def test_an_object_that_ends_its_process_is_told_and_the_next_is_examined(shop: Shop) -> None:
    report = shop.http.post("/v1/components:check", json={"name": "crashing", "source": CRASHING}).json()

    assert [(finding["object"], finding["rule"]) for finding in report["findings"]] == [
        ("Leaves", "crash"),
        ("Escapes", "forbidden-call"),
    ]
    assert "forbidden system call" in report["findings"][1]["advice"]
    assert [about["name"] for about in report["objects"]] == ["Leaves", "Escapes", "half"]
    assert report["objects"][2]["xla"] is True


def test_an_unknown_object_is_refused_by_pointer_and_broken_source_by_line(shop: Shop) -> None:
    unknown = shop.http.post("/v1/components/robust:check", json={"objects": ["HuberLos"]})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["pointer"] == "/objects/0"
    assert unknown.json()["errors"][0]["did_you_mean"] == "HuberLoss"

    broken = shop.http.post("/v1/components:check", json={"name": "broken", "source": "import keras\ndef f(:\n"})
    assert (broken.status_code, broken.json()["errors"][0]["line"]) == (422, 2)
    assert shop.http.post("/v1/components/nobody:check").status_code == 404


def test_the_command_line_draws_findings_and_says_by_its_code_whether_all_is_well(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "soft.py"
    file.write_text("import tensorflow as tf\n\n\ndef soft(z):\n    return tf.math.log(tf.exp(z) + 1.0)\n")

    told = shop.stack.horngate("components", "check", str(file))

    assert told.returncode == 1
    assert "soft.py:4" in told.stdout
    assert "non-finite-gradient" in told.stdout
    assert shop.stack.horngate("components", "check", "robust", "--json").returncode in (0, 1)
