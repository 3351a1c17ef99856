"""Waking workers and announcing changes, over a real Valkey that comes, hangs and goes."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen
from typing import Any, TypeVar

import pytest

from store.queue import TRAIN_TASK, Waker, make_celery, redis_url
from store.settings import Settings
from store.stream import Announcer, Watcher
from tests.valkey import running_valkey, wait_until_ready

T = TypeVar("T")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def valkey(settings: Settings) -> Iterator["Popen[str]"]:
    """A broker that is ready."""
    with running_valkey(settings) as server:
        yield server


def timed(ask: Callable[[], T]) -> tuple[T, float]:
    """What it answers, and in how many seconds."""
    started = time.monotonic()
    return ask(), time.monotonic() - started


def test_the_socket_is_written_as_each_library_writes_it() -> None:
    assert redis_url("redis+socket:///a%20b/v.sock?virtual_host=3") == "unix:///a%20b/v.sock?db=3"
    assert redis_url("rediss://:word@host:6380/1") == "rediss://:word@host:6380/1"


@pytest.mark.usefixtures("valkey")
def test_a_woken_worker_gets_the_name_of_the_run_from_its_queue(settings: Settings) -> None:
    app, seen, is_done = make_celery(settings), [], threading.Event()

    @app.task(name=TRAIN_TASK)
    def train(run_id: str) -> None:
        seen.append(run_id)
        is_done.set()

    waker = Waker(settings)
    assert waker.wake_worker("run_other", "slow")
    assert waker.wake_worker("run_1", "fast")

    from celery.contrib.testing.worker import start_worker

    with start_worker(app, pool="threads", concurrency=1, queues=["fast"], perform_ping_check=False):
        assert is_done.wait(20)
    assert seen == ["run_1"]


def test_the_settings_of_the_app_are_what_the_design_rests_on(settings: Settings) -> None:
    conf = make_celery(settings).conf

    assert conf.worker_disable_prefetch
    assert not conf.task_acks_late
    assert conf.task_ignore_result
    assert conf.result_backend is None
    assert conf.accept_content == ["json"]


def test_a_broker_that_was_killed_costs_a_submission_no_time(settings: Settings, valkey: "Popen[str]") -> None:
    waker, announcer = Waker(settings), Announcer(settings)
    assert waker.wake_worker("run_1", "default")
    assert announcer.announce("run_1")

    valkey.kill()
    valkey.wait()

    for _ in range(2):
        is_woken, seconds = timed(lambda: waker.wake_worker("run_1", "default"))
        assert (is_woken, seconds < 1) == (False, True)
        is_heard, seconds = timed(lambda: announcer.announce("run_1"))
        assert (is_heard, seconds < 1) == (False, True)


def test_a_broker_that_hangs_costs_a_submission_a_second_at_most(settings: Settings, valkey: "Popen[str]") -> None:
    waker, announcer = Waker(settings), Announcer(settings)
    assert waker.wake_worker("run_1", "default")
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        asks = [lambda: Waker(settings).wake_worker("run_1", "default"), lambda: waker.wake_worker("run_1", "default")]
        for ask in [*asks, lambda: announcer.announce("run_1")]:
            is_taken, seconds = timed(ask)
            assert not is_taken
            assert seconds < 1.2
        assert timed(lambda: announcer.announce("run_1"))[1] < 0.1, "while it hangs, not everybody waits again"
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


def test_a_broker_that_was_never_there_and_then_comes(settings: Settings) -> None:
    waker = Waker(settings)
    is_woken, seconds = timed(lambda: waker.wake_worker("run_1", "default"))
    assert (is_woken, seconds < 1) == (False, True)

    with running_valkey(settings):
        assert waker.wake_worker("run_1", "default")


def test_a_tcp_address_where_nobody_answers_costs_a_second_at_most(tmp_path: Path) -> None:
    """192.0.2.0/24 is set aside for documentation: nobody is there, and nothing says so."""
    settings = Settings(home=tmp_path, broker_url="redis://192.0.2.1:6379/0")

    is_woken, seconds = timed(lambda: Waker(settings).wake_worker("run_1", "default"))

    assert (is_woken, seconds < 1.2) == (False, True)


def run_in_a_thread(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """An event loop of its own: other rooms' tests may keep one running in this thread (Playwright does)."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(main())).result()


async def announce_until(heard: Awaitable[T], announcer: Announcer, run_id: str) -> T:
    """Repeat the announcement until it was heard: a subscription takes a moment."""
    task = asyncio.ensure_future(heard)
    async with asyncio.timeout(20):
        while not task.done():
            announcer.announce(run_id)
            await asyncio.wait([task], timeout=0.1)
    return task.result()


async def next_run(stream: AsyncIterator[str | None]) -> str:
    """The next announcement that names a run."""
    async for run_id in stream:
        if run_id is not None:
            return run_id
    raise AssertionError("a watch never ends")


@pytest.mark.usefixtures("valkey")
def test_an_announcement_reaches_every_watcher(settings: Settings) -> None:
    async def watch() -> list[str]:
        watchers = [Watcher(settings) for _ in range(3)]
        streams = [watcher.watch() for watcher in watchers]
        assert [await anext(stream) for stream in streams] == [None] * 3
        assert all(watcher.is_connected for watcher in watchers)
        assert Announcer(settings).announce("run_1")
        heard = [await anext(stream) for stream in streams]
        for stream, watcher in zip(streams, watchers, strict=True):
            await stream.aclose()
            await watcher.close()
        return heard

    assert run_in_a_thread(watch) == ["run_1"] * 3


def test_a_watcher_hears_again_when_the_broker_is_back_and_is_told_to_look(settings: Settings) -> None:
    async def watch() -> tuple[list[str | None], bool, str]:
        watcher, announcer = Watcher(settings), Announcer(settings)
        stream = watcher.watch()
        with running_valkey(settings) as server:
            first = [await anext(stream)]
            server.kill()
            server.wait()
        again = asyncio.ensure_future(anext(stream))
        await asyncio.wait([again], timeout=0.5)
        was_connected = watcher.is_connected
        with running_valkey(settings):
            wait_until_ready(settings)
            async with asyncio.timeout(20):
                first.append(await again)
            heard = await announce_until(next_run(stream), announcer, "run_2")
            await stream.aclose()
        await watcher.close()
        return first, was_connected, heard

    assert run_in_a_thread(watch) == ([None, None], False, "run_2")
