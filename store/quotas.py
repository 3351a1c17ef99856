"""What a project and a person may use: where a limit is set, what is used is counted when more is asked for.

Who holds limits is a Project or a User; a limit that is null allows all. `Quota` says one of them, whatever it counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from store.errors import OverQuota
from store.rows import Artifact, Attempt, Checkpoint, Dataset, Project, Run, User
from store.sight import of_everybody
from store.times import now, now_plus

DAYS = 30
What = Literal["storage", "upload", "minutes", "running"]


@dataclass(frozen=True)
class Quota:
    """One limit: whose it is, what is used of it, and how to get more of it."""

    what: What
    title: str
    whose: str
    used: int
    allowed: int
    unit: str
    mend: str

    def refuse_more(self, more: int) -> None:
        """Raise OverQuota where so much more does not fit."""
        if self.used + more > self.allowed:
            asked = f"{more:,} {self.unit}" if more else None
            used, allowed = f"{self.used:,} {self.unit}", f"{self.allowed:,} {self.unit}"
            raise OverQuota(self.title, used=used, asked=asked, allowed=allowed, whose=self.whose, mend=self.mend)


def refuse_upload(session: Session, project_id: str, user_id: str, size: int) -> None:
    """Raise OverQuota for a file that is too large, or for which there is no room."""
    for holder in _holders(session, project_id, user_id):
        if holder.upload_limit is not None:
            mend = "Send less, link it, or ask an administrator for more."
            _quota(holder, "upload", "A single upload", 0, holder.upload_limit, "bytes", mend).refuse_more(size)
    for quota in _storage(session, project_id, user_id):
        quota.refuse_more(size)


def refuse_run(session: Session, project_id: str, user_id: str) -> None:
    """Raise OverQuota where the minutes are used up, or there is no room for a checkpoint."""
    for holder in _holders(session, project_id, user_id):
        if holder.minutes_limit is not None:
            used = count_minutes(session, _runs_of(holder))
            mend = f"It counts the last {DAYS} days: wait until older runs fall out of them, or ask an administrator."
            title = f"Training in {DAYS} days"
            _quota(holder, "minutes", title, used, holder.minutes_limit, "minutes", mend).refuse_more(1)
    for quota in _storage(session, project_id, user_id):
        quota.refuse_more(1)


def count_storage(session: Session, owned: type[Project] | type[User], holder_id: str) -> int:
    """Bytes of data sets that lie here, of checkpoints and of artifacts; bytes that two versions share count once."""
    column = "project_id" if owned is Project else "owner_id"
    kept = select(Dataset.sha256, func.max(Dataset.bytes).label("bytes"))
    kept = kept.where(getattr(Dataset, column) == holder_id, Dataset.link.is_(None)).group_by(Dataset.sha256)
    sums = [select(func.coalesce(func.sum(kept.subquery().c.bytes), 0))]
    for table in (Checkpoint, Artifact):
        of_runs = select(func.coalesce(func.sum(table.bytes), 0)).join(Run, Run.id == table.run_id)
        sums.append(of_runs.where(getattr(Run, column) == holder_id))
    return sum(int(session.execute(of_everybody(statement)).scalar_one()) for statement in sums)


def count_minutes(session: Session, is_theirs: ColumnElement[bool]) -> int:
    """Whole minutes that runs were trained within the last days, those that are trained now included."""
    since = session.execute(select(now_plus(-DAYS * 86400.0), now())).one()
    statement = select(Attempt.started_at, Attempt.ended_at).join(Run, Run.id == Attempt.run_id)
    lately = (Attempt.ended_at.is_(None)) | (Attempt.ended_at > since[0])
    found = session.execute(of_everybody(statement.where(is_theirs, lately))).all()
    seconds = sum(((ended or since[1]) - max(started, since[0])).total_seconds() for started, ended in found)
    return int(seconds // 60)


def _storage(session: Session, project_id: str, user_id: str) -> Iterator[Quota]:
    for holder in _holders(session, project_id, user_id):
        if holder.storage_limit is not None:
            used = count_storage(session, type(holder), holder.id)
            mend = "Delete runs and data sets that nobody needs, or ask an administrator for more."
            yield _quota(holder, "storage", "Storage", used, holder.storage_limit, "bytes", mend)


def _holders(session: Session, project_id: str, user_id: str) -> list[Project | User]:
    return [session.get_one(Project, project_id), session.get_one(User, user_id)]


def _runs_of(holder: Project | User) -> ColumnElement[bool]:
    return Run.project_id == holder.id if isinstance(holder, Project) else Run.owner_id == holder.id


def _quota(holder: Project | User, what: What, title: str, used: int, allowed: int, unit: str, mend: str) -> Quota:
    kind = "project" if isinstance(holder, Project) else "user"
    return Quota(what, title, f"the {kind} {holder.name!r}", used, allowed, unit, mend)
