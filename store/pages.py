"""Keyset pagination: a cursor holds where the page before ended, so that pages neither skip nor repeat rows."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.errors import BadCursor, BadSort

Row = TypeVar("Row")
Column = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor that continues it, or None at the end."""

    items: list[Row]
    next_cursor: str | None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


def read_page(
    session: Session,
    statement: Select[Row],
    *,
    sort: str,
    sorts: Mapping[str, Column],
    tie: Column,
    limit: int,
    after: str | None,
) -> Page[Row]:
    """A page of the statement's rows, by `sort` (a name of `sorts`, `-` before it for descending), then by `tie`."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in sorts:
        raise BadSort(sort, [s for key in sorts for s in (key, f"-{key}")])
    column = sorts[name]
    if after is not None:
        here, there = tuple_(column, tie), tuple_(*_read_cursor(after, sort, column))
        statement = statement.where(here < there if descending else here > there)
    order = [column.desc(), tie.desc()] if descending else [column, tie]
    found = session.execute(statement.order_by(*order).limit(limit + 1).add_columns(column, tie)).all()
    rows = [row for row, *_ in found]
    if len(found) <= limit:
        return Page(rows, None)
    _, value, tied = found[limit - 1]
    return Page(rows[:limit], _write_cursor(sort, value, tied))


def _write_cursor(sort: str, value: object, tie: object) -> str:
    shown = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, shown, tie]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str, column: Column) -> tuple[Any, Any]:
    try:
        made_for, value, tie = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        kind = column.type.python_type
        value = datetime.fromisoformat(value) if kind is datetime else value
        value = float(value) if kind is float and isinstance(value, int) else value
    except (ValueError, TypeError, OverflowError) as error:
        raise BadCursor from error
    is_naive = isinstance(value, datetime) and value.tzinfo is None
    if made_for != sort or is_naive or not isinstance(value, kind) or not isinstance(tie, str):
        raise BadCursor
    return value, tie
