"""The tables. What a column means is said here; who may change it is said by the query functions."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, desc, text
from sqlalchemy.orm import Mapped, mapped_column

from store.lifecycle import EndedBy, Phase, Status, Wanted, WorkerState
from store.roles import Role, Scope
from store.table import Json, Table
from store.times import now


class Project(Table):
    """A shelf for data sets and runs, and who may do what with them.

    Names need not differ: who makes a project shall not learn what others call theirs. A limit that is null allows all;
    `running_limit`, how many of its runs run at once, what the settings say.
    """

    __tablename__ = "projects"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    storage_limit: Mapped[int | None] = mapped_column(BigInteger)
    upload_limit: Mapped[int | None] = mapped_column(BigInteger)
    minutes_limit: Mapped[int | None] = mapped_column(BigInteger)
    running_limit: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now())


class User(Table):
    """A person who may call the service, unless disabled; `home_id` is the project of what names none. Limits: as a
    project's. `email`, in small letters: by which an OpenID provider's user is expected."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True, index=True)
    is_admin: Mapped[bool]
    home_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id"))
    storage_limit: Mapped[int | None] = mapped_column(BigInteger)
    upload_limit: Mapped[int | None] = mapped_column(BigInteger)
    minutes_limit: Mapped[int | None] = mapped_column(BigInteger)
    running_limit: Mapped[int | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now())


class Member(Table):
    """Somebody's role in a project."""

    __tablename__ = "members"
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[Role]
    created_at: Mapped[datetime] = mapped_column(default=now())


class Identity(Table):
    """Who somebody is at an OpenID provider, which never gives a subject to another."""

    __tablename__ = "identities"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now())


class SignIn(Table):
    """A sign-in at an OpenID provider that has begun, by the SHA-256 of its state; taken away when it ends."""

    __tablename__ = "sign_ins"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce: Mapped[str]
    verifier: Mapped[str]
    expires_at: Mapped[datetime]


class Invitation(Table):
    """A link that lets somebody into a project, once: somebody new, or a user. Its SHA-256 alone is kept."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role]
    made_by: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    note: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


class AuditEntry(Table):
    """Who did what, or was refused it; written once. Names stay when users and projects change theirs or go."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_project", "project_id", "at", "id"), Index("ix_audit_at", "at", "id"))
    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now())
    user_id: Mapped[str | None]
    user_name: Mapped[str]
    key_id: Mapped[str | None]
    ip: Mapped[str]
    operation: Mapped[str]
    thing: Mapped[str | None]
    project_id: Mapped[str | None]
    status: Mapped[int]
    code: Mapped[str | None]


class Key(Table):
    """A secret that stands for a user: only its SHA-256 is kept. `kind` is api, session or sign_in.

    It does what `scope` allows of what its user may, in `project_ids` alone where they are given. A session that an API
    key opened is of no use without that key (`opened_by`).
    """

    __tablename__ = "keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    scope: Mapped[Scope]
    project_ids: Mapped[list[str] | None]
    created_at: Mapped[datetime] = mapped_column(default=now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    opened_by: Mapped[str | None]


class Dataset(Table):
    """One version of a data set; its bytes are the blob `datasets/<sha256>`, or lie where `link` says."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("project_id", "name", "version"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    version: Mapped[int]
    format: Mapped[str] = mapped_column(String(16))
    rows: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    profile: Mapped[Json]
    link: Mapped[Json | None]
    created_at: Mapped[datetime] = mapped_column(default=now())


class Upload(Table):
    """A file that comes in parts, each the blob `uploads/<id>/<number>`, until it is a data set or forgotten."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    filename: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    part_bytes: Mapped[int] = mapped_column(BigInteger)
    dataset_id: Mapped[str | None] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now())
    touched_at: Mapped[datetime] = mapped_column(default=now())


class Component(Table):
    """One version of uploaded Python source; its files are the blob `components/<sha256>`."""

    __tablename__ = "components"
    __table_args__ = (UniqueConstraint("project_id", "name", "version"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    version: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    manifest: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(default=now())


class Run(Table):
    """A training and all that is known of it: this row is the truth, messages only wake somebody who reads it.

    `parameters` is what of its spec one would vary (`store.parameters`); `live` is what was changed about it under way;
    `origin` says which run it was made from, and how; `losses` counts the workers that were lost with it. `gpus` is how
    many a worker must have who takes it, `workers` how many train it together.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "ix_runs_claim",
            "queue",
            desc("priority"),
            "created_at",
            "id",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_runs_line",
            "owner_id",
            desc("priority"),
            "created_at",
            "id",
            "queue",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_runs_leases",
            "lease_until",
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
        Index(
            "ix_runs_due",
            "available_at",
            "queue",
            "id",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index("ix_runs_created", "created_at", "id"),
        Index("ix_runs_name", "name", "id"),
        Index("ix_runs_project", "project_id", "created_at", "id"),
        Index("ix_runs_status", "status", "created_at", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    tags: Mapped[dict[str, str]]
    spec: Mapped[Json]
    parameters: Mapped[Json | None]
    warnings: Mapped[list[Json]]
    live: Mapped[Json | None]
    origin: Mapped[Json | None]
    status: Mapped[Status]
    phase: Mapped[Phase | None]
    phases: Mapped[list[Json]]
    wanted: Mapped[Wanted]
    attempt: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    queue: Mapped[str]
    priority: Mapped[int]
    gpus: Mapped[int] = mapped_column(server_default="0", default=0)
    workers: Mapped[int] = mapped_column(server_default="1", default=1)
    progress: Mapped[Json | None]
    best: Mapped[Json | None]
    last: Mapped[Json | None]
    restored: Mapped[Json | None]
    test: Mapped[Json | None]
    summary: Mapped[Json | None]
    failure: Mapped[Json | None]
    engine: Mapped[Json | None]
    ended_by: Mapped[EndedBy | None]
    worker_id: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    woken_at: Mapped[datetime | None]
    available_at: Mapped[datetime] = mapped_column(default=now())
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RunDataset(Table):
    """Which data set a run reads for which part: train, validation or test."""

    __tablename__ = "run_datasets"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(16), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"), index=True)


class RunComponent(Table):
    """A component that a run pins."""

    __tablename__ = "run_components"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    component_id: Mapped[str] = mapped_column(
        ForeignKey("components.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Attempt(Table):
    """One worker's go at a run."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("run_id", "number"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    number: Mapped[int]
    worker_id: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(default=now())
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Seat(Table):
    """A place in an attempt of several workers: `rank` 0 is the worker that claimed the run and writes for all.

    `address`: where the others reach its trainer. `left` says why nobody sits there any more: the attempt is over then.
    """

    __tablename__ = "seats"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[str | None]
    address: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    left: Mapped[str | None]
    failure: Mapped[Json | None]


class Checkpoint(Table):
    """A saved training state, its files under the blob prefix; `best` and `last` are replaced by their successors.

    It was taken after `epoch` whole epochs and `step` batches of the next. `merit`: its monitor's value, with the sign
    that makes the larger the better.
    """

    __tablename__ = "checkpoints"
    __table_args__ = (UniqueConstraint("run_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    name: Mapped[str]
    epoch: Mapped[int]
    step: Mapped[int] = mapped_column(BigInteger, default=0)
    merit: Mapped[float | None]
    metrics: Mapped[Json]
    bytes: Mapped[int] = mapped_column(BigInteger)
    manifest: Mapped[Json]
    prefix: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now())


class Artifact(Table):
    """A file that a run made, for download."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("run_id", "path"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    path: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now())


class Event(Table):
    """A line of a run's log of events; `seq` is dense per run, and there is one `end` at most."""

    __tablename__ = "events"
    __table_args__ = (
        Index(
            "uq_events_end",
            "run_id",
            unique=True,
            sqlite_where=text("kind = 'end'"),
            postgresql_where=text("kind = 'end'"),
        ),
        {"sqlite_with_rowid": False},
    )
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now())
    attempt: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    data: Mapped[Json]


class MetricPoint(Table):
    """One value of one curve. `value` is null where the number was not finite."""

    __tablename__ = "metrics"
    __table_args__ = ({"sqlite_with_rowid": False},)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[float | None]
    attempt: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now())


class MetricLevel(Table):
    """Of `width` neighbouring steps of a curve the lowest and the highest point: how a long curve is read in short.

    `low` and `high` are null where none of the `points` was finite.
    """

    __tablename__ = "metric_levels"
    __table_args__ = ({"sqlite_with_rowid": False},)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    points: Mapped[int]
    low: Mapped[float | None]
    low_step: Mapped[int] = mapped_column(BigInteger)
    high: Mapped[float | None]
    high_step: Mapped[int] = mapped_column(BigInteger)


class Worker(Table):
    """A worker process, as it last reported itself."""

    __tablename__ = "workers"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    queues: Mapped[list[str]]
    slots: Mapped[int]
    devices: Mapped[list[Json]]
    started_at: Mapped[datetime] = mapped_column(default=now())
    seen_at: Mapped[datetime] = mapped_column(default=now())
    ended_at: Mapped[datetime | None]
    state: Mapped[WorkerState]


class IdempotentRequest(Table):
    """The answer that a creating request got, kept under its Idempotency-Key."""

    __tablename__ = "idempotency"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[Json | None]
    created_at: Mapped[datetime] = mapped_column(default=now(), index=True)
