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
    """Log what the settings ask for."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        logger_factory=lambda *_: structlog.PrintLogger(LossyOutput()),  # type: ignore[arg-type]
    )
