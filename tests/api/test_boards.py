"""TensorBoard behind the API: what reaches it, and what comes back."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.api.serving import Service, free_port, running_api, running_part, running_valkey, settings_for
from tests.boards.written_events import file_of, scalars, ship


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An API with the real boards."""
    settings = settings_for(tmp_path_factory.mktemp("boards"))
    with running_valkey(settings), running_api(settings) as service, running_part(service, "boards", "boards"):
        yield service


@pytest.fixture
def board(beside: Service) -> str:
    """The address of a run's board, with one curve in it."""
    run_id = beside.add_run("on board")
    ship(beside.blobs, run_id, file_of(scalars([0.5, 0.25, 0.125])))
    return f"/v1/runs/{run_id}/tensorboard"


def test_a_board_is_a_page_under_the_runs_address(beside: Service, board: str) -> None:
    with beside.client() as http:
        page = http.get(f"{board}/")

    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert "TensorBoard" in page.text


def test_a_board_keeps_tensorboards_own_policy(beside: Service, board: str) -> None:
    """It needs unsafe-eval, and does not load in a sandbox."""
    with beside.client() as http:
        policy = http.get(f"{board}/").headers.get_list("Content-Security-Policy")

    assert len(policy) == 1
    assert "'unsafe-eval'" in policy[0]
    assert "sandbox" not in policy[0]


def test_without_its_last_slash_the_address_leads_there(beside: Service, board: str) -> None:
    with beside.client() as http:
        answer = http.get(board)

    assert (answer.status_code, answer.headers["Location"]) == (307, f"{board}/")


def test_curves_come_through_with_their_query(beside: Service, board: str) -> None:
    with beside.client() as http:
        [run] = http.get(f"{board}/data/runs").json()
        asked = {"run": run, "tag": "epoch_loss"}
        points = http.get(f"{board}/data/plugin/scalars/scalars", params=asked).json()

    assert [value for _, _, value in points] == [0.5, 0.25, 0.125]


def test_posts_come_through(beside: Service, board: str) -> None:
    """The time series tab asks by POST."""
    with beside.client() as http:
        run = http.get(f"{board}/data/runs").json()[0]
        form = {"requests": f'[{{"plugin":"scalars","tag":"epoch_loss","run":"{run}"}}]'}
        answer = http.post(f"{board}/data/plugin/timeseries/timeSeries", data=form)

    assert answer.status_code == 200
    assert "epoch_loss" in answer.text


def test_a_stranger_sees_no_board(beside: Service, board: str) -> None:
    with beside.client(key="") as stranger:
        assert stranger.get(f"{board}/").status_code == 401


def test_an_unknown_run_has_no_board(beside: Service) -> None:
    with beside.client() as http:
        assert http.get("/v1/runs/run_none/tensorboard/").json()["code"] == "unknown_run"


def test_with_the_boards_away_the_problem_says_so(service: Service) -> None:
    with service.client() as http:
        answer = http.get(f"/v1/runs/{service.add_run('boardless')}/tensorboard/")

    assert (answer.status_code, answer.json()["code"]) == (503, "boards_away")


def test_neither_cookie_nor_key_are_passed_on_and_no_cookie_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A server in the boards' place tells what it was sent."""
    seen: list[dict[str, str]] = []

    class Telling(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Set-Cookie", "hg_session=stolen")
            self.send_header("X-Kept", "yes")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Telling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = settings_for(tmp_path_factory.mktemp("told"), boards_url=f"http://127.0.0.1:{server.server_port}")
    headers = {
        "Cookie": "hg_session=x",
        "X-Horngate-Service": "guess",
        "Connection": "X-Hop",
        "X-Hop": "1",
        "X-Own": "2",
    }
    with running_api(settings) as service, service.client() as http:
        answer = http.post(f"/v1/runs/{service.add_run('told')}/tensorboard/x", content=b"asked", headers=headers)
    server.shutdown()
    server.server_close()

    assert not {"cookie", "authorization", "x-hop"} & seen[0].keys()
    assert seen[0]["x-own"] == "2"
    assert seen[0]["x-horngate-service"] not in ("", "guess")
    assert (answer.content, answer.headers["X-Kept"]) == (b"asked", "yes")
    assert "Set-Cookie" not in answer.headers
