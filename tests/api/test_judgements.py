"""What Keras said of a spec stands for a while for the same spec, whatever it is called."""

import json
from typing import Any

import pytest

from api.specs import judgements
from api.specs.judgements import Judgements

ANSWER = {"summary": {"layers": []}, "faults": [], "warnings": []}


def question(**spec: Any) -> dict[str, Any]:
    return {"spec": {"name": "a", "model": {"layers": ["Dense(1)"]}, **spec}, "profiles": None, "components": {}}


def told(*questions: dict[str, Any]) -> Judgements:
    known = Judgements()
    for asked in questions:
        known.keep(asked, json.dumps(ANSWER).encode())
    return known


def test_the_same_model_by_another_name_is_known_already() -> None:
    known = told(question())

    assert known.find(question(name="b", tags={"team": "x"}, priority=3)) == ANSWER


@pytest.mark.parametrize(
    "other",
    [
        question(model={"layers": ["Dense(2)"]}),
        question(compile={"optimizer": "SGD"}),
        {**question(), "profiles": {"train": {"rows": 2}}},
        {**question(), "components": {"mine": "another hash"}},
    ],
)
def test_whatever_shapes_may_depend_on_is_asked_anew(other: dict[str, Any]) -> None:
    assert told(question()).find(other) is None


def test_who_changes_an_answer_changes_their_own() -> None:
    known = told(question())
    known.find(question())["faults"].append("mine")

    assert known.find(question()) == ANSWER


def test_an_answer_is_forgotten_when_it_is_old_or_one_of_too_many() -> None:
    clock = iter((0.0, 1.0, judgements.KEPT_SECONDS + 1))
    known = Judgements(lambda: next(clock))
    known.keep(question(), json.dumps(ANSWER).encode())
    assert [known.find(question()), known.find(question())] == [ANSWER, None]

    crowd = told(*(question(fit={"epochs": n}) for n in range(judgements.MOST + 1)))
    assert crowd.find(question(fit={"epochs": 0})) is None
    assert crowd.find(question(fit={"epochs": 1})) == ANSWER
