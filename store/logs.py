"""Where a process's log goes: to its standard output, which no full disk behind it turns into a failure."""

import contextlib
import logging
import sys

import structlog

from store.settings import Settings


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


def start_log(settings: Settings) -> None:
    """Log what the settings ask for; tracebacks without the values of variables, which may be somebody's data."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        logger_factory=lambda *_: structlog.PrintLogger(LossyOutput()),  # type: ignore[arg-type]
    )
