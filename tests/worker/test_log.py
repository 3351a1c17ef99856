"""A run's log: lines into chunks, whatever a trainer prints."""

import json

from worker.supervisor.log import BURST_BYTES, LONGEST_LINE, LogBook


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def texts(book: LogBook) -> list[str]:
    chunk = book.take(everything=True)
    return [] if chunk is None else [json.loads(line)["text"] for line in chunk.content.splitlines()]


def test_a_line_waits_for_its_end_and_streams_do_not_mix() -> None:
    book = LogBook()
    book.add("stdout", b"one\ntw")
    book.add("stderr", b"warning\n")
    book.add("stdout", b"o\n")

    assert texts(book) == ["one", "warning", "two"]


def test_a_chunk_is_due_after_a_second_and_numbers_its_lines() -> None:
    clock = Clock()
    book = LogBook(clock)
    book.add("stdout", b"one\ntwo\n")
    assert book.take() is None

    clock.now = 1.0
    first = book.take()
    book.add("stderr", b"three\n")
    second = book.take(everything=True)

    assert first is not None
    assert second is not None
    assert (first.number, first.first_line, first.lines, first.level) == (0, 1, 2, "info")
    assert (second.number, second.first_line, second.lines, second.level) == (1, 3, 1, "error")


def test_a_long_line_is_cut_and_what_is_not_text_stays_readable() -> None:
    book = LogBook()
    book.add("stdout", b"x" * (2 * LONGEST_LINE))
    book.add("stdout", b"\n\xff\x00\n")
    long, strange = texts(book)

    assert len(long) < LONGEST_LINE + 20
    assert long.endswith("(cut)")
    assert strange == "��"


def test_a_flood_is_dropped_and_the_log_says_how_much() -> None:
    clock = Clock()
    book = LogBook(clock)
    line = b"x" * 1023 + b"\n"
    kept = BURST_BYTES // 1023
    for _ in range(kept + 100):
        book.add("stdout", line)
    clock.now = 10.0
    book.add("stdout", b"after\n")
    lines = texts(book)

    assert len(lines) == kept + 2
    assert lines[-2:] == ["… 100 lines dropped: more was printed than a log can keep", "after"]


def test_a_line_that_is_drawn_over_is_kept_as_it_was_in_the_end_and_now_and_then_before() -> None:
    clock = Clock()
    book = LogBook(clock)
    for step in range(100):
        clock.now = step / 10
        book.add("stdout", f"\r{step}/100".encode())
    book.add("stdout", b"\n\rnext\r\nplain\r\n")

    assert texts(book) == ["49/100", "99/100", "next", "plain"]
