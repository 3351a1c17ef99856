"""Data sets whose bytes stay where they are: the predictor reads the place, the row keeps what it found."""

from typing import Any, Final

import httpx
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.asking import ask_predictor
from api.datasets.schemas import Dataset, LinkAsked
from api.datasets.service import Place, find_place, settle_name
from api.datasets.showing import show_dataset
from api.idempotency import Once, once
from api.parts import Parts
from models_lib.spec.dataset import DatasetProfile
from store import datasets
from store.access import Caller

PATIENCE: Final = httpx.Timeout(1800, connect=2)
"""All of it is read once."""


async def link_dataset(here: Parts, caller: Caller, body: LinkAsked, key: str | None) -> Response:
    """Have it read and profiled, then write the row; raises Refused, Away."""
    name = settle_name(body.name, body.location.rstrip("/"))
    place = Place(await run_in_threadpool(find_place, here, caller, body.project), name)
    asked = once(caller, key=key, route="link_dataset", request=[*place, body.location])
    if answer := await run_in_threadpool(find_answer, here, asked):
        return answer
    question = {"location": body.location}
    told = await ask_predictor(
        here, "/links", question, refused="link_refused", what="The predictor", patience=PATIENCE
    )
    return await run_in_threadpool(keep_link, here, caller, asked, place, told)


def find_answer(here: Parts, asked: Once) -> Response | None:
    with here.database.reading() as session:
        return asked.find_answer(session)


def keep_link(here: Parts, caller: Caller, asked: Once, place: Place, told: dict[str, Any]) -> Response:
    """The next version of the name; or the one that links to these very bytes, which from now on lie here."""
    profile = DatasetProfile.model_validate(told["profile"])

    def create() -> tuple[int, Dataset]:
        dataset, is_new = datasets.add_dataset(
            session,
            **place._asdict(),
            owner_id=caller.user.id,
            format=profile.format,
            rows=profile.rows,
            bytes=told["bytes"],
            sha256=told["sha256"],
            profile=profile.model_dump(mode="json"),
            link=told["link"],
        )
        session.flush()
        session.refresh(dataset)
        return 201 if is_new else 200, show_dataset(session, dataset)

    with here.database.transaction() as session:
        return asked.create(session, create)
