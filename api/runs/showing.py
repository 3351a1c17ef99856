"""Rows of runs as answers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from api.runs.schemas import Links, Run, RunDataset, RunListed
from store import datasets, people, rows, waiting
from store.parameters import list_parameters

COLUMNS: Final = frozenset(column.key for column in rows.Run.__table__.columns)


@dataclass(frozen=True)
class Names:
    """What a run's row has ids for."""

    projects: dict[str, str]
    users: dict[str, str]
    pins: dict[str, list[RunDataset]]


def show_run(session: Session, run: rows.Run) -> Run:
    """One run with its spec."""
    place = waiting.queue_place(session, run)
    parameters = list_parameters(run.spec) | (run.parameters or {})
    return Run.model_validate(
        {
            **_fields(run, _find_names(session, [run]), Run, parameters),
            "queue_position": place and place.position,
            "held_back": place and place.held_back,
        }
    )


def list_shown(session: Session, found: Sequence[rows.Run]) -> list[RunListed]:
    """Runs as lists show them."""
    names = _find_names(session, found)
    return [RunListed.model_validate(_fields(run, names, RunListed, run.parameters or {})) for run in found]


def _fields(run: rows.Run, names: Names, shown: type[RunListed], parameters: dict[str, Any]) -> dict[str, Any]:
    columns = {name: getattr(run, name) for name in COLUMNS & shown.model_fields.keys()}
    named = {"project": names.projects[run.project_id], "owner": names.users[run.owner_id]}
    told = {"monitor": parameters.get("fit.monitor"), "parameters": parameters}
    return {**columns, **named, **told, "datasets": names.pins[run.id], "links": link_run(run.id)}


def _find_names(session: Session, found: Sequence[rows.Run]) -> Names:
    pins: dict[str, list[RunDataset]] = defaultdict(list)
    for pin in datasets.list_pins(session, [run.id for run in found]):
        shown = RunDataset(id=pin.dataset_id, name=pin.name, version=pin.version, part=pin.part)
        pins[pin.run_id].append(shown)
    projects = people.project_names(session, {run.project_id for run in found})
    users = people.user_names(session, {run.owner_id for run in found})
    return Names(projects, users, pins)


def link_run(run_id: str) -> Links:
    """Where the run's parts are found."""
    run = f"/v1/runs/{run_id}"
    return Links(
        self=run,
        page=f"/runs/{run_id}",
        events=f"{run}/events",
        metrics=f"{run}/metrics",
        logs=f"{run}/logs",
        summary=f"{run}/summary",
        preflight=f"{run}/preflight",
        checkpoints=f"{run}/checkpoints",
        artifacts=f"{run}/artifacts",
        tensorboard=f"{run}/tensorboard/",
    )
