"""The two internal services that the API asks on its callers' behalf: predictor and boards."""

from typing import Final

import httpx

SECRET_HEADER: Final = "X-Horngate-Service"


def connect_service(url: str, secret: str) -> httpx.AsyncClient:
    """A client for `unix:PATH` or `http://HOST:PORT` that shows the services' shared secret."""
    headers = {SECRET_HEADER: secret}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4)
    if url.startswith("unix:"):
        transport = httpx.AsyncHTTPTransport(uds=url.removeprefix("unix:"), limits=limits)
        return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)
    return httpx.AsyncClient(base_url=url, limits=limits, headers=headers, trust_env=False)
