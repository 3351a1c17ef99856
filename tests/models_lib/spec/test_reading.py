"""Text is read by YAML 1.2's core rules or as JSON, and knows its lines."""

import pytest

from models_lib.spec.faults import SpecRefused
from models_lib.spec.reading import parse_document, read_document


def test_words_and_numbers_are_those_of_yaml_1_2() -> None:
    text = 'a: 1e-3\nb: on\nc: no\nd: 0x1F\ne: 1_000\nf: "1"\ng: ~\nh: 012\ni: 0o17\nj: .5\nk: True'
    assert read_document(text) == {
        "a": 0.001,
        "b": "on",
        "c": "no",
        "d": 31,
        "e": "1_000",
        "f": "1",
        "g": None,
        "h": 12,
        "i": 15,
        "j": 0.5,
        "k": True,
    }


def test_json_is_read_as_well() -> None:
    assert read_document('{"a": [1, 2.5, null, true]}') == {"a": [1, 2.5, None, True]}


def test_a_value_knows_its_line() -> None:
    document = parse_document("a: 1\nb:\n  - x\n  - y: {z: 1}\n")
    assert [document.line_of(pointer) for pointer in ("/a", "/b/0", "/b/1/y/z", "/b/1/unknown", "/nothing")] == [
        1,
        3,
        4,
        4,
        1,
    ]


def test_an_anchor_may_be_used_again() -> None:
    assert read_document("a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\na: 2", "duplicate", 2),
        ('{"a": 1,\n"a": 2}', "duplicate", 2),
        ("a: .nan", "out_of_range", 1),
        ('{"a": NaN}', "out_of_range", None),
        ("a: 1\nb: !!python/object:os.system x", "forbidden", 2),
        ("a: 1\n--- \nb: 2", "syntax", 2),
        ("a: [1", "syntax", 1),
        ("", "syntax", 1),
        ("a: *b", "bad_reference", 1),
        ("a: &a [*a]", "bad_reference", 1),
        ("? [1]\n: 2", "syntax", 1),
        ("a: " + "[" * 100, "too_large", 1),
    ],
)
def test_faulty_text_is_refused_with_its_line(text: str, code: str, line: int | None) -> None:
    with pytest.raises(SpecRefused) as refused:
        read_document(text)
    [fault] = refused.value.faults
    assert (fault.code, fault.line) == (code, line)


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(SpecRefused) as refused:
        read_document("\n".join(lines))
    assert refused.value.faults[0].code == "too_large"
