"""Asking the predictor on a caller's behalf, and drawing what it says instead of an answer."""

from typing import Any

import httpx

from api.parts import Parts
from api.problems import Away
from api.services import PATIENCE, draw_answer


async def ask_predictor(
    here: Parts, path: str, question: dict[str, Any], *, refused: str, what: str, patience: httpx.Timeout = PATIENCE
) -> Any:
    """Its answer; raises Refused with the code `refused`, Conflict (no sandbox), or Away in the words of `what`."""
    try:
        answer = await here.predictor.post(path, json=question, timeout=patience)
    except httpx.TransportError as error:
        raise Away("The predictor does not answer at the moment.", code="predictor_away") from error
    return draw_answer(answer, refused=refused, what=what)
