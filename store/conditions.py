"""What many statements ask of a run's row."""

from sqlalchemy import ColumnElement, bindparam, func

from store.lifecycle import Status
from store.rows import Run
from store.times import now


def has_status(status: Status) -> ColumnElement[bool]:
    """`status = '…'` with the word in the statement itself: a partial index cannot serve a bound parameter."""
    return Run.status == bindparam(None, status, literal_execute=True)


def is_due() -> ColumnElement[bool]:
    """The pause after its last attempt is over."""
    return Run.available_at <= now()


def pins_components() -> ColumnElement[bool]:
    """True of a run whose spec names components."""
    return func.coalesce(Run.spec["components"][0].as_string(), "") != ""
