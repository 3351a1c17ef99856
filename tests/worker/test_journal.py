"""What a training reports is written in short transactions, also where it reports faster than the database takes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from store.claims import Claim
from store.database import Database
from store.lifecycle import Wanted
from store.migrate import upgrade
from store.settings import Settings
from store.stream import Announcer
from worker.supervisor import journal
from worker.supervisor.journal import MOST_AT_ONCE, MOST_WAITING, Journal

CLAIM = Claim("run_1", 1, "wrk_1", "run", "default", Wanted.RUN, {}, ())


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Journal]:
    settings = Settings(home=tmp_path)
    upgrade(settings)
    database = Database(settings)
    yield Journal(database, Announcer(settings), CLAIM)
    database.close()


def note(book: Journal, written: list[int], count: int) -> None:
    def entry(number: int) -> journal.Entry:
        return lambda session, claim: written.append(number)

    for number in range(count):
        book.note(entry(number))


def test_one_transaction_takes_some_and_everything_keeps_its_order(book: Journal) -> None:
    written: list[int] = []
    note(book, written, 3 * MOST_AT_ONCE)

    assert book.write()
    assert written == list(range(MOST_AT_ONCE))
    assert book.write(now=True)
    assert written == list(range(3 * MOST_AT_ONCE))


def test_a_slow_database_gets_fewer_at_once(book: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LONGEST_SECONDS", 0.0)
    written: list[int] = []
    note(book, written, 5)

    assert book.write()
    assert written == [0]
    assert book.write(now=True)
    assert written == [0, 1, 2, 3, 4]


def test_who_reports_too_fast_is_made_to_wait_until_it_is_written(book: Journal) -> None:
    written: list[int] = []
    note(book, written, MOST_WAITING)
    assert not book.is_behind
    book.note(lambda session, claim: None)
    assert book.is_behind

    assert book.write()
    assert not book.is_behind


def test_what_could_not_be_written_stays_and_is_written_again(book: Journal) -> None:
    written: list[int] = []

    def fail_once(session: Session, claim: Claim) -> None:
        if not written:
            written.append(-1)
            raise RuntimeError("once")

    book.note(fail_once)
    note(book, written, 2)
    with pytest.raises(RuntimeError, match="once"):
        book.write(now=True)
    assert book.write(now=True)
    assert written == [-1, 0, 1]
