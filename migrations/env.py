"""Runs the revisions on the connection that `store.migrate` hands over."""

from typing import Literal

from alembic import context
from sqlalchemy import JSON, Enum

from store.rows import Run
from store.times import UtcTime


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write types into revisions as the plain ones that they are in the database: a revision never changes again."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, JSON):
        return "sa.JSON()"
    return False


def is_compared(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """SQLite cannot tell in which direction an index is sorted: these are compared on PostgreSQL alone.

    What only a revision makes, where the database can have it, is compared nowhere.
    """
    return name not in ("ix_runs_tags", "ix_runs_words") and (
        kind != "index"
        or name not in ("ix_runs_claim", "ix_runs_line")
        or context.get_context().dialect.name != "sqlite"
    )


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Run.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    include_object=is_compared,
)
with context.begin_transaction():
    context.run_migrations()
