"""The two internal services that the API asks on its callers' behalf: predictor and boards."""

from typing import Any, Final

import httpx

from api.problems import Away, Conflict, Fault, Refused
from store.tracing import HEADER, request_id

SECONDS: Final = 60.0
"""For an answer."""
PATIENCE: Final = httpx.Timeout(SECONDS, connect=2)
TOLD: Final = {404, 503, 504, 507}
"""With these the predictor says why it has no answer."""
SECRET_HEADER: Final = "X-Horngate-Service"


async def hand_on_request_id(request: httpx.Request) -> None:
    """What a service logs on our behalf can be found by the id of the request that we answer."""
    if named := request_id():
        request.headers[HEADER] = named


def connect_service(url: str, secret: str) -> httpx.AsyncClient:
    """A client for `unix:PATH` or `http://HOST:PORT` that shows the services' shared secret."""
    headers = {SECRET_HEADER: secret}
    hooks = {"request": [hand_on_request_id]}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4)
    if url.startswith("unix:"):
        transport = httpx.AsyncHTTPTransport(uds=url.removeprefix("unix:"), limits=limits)
        return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers, event_hooks=hooks)
    return httpx.AsyncClient(base_url=url, limits=limits, headers=headers, event_hooks=hooks, trust_env=False)


def draw_answer(answer: httpx.Response, *, refused: str, what: str) -> Any:
    """What the predictor answered; raises as `ask_predictor` does."""
    if answer.status_code == 200:
        return answer.json()
    if answer.status_code == 422:
        faults = [Fault.model_validate(fault) for fault in answer.json()["faults"]]
        raise Refused(faults[0].message, code=refused, errors=faults)
    if answer.status_code == 409:
        raise Conflict(answer.json()["detail"], code="no_sandbox")
    told = answer.json() if answer.status_code in TOLD else {"detail": "The predictor failed."}
    raise Away(f"{what} gave no answer: {told['detail']}", code="predictor_failed")
