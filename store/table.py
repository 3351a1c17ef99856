"""What all tables share: names of constraints, and how Python's types are kept."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import JSON, Enum, MetaData
from sqlalchemy.orm import DeclarativeBase

from store.lifecycle import EndedBy, Phase, Status, Wanted, WorkerState
from store.roles import Role, Scope
from store.times import UtcTime

Json: TypeAlias = dict[str, object]


def _words(kind: type[StrEnum]) -> Enum:
    """A column of an enum's values, kept as plain words so that a new one needs no migration."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=16, values_callable=lambda k: [m.value for m in k]
    )


class Table(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcTime,
        Json: JSON(none_as_null=True),
        list[Json]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        dict[str, str]: JSON(none_as_null=True),
        Status: _words(Status),
        Wanted: _words(Wanted),
        Phase: _words(Phase),
        EndedBy: _words(EndedBy),
        WorkerState: _words(WorkerState),
        Role: _words(Role),
        Scope: _words(Scope),
    }
