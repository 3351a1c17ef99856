"""TensorBoards over real event files, asked as the api asks them."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from boards.app import create_app
from boards.open_boards import OpenBoards
from store.blobs import Blobs
from store.boards import name_board, read_board
from store.ids import new_id
from store.settings import Settings
from tests.boards.written_events import NAME, file_of, graph, histogram, scalars, ship

SECRET = {"X-Horngate-Service": "the secret"}


class Asked:
    """The boards' door, with a run that has shipped nothing yet."""

    def __init__(self, home: Path, idle_seconds: float) -> None:
        self.home = home
        self.blobs = Blobs(Settings(home=home))
        self.run_id = new_id("run")
        self.known = {self.run_id: [self.run_id]}
        self.boards = OpenBoards(self.blobs, home / "cache", idle_seconds=idle_seconds, find_runs=self.find_runs)
        self.app = create_app(self.boards, "the secret")

    def find_runs(self, asked: str) -> dict[str, list[str]]:
        """Runs under their names; a run alone under none."""
        if asked.startswith("run_"):
            return {"": self.known[asked]} if asked in self.known else {}
        return {f"run {nth}": self.known[one] for nth, one in enumerate(read_board(asked))}

    def get(self, path: str = "", run_id: str | None = None, headers: dict[str, str] = SECRET) -> httpx.Response:
        return self.get_at(f"/v1/runs/{run_id or self.run_id}/tensorboard/{path}", headers)

    def get_at(self, address: str, headers: dict[str, str] = SECRET) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://boards") as client:
                return await client.get(address, headers=headers)

        return asyncio.run(ask())

    def plugin(self, path: str, **asked: Any) -> Any:
        return self.get(f"data/plugin/{path}?{httpx.QueryParams(asked)}").json()

    def ship(self, data: bytes, **place: Any) -> None:
        ship(self.blobs, self.run_id, data, **place)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    monkeypatch.setattr("boards.board.FIRST_LOAD_SECONDS", 120.0)  # on a busy machine it may take longer than is waited
    asked = Asked(tmp_path, idle_seconds=600)
    yield asked
    asked.boards.close()


def until(is_so: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition, and give what it found."""
    deadline = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < deadline, "it did not come to pass"
        threading.Event().wait(0.02)
    return found


def test_every_plugin_shows_what_the_event_files_hold(asked: Asked) -> None:
    asked.ship(file_of([graph(3), *scalars([0.9, 0.5, 0.4]), histogram(0)]))

    points = asked.plugin("scalars/scalars", tag="epoch_loss", run="train")
    assert [(step, pytest.approx(value)) for _, step, value in points] == [(0, 0.9), (1, 0.5), (2, 0.4)]
    assert asked.plugin("histograms/tags")["train"].keys() == {"hidden/kernel"}
    assert len(asked.plugin("distributions/distributions", tag="hidden/kernel", run="train")) == 1
    assert asked.plugin("graphs/info")["train"]["run_graph"] is True
    assert (
        "layer2/kernel"
        in asked.get("data/plugin/graphs/graph?run=train&limit_attr_size=1024&large_attrs_key=_too_large").text
    )
    assert asked.plugin("timeseries/tags")["scalars"]["runTagInfo"] == {"train": ["epoch_loss"]}


def test_only_plugins_that_open_nothing_else_are_there(asked: Asked) -> None:
    listed = asked.get("data/plugins_listing").json()

    curves, written = {"timeseries", "scalars", "distributions", "histograms"}, {"images", "audio", "text"}
    assert set(listed) == curves | written | {"graphs", "hparams"}


def test_a_curve_grows_while_the_board_is_open(asked: Asked) -> None:
    whole = file_of(scalars([0.9, 0.5, 0.4, 0.3]))
    asked.ship(whole[:150], first=0)
    assert len(asked.plugin("scalars/scalars", tag="epoch_loss", run="train")) < 4

    asked.ship(whole[150:], first=1)

    until(lambda: len(asked.plugin("scalars/scalars", tag="epoch_loss", run="train")) == 4)


def test_a_chunk_that_overtook_another_waits_for_it(asked: Asked) -> None:
    whole = file_of(scalars([0.9, 0.5]))
    asked.ship(whole[100:], first=1)
    assert asked.get("data/runs").json() == []

    asked.ship(whole[:100], first=0)

    until(lambda: asked.get("data/runs").json())
    until(lambda: len(asked.plugin("scalars/scalars", tag="epoch_loss", run="train")) == 2)


def test_attempts_of_a_run_are_one_curve(asked: Asked) -> None:
    asked.ship(file_of(scalars([0.9, 0.5])), attempt=1)
    asked.ship(file_of(scalars([0.4, 0.3], first_step=2)), attempt=2)

    points = asked.plugin("scalars/scalars", tag="epoch_loss", run="train")

    assert [step for _, step, _ in points] == [0, 1, 2, 3]


def test_what_an_attempt_did_again_is_shown_once(asked: Asked) -> None:
    """A lost attempt had gone on after its last checkpoint; curves of batches and of epochs have steps of their own."""
    batches = scalars([9.0, 8.0, 7.0, 6.0], tag="batch_loss", first_step=100)
    asked.ship(file_of([*scalars([0.9, 0.5, 0.4]), *batches]), attempt=1)
    again = scalars([6.5, 6.0], tag="batch_loss", first_step=102)
    asked.ship(file_of([*again, *scalars([0.41, 0.3], first_step=2)]), attempt=2)

    epochs, steps = (asked.plugin("scalars/scalars", tag=tag, run="train") for tag in ("epoch_loss", "batch_loss"))

    assert [(step, round(value, 2)) for _, step, value in epochs] == [(0, 0.9), (1, 0.5), (2, 0.41), (3, 0.3)]
    assert [(step, value) for _, step, value in steps] == [(100, 9.0), (101, 8.0), (102, 6.5), (103, 6.0)]


def test_two_fits_of_one_attempt_are_both_shown(asked: Asked) -> None:
    """A script's second `fit` writes a second file into the same folder, and begins at its first epoch again."""
    asked.ship(file_of(scalars([0.9, 0.5, 0.4])), path=f"train/{NAME}.1")
    asked.ship(file_of(scalars([0.3, 0.2])), path=f"train/{NAME}.2")

    points = asked.plugin("scalars/scalars", tag="epoch_loss", run="train")

    assert [(step, round(value, 2)) for _, step, value in points] == [(0, 0.9), (1, 0.5), (2, 0.4), (0, 0.3), (1, 0.2)]


def test_a_run_that_extends_another_goes_on_with_its_curves(asked: Asked) -> None:
    """What the other did after the checkpoint that this one goes on from is done again."""
    ended = new_id("run")
    asked.known[asked.run_id] = [ended, asked.run_id]
    for attempt, values, first in ((1, [0.9], 0), (2, [0.5, 0.4, 0.3], 1)):
        ship(asked.blobs, ended, file_of(scalars(values, first_step=first)), attempt=attempt)
    asked.ship(file_of(scalars([0.41, 0.31, 0.21], first_step=2)))

    points = asked.plugin("scalars/scalars", tag="epoch_loss", run="train")

    assert [(step, round(value, 2)) for _, step, value in points] == [
        *((0, 0.9), (1, 0.5)),
        *((2, 0.41), (3, 0.31), (4, 0.21)),
    ]


def test_one_board_shows_several_runs_each_under_its_name(asked: Asked) -> None:
    """And goes on with each of them: with what it extends, and while it trains."""
    other, ended = new_id("run"), new_id("run")
    asked.known[other] = [ended, other]
    ship(asked.blobs, ended, file_of(scalars([0.8])))
    asked.ship(file_of(scalars([0.5, 0.25])))
    board = f"/v1/boards/{name_board([other, asked.run_id])}"

    def points(run: str) -> list[float]:
        query = httpx.QueryParams(tag="epoch_loss", run=run)
        found = asked.get_at(f"{board}/data/plugin/scalars/scalars?{query}").json()
        return [round(value, 2) for _, _, value in found]

    page, runs = asked.get_at(f"{board}/"), asked.get_at(f"{board}/data/runs").json()
    assert (page.status_code, runs) == (200, ["run 0/train", "run 1/train"])
    assert (points("run 0/train"), points("run 1/train")) == ([0.5, 0.25], [0.8])
    ship(asked.blobs, other, file_of(scalars([0.4], first_step=1)))
    until(lambda: points("run 1/train") == [0.8, 0.4])
    assert len(asked.boards.boards) == 1


def test_boards_over_several_runs_make_room_for_one_another(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of runs there are so many; of selections there is no end."""
    monkeypatch.setattr("boards.open_boards.MOST_TOGETHER", 4)
    runs = [new_id("run") for _ in range(4)]
    asked.known |= {one: [one] for one in runs}
    first, second, third = (name_board(pair) for pair in (runs[:2], runs[1:3], runs[2:]))
    for one in (first, second, third):
        assert asked.get_at(f"/v1/boards/{one}/data/runs").json() == []

    until(lambda: set(asked.boards.boards) == {second, third})


@pytest.mark.parametrize("board", ["brd_", "brd_AAAA", "brd_..", f"brd_{'A' * 5000}", "brd_%2e%2e"])
def test_what_no_board_is_called_has_none(asked: Asked, board: str) -> None:
    assert asked.get_at(f"/v1/boards/{board}/").status_code == 404


def test_only_event_files_are_copied(asked: Asked) -> None:
    asked.ship(b"model_checkpoint_path: '/etc/passwd'", path="train/projector_config.pbtxt")
    asked.ship(file_of(scalars([1.0])))
    assert asked.get("data/runs").json() == ["train"]

    copied = [path.name for path in (asked.home / "cache").rglob("*") if path.is_file()]

    assert copied == [f"0000.000001.{NAME}"]


def test_a_run_without_event_files_shows_the_empty_page(asked: Asked) -> None:
    page = asked.get()

    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert "script-src" in page.headers["content-security-policy"]
    assert b"url(/" not in page.content, "nothing is looked for outside of the board"
    assert asked.get("data/runs").json() == []


def test_the_page_tells_no_local_path(asked: Asked) -> None:
    assert asked.get("data/environment").json()["data_location"] == asked.run_id


def test_an_unknown_run_has_no_board(asked: Asked) -> None:
    assert asked.get(run_id=new_id("run")).status_code == 404
    assert asked.get(run_id="..").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"X-Horngate-Service": "another"}])
def test_who_does_not_bring_the_secret_is_refused(asked: Asked, headers: dict[str, str]) -> None:
    assert asked.get(headers=headers).status_code == 403
    assert asked.boards.boards == {}


def test_idle_boards_are_closed_and_leave_neither_thread_nor_file(tmp_path: Path) -> None:
    asked = Asked(tmp_path, idle_seconds=1)
    asked.ship(file_of(scalars([1.0])))
    assert asked.get("data/runs").json() == ["train"]

    until(lambda: not asked.boards.boards)

    until(lambda: not list((tmp_path / "cache").iterdir()))
    assert asked.get("data/runs").json() == ["train"], "it opens again when somebody looks"
    asked.boards.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("board")]


def test_boards_never_load_tensorflow() -> None:
    script = "import boards.app, sys; assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


def test_ten_boards_open_fast_and_small() -> None:
    """The whole figure, fifty boards under 500 MB, is `python -m bench.boards`."""
    script = "import json, bench.boards; print(json.dumps(bench.boards.measure(10)))"
    answer = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    figures = json.loads(answer.stdout.splitlines()[-1])

    assert figures["page, slowest, s"] < 1
    assert figures["memory with all open, MB"] - figures["memory before, MB"] < 100
