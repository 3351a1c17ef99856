"""Asking the checker, which builds the model by Keras in a child of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.parts import Parts
from api.problems import Fault
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.scripts import AnySpec


@dataclass(frozen=True)
class Checked:
    """What Keras said; `summary` is None of a script, and where Keras was not asked in the end."""

    summary: dict[str, Any] | None = None
    faults: list[Fault] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    was_asked: bool = True


async def ask_checker(
    here: Parts,
    spec: AnySpec,
    profiles: Mapping[str, DatasetProfile] | None,
    *,
    components: Mapping[str, str],
    patience: float,
) -> Checked:
    """The checker's judgement; where it is away or slow, a warning. `components`: SHA-256 by name."""
    question = {
        "spec": spec.model_dump(mode="json"),
        "profiles": None if profiles is None else {name: p.model_dump(mode="json") for name, p in profiles.items()},
        "components": dict(components),
    }
    if told := here.judgements.find(question):
        return read_judgement(told)
    try:
        answer = await here.predictor.post("/checks", json=question, timeout=httpx.Timeout(patience, connect=1))
    except httpx.TimeoutException:
        return unchecked(f"The shape check took longer than {patience:g} s and was not waited for.")
    except httpx.TransportError:
        return unchecked("The shape checker is away: only the structure was judged.")
    if answer.status_code != 200:
        return unchecked(reason_of(answer))
    here.judgements.keep(question, answer.content)
    return read_judgement(answer.json())


def read_judgement(told: dict[str, Any]) -> Checked:
    """What the checker's answer says."""
    faults = [Fault.model_validate(fault) for fault in told["faults"]]
    return Checked(told["summary"], faults, told["warnings"])


def unchecked(reason: str) -> Checked:
    """Nothing is known of the shapes; the warning says why."""
    return Checked(warnings=[{"pointer": "/model", "code": "not_checked", "message": reason}], was_asked=False)


def reason_of(answer: httpx.Response) -> str:
    """What the checker said instead of a judgement: its limits of time and memory are told as such."""
    try:
        return f"The shapes were not checked: {answer.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"The shapes were not checked: the checker answered {answer.status_code}."
