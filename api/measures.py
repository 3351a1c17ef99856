"""What is measured of this process, for Prometheus."""

import time
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("api")

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Requests of which the log tells at level DEBUG only: pages ask many times a minute."""
METHODS: Final = SAFE | {"POST", "PUT", "PATCH", "DELETE"}
"""All others are one series: anybody may send as many as he can spell."""
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Measures:
    """The registry of one process; what lives in the database is in `api.health.numbers`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.latency = Histogram(
            "horngate_request_seconds",
            "Time to the first byte of an answer.",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )

    def draw(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)


class MeasureRequests:
    """ASGI middleware that notes how long each route takes to answer."""

    def __init__(self, app: ASGIApp, *, measures: Measures) -> None:
        self.app, self.measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Time one request."""
        start = time.perf_counter()
        note = log.debug if scope.get("method") in SAFE else log.info

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                method, route, seconds = scope["method"], route_of(scope), time.perf_counter() - start
                series = method if method in METHODS else "other", route, str(message["status"])
                self.measures.latency.labels(*series).observe(seconds)
                run = scope.get("path_params", {}).get("run_id")
                about = {"run": run} if run else {}
                note("answered", method=method, route=route, status=message["status"], seconds=seconds, **about)
            await send(message)

        await self.app(scope, receive, send_timed)


def route_of(scope: Scope) -> str:
    """The route's template, so that ids do not multiply the series."""
    return getattr(scope.get("route"), "path", "other")
