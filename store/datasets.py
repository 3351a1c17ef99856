"""Data sets: versions of a name, their bytes kept once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import DatasetInUse, NotFound
from store.ids import new_id
from store.lifecycle import UNFINISHED
from store.pages import Page, read_page
from store.rows import Dataset, Project, Run, RunDataset
from store.sight import of_everybody
from store.table import Json

SORTS = {"created_at": Dataset.created_at, "name": Dataset.name}


def blob_key(sha256: str) -> str:
    """The key of the blob that holds a data set's bytes."""
    return f"datasets/{sha256}"


def add_dataset(
    session: Session,
    *,
    project_id: str,
    owner_id: str,
    name: str,
    format: str,
    rows: int,
    bytes: int,
    sha256: str,
    profile: Json,
    link: Json | None = None,
) -> tuple[Dataset, bool]:
    """The next version of the name, and True; or, where a version has these very bytes, that one, and False.

    With `link` the bytes stay where they are: such a version and one whose bytes are here are two.
    """
    _lock_project(session, project_id)
    same = find_equal_bytes(session, project_id=project_id, name=name, sha256=sha256, is_linked=link is not None)
    if same is not None:
        same.link = link
        return same, False
    newest = session.scalar(
        select(func.max(Dataset.version)).where(Dataset.project_id == project_id, Dataset.name == name)
    )
    dataset = Dataset(
        id=new_id("ds"),
        project_id=project_id,
        owner_id=owner_id,
        name=name,
        version=(newest or 0) + 1,
        format=format,
        rows=rows,
        bytes=bytes,
        sha256=sha256,
        profile=profile,
        link=link,
    )
    session.add(dataset)
    session.flush()
    return dataset, True


def find_equal_bytes(
    session: Session, *, project_id: str, name: str, sha256: str, is_linked: bool = False
) -> Dataset | None:
    """The version of the name that has these bytes."""
    statement = select(Dataset).where(Dataset.project_id == project_id, Dataset.name == name, Dataset.sha256 == sha256)
    statement = statement.where(Dataset.link.is_not(None) if is_linked else Dataset.link.is_(None))
    return session.scalar(statement.order_by(Dataset.version.desc()).limit(1))


def get_dataset(session: Session, dataset_id: str) -> Dataset:
    """The data set of this id; raises NotFound."""
    dataset = session.get(Dataset, dataset_id)
    if dataset is None:
        raise NotFound("data set", dataset_id)
    return dataset


def find_dataset(session: Session, project_id: str, reference: str) -> Dataset:
    """What `name` (the newest version), `name@version` or an id means; raises NotFound."""
    name, _, version = reference.partition("@")
    statement = select(Dataset).where(Dataset.project_id == project_id).order_by(Dataset.version.desc()).limit(1)
    if version:
        wanted = int(version) if version.isdecimal() and len(version) < 10 else -1
        statement = statement.where(Dataset.name == name, Dataset.version == wanted)
    else:
        statement = statement.where((Dataset.name == name) | (Dataset.id == name))
    dataset = session.scalar(statement)
    if dataset is None:
        raise NotFound("data set", reference)
    return dataset


def find_anywhere(session: Session, dataset_id: str) -> Dataset | None:
    """The data set of this id in whatever project the session sees."""
    return session.get(Dataset, dataset_id)


def list_datasets(
    session: Session,
    *,
    project_id: str | None = None,
    name: str | None = None,
    search: str | None = None,
    sha256: str | None = None,
    sort: str = "-created_at",
    limit: int = 50,
    after: str | None = None,
) -> Page[Dataset]:
    """A page of data sets, every version on its own; `name` and `sha256` are exact, `search` a part of the name."""
    statement = select(Dataset)
    if project_id is not None:
        statement = statement.where(Dataset.project_id == project_id)
    if name is not None:
        statement = statement.where(Dataset.name == name)
    if sha256 is not None:
        statement = statement.where(Dataset.sha256 == sha256)
    if search:
        statement = statement.where(Dataset.name.icontains(search, autoescape=True))
    return read_page(session, statement, sort=sort, sorts=SORTS, tie=Dataset.id, limit=limit, after=after)


@dataclass(frozen=True)
class Pin:
    """A data set that a run reads, and for which part."""

    run_id: str
    part: str
    dataset_id: str
    name: str
    version: int


def list_pins(session: Session, run_ids: Sequence[str]) -> list[Pin]:
    """What these runs read, the training part first; data sets that were deleted are gone from here, too."""
    statement = select(RunDataset.run_id, RunDataset.part, Dataset.id, Dataset.name, Dataset.version)
    statement = statement.join(Dataset, Dataset.id == RunDataset.dataset_id).where(RunDataset.run_id.in_(run_ids))
    return [Pin(*row) for row in session.execute(statement.order_by(RunDataset.part.desc()))]


def list_names(session: Session, project_id: str) -> list[str]:
    """The names of all data sets of a project, for "did you mean"."""
    statement = select(Dataset.name).where(Dataset.project_id == project_id).distinct().order_by(Dataset.name)
    return list(session.scalars(statement))


def delete_dataset(session: Session, dataset_id: str) -> str | None:
    """Forget a version. Returns its bytes' SHA-256 where no other version has them: after the commit, `hold_unused`.

    Raises NotFound, DatasetInUse.
    """
    dataset = session.get(Dataset, dataset_id, populate_existing=True, with_for_update=True)
    if dataset is None:
        raise NotFound("data set", dataset_id)
    statement = select(Run.id).join(RunDataset, RunDataset.run_id == Run.id)
    statement = statement.where(RunDataset.dataset_id == dataset_id, Run.status.in_(UNFINISHED)).distinct()
    if pinning := list(session.scalars(statement.order_by(Run.id).limit(10))):
        raise DatasetInUse(dataset_id, pinning)
    session.delete(dataset)
    session.flush()
    return None if _is_used(session, dataset.sha256) else dataset.sha256


def hold_unused(session: Session, sha256: str) -> bool:
    """Whether (still) no version has these bytes; if so none gets them while this transaction lasts."""
    session.execute(of_everybody(select(Project.id).order_by(Project.id).with_for_update(key_share=True))).all()
    return not _is_used(session, sha256)


def _is_used(session: Session, sha256: str) -> bool:
    return session.scalar(of_everybody(select(Dataset.id).where(Dataset.sha256 == sha256).limit(1))) is not None


def _lock_project(session: Session, project_id: str) -> None:
    """Two uploads of one name shall not make the same version."""
    if session.scalar(select(Project.id).where(Project.id == project_id).with_for_update(key_share=True)) is None:
        raise NotFound("project", project_id)
