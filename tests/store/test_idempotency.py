"""A creating request that is sent twice creates once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from store import runs
from store.errors import RequestDiffers
from store.idempotency import Answer, claim_request, forget_old_requests, keep_answer
from store.runs import list_runs
from tests.store.conftest import Shop


def create_once(session: Session, shop: Shop, request_hash: str = "h") -> Answer:
    """What an endpoint does: the row and its answer in one transaction."""
    names = {"key": "k1", "user_id": shop.owner_id, "route": "POST /v1/runs"}
    kept = claim_request(session, request_hash=request_hash, **names)
    if kept is not None:
        return kept
    run = runs.add_run(session, spec={}, name="r", project_id=shop.project_id, owner_id=shop.owner_id, datasets={})
    keep_answer(session, status=201, body={"id": run.id}, **names)
    return Answer(201, {"id": run.id})


def test_the_second_request_gets_the_first_ones_answer(shop: Shop) -> None:
    first, second = shop.write(create_once, shop), shop.write(create_once, shop)

    assert first == second
    assert len(shop.read(list_runs).items) == 1


def test_many_at_once_create_one_row(shop: Shop) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: shop.write(create_once, shop), range(6)))

    assert [answer.body for answer in answers] == [answers[0].body] * 6
    assert len(shop.read(list_runs).items) == 1


def test_the_same_key_for_another_request_is_refused(shop: Shop) -> None:
    shop.write(create_once, shop)

    with pytest.raises(RequestDiffers):
        shop.write(create_once, shop, "another hash")


def test_a_request_that_failed_leaves_its_key_free(shop: Shop) -> None:
    def fail_late(session: Session) -> None:
        create_once(session, shop)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shop.write(fail_late)

    assert shop.read(list_runs).items == []
    assert shop.write(create_once, shop).status == 201
    assert len(shop.read(list_runs).items) == 1


def test_old_keys_are_forgotten(shop: Shop) -> None:
    first = shop.write(create_once, shop)
    shop.write(forget_old_requests)
    assert shop.write(create_once, shop) == first

    shop.write(forget_old_requests, hours=-1)
    assert shop.write(create_once, shop) != first
