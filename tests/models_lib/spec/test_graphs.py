"""Graphs of layers: references, circles, names, and how a layer is called."""

from typing import Any

import pytest


def _graph(small: dict[str, Any], *layers: dict[str, Any], outputs: Any = "out") -> dict[str, Any]:
    small["model"] = {"kind": "functional", "layers": list(layers), "outputs": outputs}
    return small


HIDDEN = {"name": "hidden", "layer": "Dense(8)", "inputs": "x"}
OUT = {"name": "out", "layer": "Dense(1)", "inputs": "hidden"}


def test_layers_may_stand_in_any_order(desk, small) -> None:
    resolved = desk.resolve(_graph(small, OUT, HIDDEN))
    assert [layer.inputs for layer in resolved.spec.model.layers] == [(("hidden",),), (("x",),)]
    assert not resolved.warnings


def test_an_unknown_input_names_the_nearest_and_mends_it(desk, small) -> None:
    fault = desk.faults(_graph(small, HIDDEN, {**OUT, "inputs": ["hiden"]}))["/model/layers/1/inputs/0"]
    assert fault.message == "there is no input or layer 'hiden': did you mean 'hidden'?"
    assert fault.patch == [{"op": "replace", "path": "/model/layers/1/inputs/0", "value": "hidden"}]


def test_a_circle_is_refused_with_its_way_round(desk, small) -> None:
    back = {"name": "back", "layer": "Dense(8)", "inputs": "out"}
    faults = desk.messages(_graph(small, {**HIDDEN, "inputs": "back"}, back, OUT))
    assert faults == {"/model/layers/0/inputs": "the layers go round in a circle: hidden → out → back → hidden"}


def test_a_layer_that_feeds_itself_is_a_circle(desk, small) -> None:
    assert "circle" in desk.messages(_graph(small, {**HIDDEN, "inputs": "hidden"}, OUT))["/model/layers/0/inputs"]


def test_layers_and_inputs_that_reach_no_output_are_warned_of(desk, small) -> None:
    small["inputs"]["y"] = {"column": "latitude"}
    lost = {"name": "lost", "layer": "Dense(8)", "inputs": "x"}
    warnings = desk.resolve(_graph(small, HIDDEN, lost, OUT)).warnings
    assert [(w.pointer, w.message) for w in warnings] == [
        ("/model/layers/1", "layer 'lost' reaches no output: it is not trained"),
        ("/inputs/y", "input 'y' reaches no output: it is not used"),
    ]


def test_an_output_that_does_not_exist_is_refused(desk, small) -> None:
    faults = desk.faults(_graph(small, HIDDEN, OUT, outputs=["ouy"]))
    assert faults["/model/outputs/0"].did_you_mean == "out"


def test_an_input_is_no_output(desk, small) -> None:
    assert "made by a layer" in desk.messages(_graph(small, HIDDEN, OUT, outputs="x"))["/model/outputs"]


def test_names_are_unique_among_layers_and_inputs(desk, small) -> None:
    faults = desk.messages(_graph(small, HIDDEN, {**HIDDEN}, {**OUT, "name": "x"}, outputs="hidden"))
    assert faults["/model/layers/1/name"] == "the name 'hidden' is taken by layer 0: layer names are unique"
    assert faults["/model/layers/2/name"] == "'x' is an input: a layer needs a name of its own"


def test_a_layer_may_be_called_twice_and_its_second_call_be_named(desk, small) -> None:
    small["inputs"]["y"] = {"columns": ["latitude", "longitude", "median_income"]}
    shared = {"name": "shared", "layer": "Dense(4)", "inputs": [["x"], ["y"]]}
    both = {"name": "both", "layer": "Concatenate()", "inputs": ["shared", "shared@2"]}
    resolved = desk.resolve(_graph(small, shared, both, {**OUT, "inputs": "both"}))
    assert resolved.spec.model.layers[0].inputs == (("x",), ("y",))
    assert not resolved.warnings


def test_a_call_that_is_not_made_is_refused(desk, small) -> None:
    messages = desk.messages(_graph(small, HIDDEN, {**OUT, "inputs": "hidden@2"}))
    assert messages == {"/model/layers/1/inputs": "'hidden' is called 1 time: there is no 'hidden@2'"}


def test_a_layer_may_take_its_own_first_call_for_its_second(desk, small) -> None:
    shared = {"name": "hidden", "layer": "Dense(3)", "inputs": [["x"], ["hidden"]]}
    assert not desk.faults(_graph(small, shared, {**OUT, "inputs": "hidden@2"}))


def test_a_second_output_of_a_layer_is_named_by_number(desk, small) -> None:
    steps = {"name": "steps", "layer": "Reshape((3, 1))", "inputs": "x"}
    lstm = {"name": "lstm", "layer": "LSTM(4, return_state=True)", "inputs": "steps"}
    assert not desk.faults(_graph(small, steps, lstm, {**OUT, "inputs": "lstm:1"}))
    assert "one tensor" in desk.messages(_graph(small, HIDDEN, {**OUT, "inputs": "x:1"}))["/model/layers/1/inputs"]


def test_arguments_of_a_call_are_named(desk, small) -> None:
    steps = {"name": "steps", "layer": "Reshape((3, 1))", "inputs": "x"}
    call = {"query": "steps", "value": "steps", "use_causal_mask": True}
    attention = {"name": "attention", "layer": "MultiHeadAttention(2, 4)", "call": call}
    flat = {"name": "flat", "layer": "Flatten()", "inputs": "attention"}
    good = _graph(small, steps, attention, flat, {**OUT, "inputs": "flat"})
    assert not desk.faults(good)
    attention["call"] = {"query": "stepz", "valu": "steps"}
    faults = desk.faults(good)
    assert faults["/model/layers/1/call/query"].did_you_mean == "steps"
    assert faults["/model/layers/1/call/valu"].did_you_mean == "value"


@pytest.mark.parametrize(
    ("layer", "inputs", "message"),
    [
        ("Dense(1)", ["hidden", "x"], "Dense is called on 1 tensor, not on 2"),
        ("Add()", ["hidden"], "Add is called on 2 or more tensors, not on 1"),
        ("Subtract()", ["hidden", "x", "x"], "Subtract is called on 2 tensors, not on 3"),
        (
            "MultiHeadAttention(2, 4)",
            ["hidden", "x"],
            "MultiHeadAttention takes its tensors by name: call: {query: …, value: …}",
        ),
        ("Dense(1)", [], "'out' is called on nothing: write inputs: <a name, or a list of names>"),
    ],
)
def test_the_number_of_tensors_is_checked_where_it_is_known(desk, small, layer, inputs, message) -> None:
    document = _graph(small, HIDDEN, {"name": "out", "layer": layer, "inputs": inputs})
    assert desk.messages(document)["/model/layers/1/inputs"] == message


def test_a_faulty_layer_does_not_hide_the_faults_of_the_others(desk, small) -> None:
    pointers = set(desk.faults(_graph(small, {**HIDDEN, "layer": "Dens(8)"}, {**OUT, "inputs": "hiden"})))
    assert pointers == {"/model/layers/0/layer", "/model/layers/1/inputs"}


def test_a_layer_of_a_graph_needs_a_name(desk, small) -> None:
    assert "has a name" in desk.messages(_graph(small, "Dense(1)", HIDDEN, OUT))["/model/layers/0"]


def test_a_stack_is_named_as_keras_names_it(desk, small) -> None:
    small["model"]["layers"] = [
        "Dense(4)",
        "Dense(4)",
        "BatchNormalization()",
        {"name": "mine", "layer": "Dense(4)"},
        "Dense(1)",
    ]
    names = [layer.name for layer in desk.resolve(small).spec.model.layers]
    assert names == ["dense", "dense_1", "batch_normalization", "mine", "dense_2"]


def test_the_last_layer_of_a_stack_takes_the_target_s_name(desk, small) -> None:
    small["targets"] = {"price": {"column": "median_house_value"}}
    assert desk.resolve(small).spec.model.layers[-1].name == "price"


def test_a_layer_is_not_named_like_an_input(desk, small) -> None:
    small["model"]["layers"][0] = {"name": "x", "layer": "Dense(4)"}
    assert "is an input" in desk.messages(small)["/model/layers/0"]


def test_globs_freeze_layers_and_the_last_match_wins(desk, small) -> None:
    small["model"]["layers"] = ["Dense(4, name='a1')", "Dense(4, name='a2', trainable=False)", "Dense(1, name='out')"]
    small["model"]["trainable"] = {"a*": False, "a2": True}
    model = desk.resolve(small).spec.model
    assert [layer.trainable for layer in model.layers] == [False, True, True]
    assert model.trainable == {}


def test_a_glob_that_matches_nothing_is_refused(desk, small) -> None:
    small["model"]["trainable"] = {"backbone/*": False}
    assert desk.messages(small) == {"/model/trainable/backbone~1*": "no layer matches 'backbone/*'"}


@pytest.mark.parametrize("name", ["a/b", "a:b", "a@2", "", "größe", "x" * 65, "-a"])
def test_a_name_that_keras_or_a_reference_could_not_take_is_refused(desk, small, name) -> None:
    small["model"]["layers"][0] = {"name": name, "layer": "Dense(4)"}
    faults = desk.faults(small)
    assert set(faults) <= {"/model/layers/0/name"}
    assert faults or name == ""
