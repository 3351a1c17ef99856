"""Asking the predictor on a caller's behalf, and drawing what it says instead of an answer."""

from typing import Any, Final

import httpx

from api.parts import Parts
from api.problems import Away, Conflict, Fault, Refused

PATIENCE: Final = httpx.Timeout(60, connect=2)
TOLD: Final = {404, 503, 504, 507}
"""With these the predictor says why it has no answer."""


async def ask_predictor(
    here: Parts, path: str, question: dict[str, Any], *, refused: str, what: str, patience: httpx.Timeout = PATIENCE
) -> Any:
    """Its answer; raises Refused with the code `refused`, Conflict (no sandbox), or Away in the words of `what`."""
    try:
        answer = await here.predictor.post(path, json=question, timeout=patience)
    except httpx.TransportError as error:
        raise Away("The predictor does not answer at the moment.", code="predictor_away") from error
    if answer.status_code == 200:
        return answer.json()
    if answer.status_code == 422:
        faults = [Fault.model_validate(fault) for fault in answer.json()["faults"]]
        raise Refused(faults[0].message, code=refused, errors=faults)
    if answer.status_code == 409:
        raise Conflict(answer.json()["detail"], code="no_sandbox")
    told = answer.json() if answer.status_code in TOLD else {"detail": "The predictor failed."}
    raise Away(f"{what} gave no answer: {told['detail']}", code="predictor_failed")
