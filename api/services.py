"""The two internal services that the API asks on its callers' behalf: predictor and boards."""

from typing import Final

import httpx

from store.tracing import HEADER, request_id

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
