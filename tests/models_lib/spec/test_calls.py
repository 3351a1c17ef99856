"""Call strings are parsed by their shape, and point at what is wrong in them."""

import pytest

from models_lib.spec.calls import Call, CallRefused, parse_call


def _arguments(text: str) -> dict[str | int, object]:
    call = parse_call(text)
    return {argument.name or n: argument.value for n, argument in enumerate(call.arguments)}


def test_constants_lists_and_arithmetic_are_computed() -> None:
    assert _arguments("F(1/255, -3, 2**10, [1, (2, 3)], a=1e-4, b={'x': None, 1: True}, c='s')") == {
        0: 1 / 255,
        1: -3,
        2: 1024,
        3: [1, [2, 3]],
        "a": 1e-4,
        "b": {"x": None, "1": True},
        "c": "s",
    }


def test_a_nested_call_stays_a_call() -> None:
    nested = parse_call("Conv2D(32, 3, kernel_regularizer=L2(1e-4))").arguments[2].value
    assert isinstance(nested, Call)
    assert nested.name == "L2"
    assert nested.arguments[0].value == 1e-4


@pytest.mark.parametrize(
    ("text", "pointed_at"),
    [
        ("Dense(30, activation=relu)", "relu"),
        ("Dense(30, units=lambda: 1)", "lambda: 1"),
        ("Dense('größe', activation=relu)", "relu"),
        ("  Dense(30,\n  activation=relu)", "relu"),
        ("Dense(9**99)", "9**99"),
        ("Dense(1/0)", "1/0"),
        ("Dense(2**53 + 1)", "2**53 + 1"),
    ],
)
def test_a_fault_points_at_its_characters(text: str, pointed_at: str) -> None:
    with pytest.raises(CallRefused) as refused:
        parse_call(text)
    start, end = refused.value.span
    assert text[start:end] == pointed_at


@pytest.mark.parametrize(("written", "mend"), [("relu", '"relu"'), ("true", "True"), ("null", "None")])
def test_a_bare_name_comes_with_its_mend(written: str, mend: str) -> None:
    with pytest.raises(CallRefused) as refused:
        parse_call(f"Dense(30, x={written})")
    assert refused.value.mend == mend


def test_a_call_that_a_yaml_list_cut_at_its_comma_is_told_to_take_quotes(desk, small) -> None:
    small["model"]["layers"][:1] = ["Dense(30", 'activation="relu")']

    messages = desk.messages(small)

    for pointer in ("/model/layers/0", "/model/layers/1"):
        assert "between [ and ] a call with a comma stands in quotes" in messages[pointer]
