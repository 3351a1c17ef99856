"""Time in the database: timezone-aware UTC, told by the database's own clock."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement, literal
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A point in time; naive ones are refused. SQLite keeps text with six decimals, which sorts as time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a cursor's value is read back as."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _ClockPlus(FunctionElement[datetime]):
    """The database's clock now, plus a number of seconds."""

    type = UtcTime()
    inherit_cache = True


def now() -> ColumnElement[datetime]:
    """The database's clock at this statement (not at the transaction's start)."""
    return now_plus(0)


def now_plus(seconds: float) -> ColumnElement[datetime]:
    """The database's clock plus some seconds, which may be negative."""
    return _ClockPlus(literal(float(seconds), Float))


@compiles(_ClockPlus, "postgresql")
def _clock_in_postgresql(element: _ClockPlus, compiler: SQLCompiler, **kw: object) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


@compiles(_ClockPlus, "sqlite")
def _clock_in_sqlite(element: _ClockPlus, compiler: SQLCompiler, **kw: object) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {compiler.process(element.clauses, **kw)} || ' seconds')"
