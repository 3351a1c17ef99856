"""Where a process's log goes: to its standard output, which no full disk behind it turns into a failure.

A line of JSON each, with the process, and the request and the run that it is about; on a terminal as people read it.
"""

import contextlib
import logging
import sys
from typing import Any

import structlog
from structlog.types import EventDict, Processor

from store.settings import Settings

QUIET = (
    "botocore",
    "s3transfer",
    "aiobotocore",
    "fsspec",
    "urllib3",
    "httpx",
    "httpcore",
    "asyncio",
    "kombu",
    "amqp",
    "celery.app.trace",
    "celery.worker.strategy",
)
"""Libraries that tell of every call."""


class LossyOutput:
    """Standard output; a line that finds no room is lost, for whoever logs it has other work to finish."""

    def write(self, text: str) -> None:
        """Write, or lose it."""
        with contextlib.suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        """Flush, or go on without."""
        with contextlib.suppress(OSError):
            sys.stdout.flush()


def start_log(settings: Settings, process: str) -> None:
    """Log what the settings ask for; tracebacks without the values of variables, which may be somebody's data.

    What libraries log takes the same way.
    """
    is_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stdout.isatty())

    def name_process(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event} if is_json else event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        name_process,
        structlog.processors.StackInfoRenderer(),
        structlog.dev.set_exc_info,
    ]
    drawing = draw_json() if is_json else draw_text()
    structlog.configure(
        processors=[*shared, *drawing],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        logger_factory=lambda *_: structlog.PrintLogger(LossyOutput()),  # type: ignore[arg-type]
    )
    take_in_libraries(settings, [*shared, add_logger], drawing)


def draw_json() -> list[Processor]:
    """RFC 3339 in UTC, the traceback as one string."""
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.ExceptionRenderer(),
        structlog.processors.JSONRenderer(default=str),
    ]


def draw_text() -> list[Processor]:
    """For a terminal."""
    return [
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback),
    ]


def take_in_libraries(settings: Settings, shared: list[Processor], drawing: list[Processor]) -> None:
    """Lines of the standard library's loggers (uvicorn's, Celery's, Alembic's) drawn as our own."""
    handler = logging.StreamHandler(LossyOutput())
    clean = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[clean, *drawing]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def add_logger(logger: Any, _method: str, event: EventDict) -> EventDict:
    """Whose line it is."""
    return {**event, "logger": getattr(event.get("_record"), "name", None)}
