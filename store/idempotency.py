"""Creating requests that are sent twice: the second gets the first one's answer.

`claim_request` and `keep_answer` belong into the transaction that creates the row, around the creating.
"""

from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.errors import RequestDiffers
from store.rows import IdempotentRequest
from store.table import Json
from store.times import now_plus


@dataclass(frozen=True)
class Answer:
    """What the first request was answered."""

    status: int
    body: Json


def find_answer(session: Session, *, key: str, user_id: str, route: str, request_hash: str) -> Answer | None:
    """What an earlier request was answered, if there was one; raises RequestDiffers."""
    row = session.get(IdempotentRequest, {"user_id": user_id, "route": route, "key": key}, populate_existing=True)
    if row is None:
        return None
    if row.request_hash != request_hash or row.status is None or row.body is None:
        raise RequestDiffers(key)
    return Answer(row.status, row.body)


def claim_request(session: Session, *, key: str, user_id: str, route: str, request_hash: str) -> Answer | None:
    """None for the request that comes first, which shall go on and `keep_answer`; for every other the kept answer.

    A second request that comes while the first is being worked on waits here for its commit. Raises RequestDiffers.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(IdempotentRequest).values(request_hash=request_hash, user_id=user_id, route=route, key=key)
    if session.scalar(statement.on_conflict_do_nothing().returning(IdempotentRequest.key)) is not None:
        return None
    return find_answer(session, key=key, user_id=user_id, route=route, request_hash=request_hash)


def keep_answer(session: Session, *, key: str, user_id: str, route: str, status: int, body: Json) -> None:
    """Keep what the first request was answered."""
    names = (
        IdempotentRequest.user_id == user_id,
        IdempotentRequest.route == route,
        IdempotentRequest.key == key,
    )
    session.execute(update(IdempotentRequest).where(*names).values(status=status, body=body))


def forget_old_requests(session: Session, *, hours: float = 24) -> None:
    """Delete what nobody will repeat any more."""
    session.execute(delete(IdempotentRequest).where(IdempotentRequest.created_at < now_plus(-hours * 3600)))
