"""`model.to_json()` as a model: read by the catalog, refused where it is not Keras' own."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_lib.spec.faults import SpecRefused
from models_lib.spec.planning import plan_model
from models_lib.spec.resolve import resolve_spec

TENSOR = {"class_name": "__keras_tensor__"}


def _tensor(layer: str, node: int = 0, at: int = 0) -> dict[str, Any]:
    return {**TENSOR, "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [layer, node, at]}}


def _layer(
    name: str, class_name: str, config: dict[str, Any], *args: Any, module: str = "keras.layers"
) -> dict[str, Any]:
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
    dtype = {} if module != "keras.layers" else {"dtype": policy, "trainable": True}
    nodes = [{"args": list(args), "kwargs": {}}] if args else []
    return {
        "module": module, "class_name": class_name, "config": {"name": name, **dtype, **config},
        "registered_name": None if module == "keras.layers" else class_name, "name": name, "inbound_nodes": nodes,
        "build_config": {"input_shape": [None, 4]},
    }  # fmt: skip


def _input(name: str, *shape: int) -> dict[str, Any]:
    config = {"batch_shape": [None, *shape], "dtype": "float32", "sparse": False, "ragged": False, "name": name}
    return {
        "module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None, "name": name,
        "inbound_nodes": [],
    }  # fmt: skip


def _config() -> dict[str, Any]:
    """Two shared calls of one layer, doubled by an operator."""
    glorot = {
        "module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None},
    }  # fmt: skip
    shared = _layer("shared", "Dense", {"units": 3, "kernel_initializer": glorot}, _tensor("a"))
    shared["inbound_nodes"].append({"args": [_tensor("b")], "kwargs": {}})
    double = _layer("double", "Multiply", {}, _tensor("shared", 1), 2.0, module="keras.src.ops.numpy")
    both = _layer("both", "Concatenate", {"axis": -1}, [_tensor("shared"), _tensor("double")])
    out = _layer("price", "Dense", {"units": 1, "activation": "linear"}, _tensor("both"))
    return {
        "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
        "config": {
            "name": "twice", "trainable": True,
            "layers": [_input("a", 3), _input("b", 3), shared, double, both, out],
            "input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": ["price", 0, 0],
        },
    }  # fmt: skip


@pytest.fixture
def config() -> dict[str, Any]:
    return _config()


@pytest.fixture
def document(small, config) -> dict[str, Any]:
    columns = {"columns": ["longitude", "latitude", "median_income"]}
    return small | {"model": {"kind": "keras", "config": config}, "inputs": {"a": columns, "b": columns}}


def test_a_config_is_taken_as_an_object_and_as_text_and_resolves_to_itself(desk, document, config) -> None:
    resolved = desk.resolve(document).spec
    assert resolved.model.output_names == ("price",)
    assert list(resolved.targets) == ["price"]
    document["model"]["config"] = json.dumps(config)
    assert desk.resolve(document).spec == resolved
    assert desk.resolve(resolved.model_dump(mode="json")).spec == resolved


def test_shared_calls_and_operators_are_planned(desk, document) -> None:
    plan = desk.resolve(document).spec.model.plan
    assert [call.key for call in plan.calls] == ["shared", "shared@2", "double", "both", "price"]
    [double] = [call for call in plan.calls if call.key == "double"]
    assert double.positional[1] == 2.0
    assert (double.positional[0].key, plan.find("double").class_name) == ("shared@2", "Multiply")


def test_a_foreign_module_is_refused_by_its_pointer_and_told_what_to_do(desk, document, config) -> None:
    config["config"]["layers"][2]["module"] = "os"
    fault = desk.faults(document)["/model/config/config/layers/2/module"]
    assert (fault.code, fault.found) == ("forbidden", "os")
    assert "component" in fault.message


def test_a_registered_class_of_somebody_else_is_refused(desk, document, config) -> None:
    config["config"]["layers"][2]["registered_name"] = "Custom>Dense"
    assert "component" in desk.messages(document)["/model/config/config/layers/2/registered_name"]


@pytest.mark.parametrize("as_text", [False, True])
def test_a_lambda_is_refused_and_told_to_upload_a_component(desk, document, config, as_text) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAA=="}}
    config["config"]["layers"][4] |= {"class_name": "Lambda", "config": {"name": "both", "function": code}}
    if as_text:
        document["model"]["config"] = json.dumps(config)
    faults = desk.faults(document)
    assert faults["/model/config/config/layers/4"].code == "forbidden"
    assert "component" in faults["/model/config/config/layers/4"].message


HOSTILE: list[tuple[str, Any]] = [
    ("layers/2/config/kernel_initializer", {"class_name": "function", "config": "exec", "module": "builtins"}),
    ("layers/2/config/kernel_initializer", {"class_name": "GlorotUniform", "config": {"seed": {"class_name": "x"}}}),
    ("layers/2/config/units", 10**12),
    ("layers/2/config/weights", [[1.0]]),
    ("layers/3/class_name", "VectorizedMap"),
    ("layers/3/class_name", "__class__"),
    ("layers/3/inbound_nodes/0/args/1", {"class_name": "__lambda__", "config": {"value": "x"}}),
    ("layers/3/inbound_nodes/0/args/1", "file:///etc/passwd"),
    ("layers/3/inbound_nodes/0/args/0/config/keras_history", ["nobody", 0, 0]),
    ("layers/3/inbound_nodes/0/args/0/config/keras_history", ["price", 0, 0]),
    ("layers/3/inbound_nodes/0/args/0/config/keras_history", [["a"], 0, 0]),
    ("layers/0/config/batch_shape", [None, "x"]),
    ("layers/0/config/batch_shape", [None, -3]),
    ("layers/1/name", "a"),
    ("output_layers", ["price", 3, 0]),
    ("output_layers", []),
    ("input_layers", {"a": 3}),
    ("layers/4/class_name", "TFSMLayer"),
    ("layers/4/class_name", "Functional"),
    ("layers", []),
]


@pytest.mark.parametrize(("at", "value"), HOSTILE)
def test_what_does_not_belong_in_a_config_is_refused_with_a_pointer_into_it(desk, document, config, at, value) -> None:
    holder: Any = config["config"]
    *path, last = [int(step) if step.isdecimal() else step for step in at.split("/")]
    for step in path:
        holder = holder[step]
    holder[last] = value
    faults = desk.faults(document)
    assert faults
    assert all(pointer.startswith("/model/config/config/") for pointer in faults), list(faults)


def test_text_that_is_no_json_is_refused(desk, document) -> None:
    document["model"]["config"] = "{'class_name': 'Functional'}"
    assert desk.faults(document)["/model/config"].code == "syntax"


def test_text_that_names_one_thing_twice_is_refused(desk, document, config) -> None:
    document["model"]["config"] = json.dumps(config).replace('"units": 1,', '"units": 1, "units": 2,')
    assert desk.faults(document)["/model/config"].code == "syntax"


def test_inputs_are_bound_by_the_names_of_the_config(desk, document) -> None:
    document["inputs"]["c"] = document["inputs"].pop("b")
    assert set(desk.faults(document)) == {"/inputs/c"}
    del document["inputs"]["c"]
    assert "b" in desk.messages(document)["/inputs"]


def test_what_the_model_was_compiled_with_is_used_where_compile_is_left_out(desk, document, config) -> None:
    adam = {
        "module": "keras.optimizers", "class_name": "Adam", "config": {"learning_rate": 0.25}, "registered_name": None,
    }  # fmt: skip
    mse = {
        "module": "builtins",
        "class_name": "function",
        "config": "mean_squared_error",
        "registered_name": "function",
    }
    config["compile_config"] = {"optimizer": adam, "loss": mse, "metrics": ["mae"], "jit_compile": True}
    del document["compile"]
    compiled = desk.resolve(document).spec.compile
    assert compiled.optimizer.config["learning_rate"] == 0.25
    assert compiled.loss["price"].class_name == "MeanSquaredError"
    assert [metric.config["name"] for metric in compiled.metrics["price"]] == ["mae"]
    assert compiled.jit_compile == "auto"


def test_faults_of_what_it_was_compiled_with_point_into_the_config(desk, document, config) -> None:
    config["compile_config"] = {"optimizer": "adam", "loss": "no_such_loss"}
    del document["compile"]
    assert set(desk.faults(document)) == {"/model/config/compile_config/loss"}
    config["compile_config"] = {"loss": {"module": "my", "class_name": "function", "config": "f"}}
    assert set(desk.faults(document)) == {"/model/config/compile_config/loss/module"}


def test_layers_are_frozen_by_glob(desk, document) -> None:
    document["model"]["trainable"] = {"*": False, "price": True}
    model = desk.resolve(document).spec.model
    assert {part.name: part.trainable for part in plan_model(model, ("a", "b")).layers} == {
        "shared": False, "double": False, "both": False, "price": True,
    }  # fmt: skip
    document["model"]["trainable"] = {"nobody": False}
    assert set(desk.faults(document)) == {"/model/trainable/nobody"}


def test_a_wide_config_is_bounded(desk, document, config) -> None:
    layers = config["config"]["layers"]
    copies = [deepcopy(layers[5]) | {"name": f"d{n}"} for n in range(4_000)]
    config["config"]["layers"] = [*layers, *copies]
    assert {fault.code for fault in desk.faults(document).values()} == {"too_large"}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from _paths(member, (*path, key))


PIECES: list[Any] = [
    None, True, 0, -1, 2**40, 1.5, "", "a", "Lambda", "Functional", "../x", [], ["a", 0, 0], ["a", -1, 9], [[[]]], {},
    {"class_name": "Dense"}, {"class_name": ["Dense"]}, {"class_name": "__keras_tensor__", "config": {}},
    {"class_name": "__slice__", "config": {"start": 0, "stop": "x", "step": None}},
    {"class_name": "Sequential", "config": {"layers": [{}]}}, {"class_name": "DTypePolicy", "config": {"name": 3}},
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(list(_paths(_config()))), st.sampled_from(PIECES)), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_change_of_a_good_config_is_resolved_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    """What is resolved resolves to itself, and can be planned."""
    config: Any = _config()
    for (*path, last), piece in changes:
        holder = config
        for step in path:
            holder = holder[step] if step in _keys(holder) else None
        if last in _keys(holder):
            holder[last] = deepcopy(piece)
    inputs = {name: {"columns": ["p", "q", "r"]} for name in ("a", "b")}
    document = {"dataset": "d", "targets": "y", "compile": {"loss": "mse"}, "inputs": inputs}
    document["model"] = {"kind": "keras", "config": config}
    try:
        spec = resolve_spec(document).spec
    except SpecRefused:
        return
    assert resolve_spec(spec.model_dump(mode="json")).spec == spec
    assert plan_model(spec.model, ("a", "b")).calls


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
