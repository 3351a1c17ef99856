"""Rows of data sets as answers."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from api.datasets.schemas import Dataset, Preview
from models_lib.spec.dataset import DatasetProfile
from store import people, rows


def show_dataset(session: Session, dataset: rows.Dataset) -> Dataset:
    """One version."""
    return list_shown(session, [dataset])[0]


def list_shown(session: Session, found: Sequence[rows.Dataset]) -> list[Dataset]:
    """Versions with the names of their project and owner."""
    projects, users = people.project_names(session), people.user_names(session)
    return [_show(dataset, projects[dataset.project_id], users[dataset.owner_id]) for dataset in found]


def _show(dataset: rows.Dataset, project: str, owner: str) -> Dataset:
    columns = {column.key: getattr(dataset, column.key) for column in rows.Dataset.__table__.columns}
    named = {"project": project, "owner": owner, "columns": dataset.profile["columns"]}
    named |= {"location": dataset.link["location"] if dataset.link else None}
    return Dataset.model_validate({**columns, **named})


def show_preview(profile: DatasetProfile, rows_asked: int) -> Preview:
    """The first rows of a table; of an NPZ file those arrays that hold one value per row."""
    if profile.format == "npz":
        flat = [column for column in profile.columns if column.examples]
        names, head = (
            [column.name for column in flat],
            [list(row) for row in zip(*(c.examples for c in flat), strict=False)],
        )
    else:
        names, head = [column.name for column in profile.columns], profile.head
    shown = head[:rows_asked]
    return Preview(columns=names, rows=shown, shown=len(shown), total=profile.rows)
