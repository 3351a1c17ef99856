"""Source captured from live objects: of a project's files, of a notebook's cells, of a script; and what is refused."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

from horngate.client.capturing import capture, guess_name
from horngate.errors import CaptureRefused
from tests.stack import ROOT, Stack, until

Write = Callable[..., ModuleType]

PROJECT = '''
import math

import keras
import tensorflow as tf

import shop_parts
from shop_parts import Block as Inner, scaled

layers = keras.layers
LIMITS = {"low": [0.5, float("inf")], "words": {"b", "a"}}
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)


def create_huber(threshold=1.0):
    def huber_fn(y_true, y_pred):
        """Quadratic near zero,
        linear beyond."""
        error = tf.abs(y_true - y_pred)
        return tf.where(error < threshold, error**2 / 2, threshold * error - threshold**2 / 2)

    return huber_fn


def make_layer(units, base):
    class Made(base):
        def call(self, inputs):
            return super().call(inputs) * units

    return Made


class Tower(layers.Layer):
    bound = LIMITS["low"][0]

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = Inner()
        self.other = shop_parts.Block()

    def call(self, inputs):
        return scaled(self.inner(inputs) + self.other(inputs)) * math.pi * shop_parts.DEEP


class Spire(Tower):
    pass


def entropy(y_true, y_pred):
    return cross_entropy(y_true, y_pred)


cubed = lambda y_true, y_pred: abs(y_true - y_pred) ** 3
'''
PARTS = """
import keras

SCALE = 2.5
DEEP = 2


def scaled(x):
    return x * SCALE


class Block(keras.layers.Layer):
    def call(self, inputs):
        return scaled(inputs)
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a module of a project of one's own, and import it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def write_module(name: str, source: str) -> ModuleType:
        (tmp_path / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield write_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def run_source(source: str) -> dict[str, Any]:
    """What the captured module defines, by itself."""
    module = ModuleType("captured")
    exec(compile(source, "captured.py", "exec"), vars(module))
    return vars(module)


def faults(*objects: Any) -> list[str]:
    with pytest.raises(CaptureRefused) as refused:
        capture(objects)
    return [str(fault) for fault in refused.value.faults]


def test_a_projects_objects_are_one_text_with_all_that_they_mention(write: Write) -> None:
    write("shop_parts", PARTS)
    project = write("shop_project", PROJECT)
    asked = [project.Spire, project.create_huber, project.entropy]

    captured = capture(asked)
    here = run_source(captured.source)

    assert captured.names_in("shop") == ("shop.Spire", "shop.create_huber", "shop.entropy")
    rows = np.ones((2, 3), np.float32)
    assert np.array_equal(here["Spire"]()(rows), project.Spire()(rows))
    assert here["create_huber"](2.0)(1.0, 9.0) == project.create_huber(2.0)(1.0, 9.0)
    assert here["entropy"](rows, rows * 3) == project.entropy(rows, rows * 3)
    assert here["LIMITS"] == project.LIMITS
    assert "shop_parts import" not in captured.source
    assert capture(asked) == captured
    assert capture(list(reversed(asked))).source == captured.source
    assert guess_name(asked) == "shop_project"


def test_what_a_factory_made_keeps_what_it_was_given(write: Write) -> None:
    write("shop_parts", PARTS)
    project = write("shop_project", PROJECT)
    made = project.make_layer(7, project.Tower)

    captured = capture([project.create_huber(2.0), project.create_huber(0.25), made, project.cubed])
    here = run_source(captured.source)

    assert captured.names == ("huber_fn", "huber_fn_2", "Made", "cubed")
    assert here["huber_fn"](0.0, 5.0) == project.create_huber(2.0)(0.0, 5.0)
    assert here["huber_fn_2"](0.0, 5.0) == project.create_huber(0.25)(0.0, 5.0)
    assert here["huber_fn_2"].__name__ == "huber_fn_2"
    assert here["cubed"](1, 3) == 8
    assert np.array_equal(here["Made"]()(np.ones((1, 2))), made()(np.ones((1, 2))))


def test_lambdas_of_one_line_are_told_apart_by_where_their_code_stands(write: Write) -> None:
    module = write("shop_lambdas", "pair = [(lambda a, b: a - b), (lambda a, b: b - a)]\n")

    captured = capture(module.pair)
    here = run_source(captured.source)

    assert [here[name](5, 3) for name in captured.names] == [2, -2]


def test_what_cannot_be_captured_is_told_all_at_once_with_the_mend(write: Write) -> None:
    module = write(
        "shop_faults",
        "import keras\nimport numpy as np\nTABLE = np.ones(3)\nLOG = open(__file__)\n"
        "def lookup(x):\n    return x + TABLE + absent\n"
        "def logged(x):\n    LOG.write('x')\n    return x\n"
        "def make(table):\n    def inner(a, b):\n        return table\n    return inner\n"
        "class Outer:\n    class Inside(keras.layers.Layer):\n        pass\n"
        "def _hidden(a, b):\n    return a\n",
    )
    module.LOG.close()
    inner = module.make(module.TABLE)

    told = faults(module.lookup, module.logged, inner, module.Outer.Inside, module._hidden, keras.Model, 3)

    for fault, words in zip(
        told,
        [
            ("lookup, which mentions TABLE", "numpy's ndarray", "make it in __init__"),
            ("lookup, which mentions absent", "not defined in shop_faults"),
            ("logged, which mentions LOG", "TextIOWrapper"),
            ("inner, which mentions table", "the closure table is no constant"),
            ("Inside", "inside the class Outer"),
            ("_hidden", "begins with _", "rename it"),
            ("Model", "an installed package's"),
            ("int", "neither a class nor a function"),
        ],
        strict=True,
    ):
        assert all(word in fault for word in words), fault


def test_a_file_or_method_that_changed_since_is_refused(write: Write, tmp_path: Path) -> None:
    source = (
        "class Twice:\n    def call(self, x):\n        return x * 2\n\n\ndef half(true, made):\n    return true / 2\n"
    )
    module = write("shop_changing", source)
    assert capture([module.Twice, module.half]).names == ("Twice", "half")

    (tmp_path / "shop_changing.py").write_text(source.replace("* 2", "* 3").replace("/ 2", "/ 3"))
    told = faults(module.Twice, module.half)
    (tmp_path / "shop_changing.py").write_text(source)
    module.Twice.call = module.half

    assert ["call is not what its source says" in told[0], "has changed since" in told[1]] == [True, True]
    assert "call is not what its source says" in faults(module.Twice)[0]


VALUES = """
import dataclasses, enum, functools, logging
from typing import TypeVar
import keras
import numpy as np
import scipy.special
import tensorflow as tf
from tensorflow import keras as tk

T = TypeVar("T")
EPSILON = np.float32(1e-7)
KIND = np.dtype("float32")
low = tf.reduce_min
total = functools.partial(tf.reduce_sum, axis=-1)
log = logging.getLogger("shop")


class Mode(enum.Enum):
    FAST = 1


@dataclasses.dataclass
class Sizes:
    units: int = 3
    names: list = dataclasses.field(default_factory=list)


MODE, SIZES = Mode.FAST, Sizes(5, ["a"])
RATES = {"fast": keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5), "kind": Mode}


def counted(function):
    def wrapper(*given):
        return function(*given)

    return wrapper


@counted
def decorated(y_true: T, y_pred: T):
    log.info("asked")
    return total(y_true - y_pred) + low(y_pred) + EPSILON.astype(KIND) + SIZES.units * (MODE == Mode.FAST)


@tf.function
def graphed(y_true, y_pred):
    return decorated(y_true, y_pred) * RATES["fast"](10) + tk.ops.sum(y_true) + scipy.special.erf(0.5)
"""


def test_small_objects_are_written_with_the_values_that_they_have(write: Write) -> None:
    module = write("shop_values", VALUES)
    rows, guesses = np.ones((2, 3), np.float32), np.full((2, 3), 0.25, np.float32)

    captured = capture([module.decorated, module.graphed])
    here = run_source(captured.source)

    assert captured.names == ("decorated", "graphed")
    assert np.array_equal(here["decorated"](rows, guesses), module.decorated(rows, guesses))
    assert np.array_equal(here["graphed"](rows, guesses), module.graphed(rows, guesses))


def test_a_function_that_imports_ones_own_module_is_told_to_import_at_the_top(write: Write) -> None:
    write("shop_parts", PARTS)
    module = write("shop_late", "def late(x):\n    from shop_parts import scaled\n    return scaled(x)\n")

    assert "imports shop_parts" in faults(module.late)[0]


def test_two_modules_with_one_name_are_told_to_rename_it(write: Write) -> None:
    first = write("shop_first", "RATE = 1\ndef low(x):\n    return x * RATE\n")
    second = write("shop_second", "RATE = 2\ndef high(x):\n    return x * RATE\n")

    assert faults(first.low, second.high) == [
        "high, which mentions RATE: RATE means two things in what is captured together. "
        "To mend it: rename one of them, or upload them apart."
    ]


CELLS = [
    "import math\nRATE = 0.5\nclass Base:\n    def call(self, x):\n        return x * RATE\n",
    "%time waited = 1\nclass Child(Base):\n    pass\nold_child = Child",
    "class Child(Base):\n    factor = math.tau\n",
    "class Base:\n    def call(self, x):\n        return x * 99\n",
    "scale = lambda x: x * RATE",
    "def late(x):\n    return scale(x)",
]


def in_a_notebook(cells: list[str]) -> Any:
    """What the last cell's `answer` is, cells run as a kernel runs them."""
    script = (
        "import json, sys\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "for cell in json.loads(sys.argv[1]):\n    shell.run_cell(cell, store_history=True).raise_error()\n"
        "print(json.dumps(shell.user_ns['answer']))\n"
    )
    return typed([sys.executable, "-c", script, json.dumps(cells)])


def typed(words: list[str], text: str | None = None) -> Any:
    ended = subprocess.run(
        words,
        input=text,
        env={"PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_a_notebooks_cells_are_captured_as_the_objects_were_last_defined() -> None:
    ask = (
        "from horngate.client.capturing import capture\n"
        "answer = [capture([Child]).source, capture([Base]).source, capture([late]).source]\n"
    )
    child, base, late = in_a_notebook([*CELLS, ask])

    assert "factor = math.tau" in child
    assert "import math" in child
    assert run_source(child)["Child"]().call(2) == 1
    assert run_source(base)["Base"]().call(2) == 198
    assert run_source(late)["late"](4) == 2


def test_a_class_whose_base_was_defined_anew_and_its_new_base_are_not_captured_together() -> None:
    ask = (
        "from horngate.client.capturing import capture\n"
        "try:\n    capture([Child, Base])\nexcept Exception as error:\n    answer = [str(type(error)), str(error)]\n"
    )
    kind, said = in_a_notebook([*CELLS, ask])

    assert "CaptureRefused" in kind
    assert "Base means two things" in said


def test_a_script_is_captured_and_what_has_no_source_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "own_train.py"
    script.write_text(
        "from __future__ import annotations\nimport json\nfrom horngate.client.capturing import capture\nLIMIT = 3\n"
        "def clip(x: NotThere) -> float:\n    return min(x, LIMIT)\n"
        "exec('def made(x):\\n    return x\\n')\n"
        "try:\n    capture([made])\nexcept Exception as error:\n    said = str(error)\n"
        "print(json.dumps([capture([clip]).source, said]))\n"
    )
    source, said = typed([sys.executable, str(script)])

    assert run_source(source)["clip"](7) == 3
    assert "from __future__ import annotations" in source
    assert "there is no source of it" in said
    assert "in a notebook's cell" in said


def test_live_objects_become_a_component_that_trains(stack: Stack, write: Write) -> None:
    write("shop_parts", PARTS)
    project = write("shop_project", PROJECT)
    remote = stack.remote

    component = remote.components.add([project.create_huber(2.0), project.Spire], name="captured")
    again = remote.components.add([project.create_huber(2.0), project.Spire], name="captured")
    rows = "".join(f"{i % 7},{i % 5},{i % 7 + i % 5}\n" for i in range(60))
    answer = stack.http.post(
        "/v1/datasets", data={"name": "captured_rows"}, files={"file": ("rows.csv", "a,b,total\n" + rows)}
    )
    run = remote.runs.create(
        {
            "dataset": answer.json()["id"],
            "targets": "total",
            "model": {"kind": "sequential", "layers": ["captured.Spire()", "Dense(1)"]},
            "compile": {"optimizer": "sgd", "loss": "captured.huber_fn"},
            "fit": {"epochs": 1},
        }
    )
    until(lambda: run.refresh().is_final, 120)

    assert again.id == component.id
    assert {part["name"] for part in component.objects} >= {"Spire", "Tower", "Block", "huber_fn", "scaled"}
    assert run.status == "succeeded", run.about["failure"]
    assert remote.components.check(project.create_huber(2.0))["ok"]
