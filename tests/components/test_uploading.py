"""Uploading source: versions, manifests, and what is refused, with its line."""

import io
import zipfile

import pytest

from tests.components.conftest import Shop

LOSS = "import keras\n\n\ndef half(y_true, y_pred):\n    return (y_true - y_pred) ** 2 / 2\n"


def zipped(members: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return data.getvalue()


def test_a_known_name_makes_its_next_version_and_equal_source_none(shop: Shop) -> None:
    first = shop.upload("versions", LOSS)
    second = shop.upload("versions", LOSS + "\n# changed\n")
    again = shop.http.post("/v1/components", files={"file": ("versions.py", LOSS)})

    assert (first["version"], second["version"], first["sha256"] != second["sha256"]) == (1, 2, True)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert shop.http.get("/v1/components/versions").json()["id"] == second["id"]
    assert shop.http.get("/v1/components/versions@1").json()["id"] == first["id"]
    assert shop.http.get("/v1/components/versions@1/source").json()["files"] == {"__init__.py": LOSS}
    assert [c["version"] for c in shop.http.get("/v1/components?name=versions").json()["data"]] == [2, 1]
    assert shop.http.delete(f"/v1/components/{second['id']}").status_code == 204
    assert shop.http.get("/v1/components/versions").json()["id"] == first["id"]


def test_a_manifest_says_where_each_object_may_stand_and_what_it_takes(shop: Shop) -> None:
    objects = {part["name"]: part for part in shop.http.get("/v1/components/robust").json()["objects"]}

    assert objects["huber_fn"]["families"] == ["loss", "metric"]
    assert objects["create_huber"]["kind"] == "factory"
    assert objects["my_glorot_initializer"]["families"] == ["initializer"]
    assert objects["HuberLoss"]["arguments"][0]["default"] == 1.0
    assert "activation" in objects["my_better_softplus"]["families"]
    parts = {part["name"]: part for part in shop.http.get("/v1/components/trainers").json()["objects"]}
    assert parts["GAN"]["families"][0] == "model"
    assert [argument["name"] for argument in parts["GAN"]["compile"]] == ["d_optimizer", "g_optimizer", "loss_fn"]


def test_a_zipped_package_of_several_modules_is_one_component(shop: Shop) -> None:
    data = zipped(
        {
            "pack/__init__.py": "from pack.losses import half\n",
            "pack/README.md": "a package",
            "pack/losses.py": LOSS,
            "pack/inner/__init__.py": "",
            "pack/inner/layers.py": "import keras\n\n\nclass Twice(keras.layers.Layer):\n    def call(self, x):\n"
            "        return 2 * x\n",
        }
    )
    answer = shop.http.post("/v1/components", files={"file": ("pack.zip", data)})

    assert answer.status_code == 201, answer.text
    assert {part["name"]: part["module"] for part in answer.json()["objects"]} == {
        "half": "pack.losses",
        "Twice": "pack.inner.layers",
    }


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("import keras\n\nclass Loss2(\n", 3, "never closed"),
        ("import keras\n\nx = 1 / 0\n", 3, "ZeroDivisionError"),
        ("import nonsense_that_is_not_there\n", 1, "No module named"),
        ("class Half(layers.Layer):\n    pass\n", 1, "begin with: from keras import layers"),
        ("from keras.engine.topology import Layer\n", 1, "in Keras 3: from keras.layers import Layer"),
        (
            "import numpy as np\nx = np.loadtxt('data.csv')\n\n\ndef half(y_true, y_pred):\n    return x\n",
            2,
            "data are uploaded, and bound under inputs",
        ),
        ("import keras\nprint 'done'\n", 2, "Missing parentheses"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit"),
        ("import keras\nclass Dense(keras.layers.Layer):\n    pass\n", 2, "is the name of a layer of Keras"),
        ("def mse(y_true, y_pred):\n    return y_pred\n", 1, "is the name of a loss of Keras"),
    ],
    ids=[
        "syntax",
        "import error",
        "missing module",
        "no import",
        "Keras 2",
        "own file",
        "Python 2",
        "exit",
        "shadowed class",
        "shadowed alias",
    ],
)
def test_source_that_cannot_be_taken_is_refused_with_its_line(shop: Shop, source: str, line: int, said: str) -> None:
    answer = shop.http.post("/v1/components", json={"name": "wrong", "source": source})

    assert answer.status_code == 422, answer.text
    [fault] = answer.json()["errors"]
    assert fault["line"] == line
    assert said in fault["message"]


def test_a_body_that_is_no_json_is_refused_as_it_is_elsewhere(shop: Shop) -> None:
    answer = shop.http.post("/v1/components", content=b"\0", headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "syntax"


def test_source_that_ends_the_process_is_refused(shop: Shop) -> None:
    answer = shop.http.post("/v1/components", json={"name": "wrong", "source": "import os\nos._exit(0)\n"})

    assert answer.status_code == 422
    assert "ending the process" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["numpy", "os", "class", "no name", "psutil", "components", "a.b"])
def test_names_that_python_could_not_import_or_has_already_are_refused(shop: Shop, name: str) -> None:
    answer = shop.http.post("/v1/components", json={"name": name, "source": LOSS})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/name"


def hostile() -> dict[str, bytes]:
    link = zipfile.ZipInfo("link.py")
    link.external_attr = 0o120777 << 16
    linked, bomb = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.py", "#" * 900_000)
    return {
        "leads out": zipped({"../out.py": LOSS}),
        "link": linked.getvalue(),
        "bomb": bomb.getvalue(),
        "no zip": b"PK\x03\x04 nothing",
        "binary": zipped({"a.py": LOSS})[:40],
    }


@pytest.mark.parametrize("kind", hostile())
def test_hostile_files_are_refused(shop: Shop, kind: str) -> None:
    answer = shop.http.post("/v1/components", files={"file": ("hostile.zip", hostile()[kind])})

    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "component_refused"


def test_a_component_that_a_waiting_run_pins_is_not_deleted(shop: Shop) -> None:
    component = shop.upload("held", LOSS.replace("half", "held_half"))
    run_id = shop.submit(
        model={"kind": "sequential", "layers": ["Dense(1)"]}, compile={"loss": "held_half"}, queue="nobody"
    )
    answer = shop.http.delete(f"/v1/components/{component['id']}")
    using = shop.http.get("/v1/runs", params={"component": component["id"]}).json()["data"]
    shop.http.post(f"/v1/runs/{run_id}:cancel")

    assert [run["id"] for run in using] == [run_id]
    assert (answer.status_code, answer.json()["code"]) == (409, "component_in_use")
    assert shop.http.delete(f"/v1/components/{component['id']}").status_code == 204


def test_names_that_lead_nowhere_are_answered_with_the_nearest(shop: Shop) -> None:
    model = {"kind": "sequential", "layers": ["robust.MyDens(3)", "Dense(1)"]}
    wrong = {"optimizer": "adam", "loss": "robust.HuberLos(2.0)", "metrics": ["robst.huber_fn", "huber_fn()"]}
    faults = {fault["pointer"]: fault for fault in shop.refusal(model=model, compile=wrong, components=["robust@9"])}

    assert faults["/compile/loss"]["did_you_mean"] == "HuberLoss"
    assert faults["/compile/metrics/0"]["did_you_mean"] == "robust"
    assert "without parentheses" in faults["/compile/metrics/1"]["message"]
    assert faults["/components/0"]["code"] == "bad_reference"
    [misspelt] = shop.refusal(
        model={"kind": "sequential", "layers": ["Dense(1)"]}, compile={"loss": "HuberLoss(treshold=2.0)"}
    )
    assert misspelt["did_you_mean"] == "threshold"


def test_a_model_that_cannot_be_built_is_refused_with_its_own_line(shop: Shop) -> None:
    source = (
        "import keras\n\n\nclass Wrong(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.out = keras.layers.Conv2D(3, 3)\n    def call(self, x):\n        return self.out(x)\n"
    )
    shop.upload("wrongly", source)
    [fault] = shop.refusal(model={"kind": "component", "class_name": "wrongly.Wrong"}, compile={"loss": "mse"})

    assert fault["pointer"] == "/model/class_name"
    assert "wrongly, line 9" in fault["message"]


def test_lambda_with_code_is_refused_and_the_refusal_names_components(shop: Shop) -> None:
    [fault] = shop.refusal(
        model={"kind": "sequential", "layers": ["Lambda(lambda x: x)", "Dense(1)"]}, compile={"loss": "mse"}
    )

    assert "component" in fault["message"]


def test_the_command_line_adds_lists_shows_and_removes(shop: Shop, tmp_path) -> None:
    package = tmp_path / "typed"
    package.mkdir()
    (package / "__init__.py").write_text("from typed.losses import typed_half\n")
    (package / "losses.py").write_text(LOSS.replace("half", "typed_half"))

    assert shop.stack.horngate("components", "add", str(package)).stdout.strip() == "typed@1"
    assert "typed@1" in shop.stack.horngate("components", "list").stdout
    assert "typed_half" in shop.stack.horngate("components", "show", "typed").stdout
    assert shop.stack.horngate("components", "rm", "typed").returncode == 0
    assert shop.stack.remote.components.add(LOSS, name="from_text").reference == "from_text@1"
