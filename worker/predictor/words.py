"""What answering children print: brought to the predictor's log by us, for they do not get hold of it."""

import os
import threading

import structlog

log = structlog.get_logger()

MOST_BYTES = 65_536
LONGEST_LINE = 2_000


def keep_words(descriptor: int, child: int) -> None:
    """Log line by line what comes out of this pipe, up to a bound, until nobody holds its other end; closes it."""
    threading.Thread(target=_drain, args=(descriptor, child), name=f"words {child}", daemon=True).start()


def _drain(descriptor: int, child: int) -> None:
    left = MOST_BYTES
    with os.fdopen(descriptor, "rb") as words:
        while line := words.readline(LONGEST_LINE):
            if left > 0 and line.strip():
                log.info("child_said", child=child, text=_printable(line))
                if (left := left - len(line)) <= 0:
                    log.warning("child_says_too_much", child=child, kept_bytes=MOST_BYTES)


def _printable(line: bytes) -> str:
    text = line.decode("utf-8", errors="replace").rstrip()
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
