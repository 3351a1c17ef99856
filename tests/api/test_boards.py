"""TensorBoard behind the API: what reaches it, and what comes back."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import numpy as np
import pytest

from api.boards.tickets import Tickets
from store.boards import name_board
from store.ids import new_id
from store.settings import Settings
from tests.api.serving import Service, free_port, running_api, running_part, running_valkey, settings_for
from tests.api.tenants import Tenants
from tests.boards.written_events import file_of, histogram, scalars, ship


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An API with the real boards."""
    settings = settings_for(tmp_path_factory.mktemp("boards"))
    with running_valkey(settings), running_api(settings) as service, running_part(service, "boards", "boards"):
        yield service


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An API that boards have an origin of their own at; the boards themselves are away."""
    port = free_port()
    settings = Settings(
        home=tmp_path_factory.mktemp("apart"), mode="local", port=port, boards_origin=f"http://localhost:{port}"
    )
    with running_api(settings) as service:
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


@pytest.fixture
def browser(beside: Service) -> Iterator[httpx.Client]:
    with beside.browser(beside.key) as browser:
        yield browser


def lead(browser: httpx.Client, board: str) -> str:
    """The address with a ticket, to which a browser is led."""
    return browser.get(f"{board}/").headers["Location"]


@pytest.mark.parametrize("step", ["..", "%2e%2e", "..%2f..%2f..", "%252e%252e", "."])
def test_no_address_climbs_to_another_runs_board(beside: Service, board: str, step: str) -> None:
    """Who may see one run could otherwise look at anybody's."""
    other = beside.add_run("of others")
    ship(beside.blobs, other, file_of(scalars([77.0])))
    path = f"{board}/{step}/{step}/{other}/tensorboard/data/plugin/scalars/scalars?run=train&tag=epoch_loss"
    with socket.create_connection((beside.settings.host, beside.settings.port)) as connection:
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {beside.key}\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert b" 404 " in answer.partition(b"\r\n")[0]
    assert b"77.0" not in answer


class TestTickets:
    """Browsers reach a board by an address of its own, without their cookie."""

    def test_a_browser_is_led_to_where_the_page_is_shut_in(
        self, beside: Service, board: str, browser: httpx.Client
    ) -> None:
        led = browser.get(f"{board}/data/runs?x=1")
        with beside.client(key="") as nobody:
            page = nobody.get(lead(browser, board))
            runs = nobody.get(led.headers["Location"])

        rules = [rule.strip() for rule in page.headers["Content-Security-Policy"].split(";")]
        assert led.status_code == 307
        assert led.headers["Location"].endswith("/data/runs?x=1")
        assert (page.status_code, "TensorBoard" in page.text, runs.json()) == (200, True, ["train"])
        assert rules[0] == "sandbox allow-scripts allow-downloads allow-popups"
        assert "default-src 'none'" in rules
        assert f"frame-ancestors 'self' {beside.settings.public_url}" in rules
        assert page.headers["Access-Control-Allow-Origin"] == "*"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Credentials" not in page.headers
        assert "Set-Cookie" not in page.headers

    def test_the_pages_own_requests_come_from_nowhere_and_are_let_through(
        self, beside: Service, board: str, browser: httpx.Client
    ) -> None:
        address = f"{lead(browser, board)}data/plugin/timeseries/timeSeries"
        form = {"requests": '[{"plugin":"scalars","tag":"epoch_loss","run":"train"}]'}
        with beside.client(key="") as page:
            page.headers.update({"Origin": "null", "Sec-Fetch-Site": "cross-site"})
            before = page.options(address, headers={"Access-Control-Request-Method": "POST"})
            answer = page.post(address, data=form)

        assert (before.status_code, before.headers["Access-Control-Allow-Headers"]) == (204, "*")
        assert (answer.status_code, "epoch_loss" in answer.text) == (200, True)

    def test_a_ticket_opens_one_board_and_nothing_else(
        self, beside: Service, board: str, browser: httpx.Client
    ) -> None:
        way, other = lead(browser, board), beside.add_run("another board")
        ship(beside.blobs, other, file_of(scalars([77.0])))
        ticket = way.split("/")[2]
        with beside.client(key="") as nobody, beside.client(key=ticket) as bearer:
            refused = [
                nobody.get(f"/boards/{ticket}x/").status_code,
                nobody.get(f"/boards/{ticket[:-1]}/").status_code,
                nobody.get("/boards/").status_code,
                bearer.get("/v1/me").status_code,
                nobody.get(f"/v1/runs/{other}/tensorboard/", headers={"Cookie": f"hg_session={ticket}"}).status_code,
            ]

        assert refused == [401] * 5

    def test_a_ticket_ends_with_the_session_that_asked_for_it(
        self, beside: Service, board: str, browser: httpx.Client
    ) -> None:
        way = lead(browser, board)
        with beside.client(key="") as nobody:
            before = nobody.get(way).status_code
            browser.delete("/v1/session").raise_for_status()
            after = nobody.get(way)

        assert (before, after.status_code, after.json()["code"]) == (200, 401, "unauthorized")

    def test_a_ticket_that_is_too_old_or_of_another_service_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        here, elsewhere = Tickets("a secret"), Tickets("another")
        written = here.write("run_1", "key_1")
        again = here.write("run_1", "key_1")
        read = here.read(written)
        assert read is not None
        assert (read.board, read.key_id, elsewhere.read(written), here.read("x")) == ("run_1", "key_1", None, None)
        monkeypatch.setattr("time.time", lambda: float(read.expires_at))

        assert written == again
        assert here.read(written) is None


class TestBoardsOverSeveralRuns:
    """One TensorBoard over a selection, which stands in its address."""

    def test_the_same_runs_are_the_same_board_and_each_is_named_in_it(self, beside: Service) -> None:
        names = ("wide", "deep/er", "..", "wide")
        first, second, third, fourth = runs = [beside.add_run(name) for name in names]
        for run_id in runs:
            ship(beside.blobs, run_id, file_of(scalars([0.5])))
        with beside.client() as http:
            made = http.post("/v1/boards", json={"runs": runs})
            again = http.post("/v1/boards", json={"runs": [*reversed(runs), first]})
            shown = http.get(f"{made.json()['url']}data/runs").json()
            page = http.get(made.json()["url"].rstrip("/"))

        called = [f"wide ({first[-6:]})", "deep_er", "run", f"wide ({fourth[-6:]})"]
        assert (made.status_code, again.json()) == (201, made.json())
        assert made.json()["runs"] == [
            {"id": run, "name": name} for run, name in zip((first, second, third, fourth), called, strict=True)
        ]
        assert sorted(shown) == sorted(f"{name}/train" for name in called)
        assert (page.status_code, page.headers["Location"]) == (307, made.json()["url"])

    def test_a_browser_is_led_to_it_by_a_ticket_for_it_alone(self, beside: Service, browser: httpx.Client) -> None:
        runs = [beside.add_run(name) for name in ("one", "two")]
        ship(beside.blobs, runs[0], file_of(scalars([0.5])))
        url = browser.post("/v1/boards", json={"runs": runs}).raise_for_status().json()["url"]
        led = browser.get(url)
        with beside.client(key="") as nobody:
            shown = nobody.get(f"{led.headers['Location']}data/runs")
            page = nobody.get(led.headers["Location"])

        assert led.status_code == 307
        assert (shown.json(), page.status_code) == (["one/train"], 200)
        assert page.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")

    def test_what_cannot_be_shown_is_refused_with_its_reason(self, beside: Service) -> None:
        silent, gone = [beside.add_run("silent") for _ in range(2)], new_id("run")
        with beside.client() as http:
            unknown = http.post("/v1/boards", json={"runs": [silent[0], gone]})
            empty = http.post("/v1/boards", json={"runs": silent})
            none, many = (http.post("/v1/boards", json={"runs": runs}) for runs in ([], [gone] * 51))
            nowhere = [http.get(f"/v1/boards/{one}/") for one in ("brd_x", name_board([silent[0], gone]))]

        assert (unknown.status_code, unknown.json()["code"], gone in unknown.json()["detail"]) == (
            404,
            "unknown_run",
            True,
        )
        assert (empty.status_code, empty.json()["code"]) == (404, "no_event_files")
        for refused in (none, many):
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/runs")
        assert [(answer.status_code, answer.json()["code"]) for answer in nowhere] == [(404, "unknown_board")] * 2

    def test_who_does_not_see_all_of_its_runs_sees_nothing_of_it(self, beside: Service) -> None:
        tenants = Tenants(beside, "boards")
        ours, theirs = tenants.add_run(tenants.ours), tenants.add_run(tenants.theirs)
        for run_id in (ours, theirs):
            ship(beside.blobs, run_id, file_of(scalars([77.0])))
        board = name_board([ours, theirs])
        with tenants.of(tenants.owner) as owner, tenants.of(tenants.viewer) as viewer, beside.client() as admin:
            refused = owner.post("/v1/boards", json={"runs": [ours, theirs]})
            looked = [owner.get(f"/v1/boards/{board}{path}") for path in ("", "/", "/data/runs")]
            own = viewer.post("/v1/boards", json={"runs": [ours]})
            seen = admin.get(f"/v1/boards/{board}/data/runs")

        assert (refused.status_code, repr(theirs) in refused.json()["detail"]) == (404, True)
        assert [answer.status_code for answer in looked] == [404] * 3
        assert (own.status_code, seen.status_code, len(seen.json())) == (201, 200, 2)


class TestHistograms:
    """What the trainer writes of its weights for TensorBoard is read by other pages, too."""

    def test_a_weight_is_shown_over_its_epochs_at_most_so_many_of_them(self, beside: Service) -> None:
        run_id = beside.add_run("weighed")
        weights = [histogram(step, tag=f"dense/{name}/histogram") for step in range(9) for name in ("kernel", "bias")]
        odd = histogram(0, tag="odd/histogram")
        odd.summary.value[0].tensor.tensor_content = np.full((30, 3), np.nan).tobytes()
        ship(beside.blobs, run_id, file_of([*weights, odd, *scalars([0.5])]))
        with beside.client() as http:
            names = http.get(f"/v1/runs/{run_id}/histograms").json()
            asked = httpx.QueryParams({"name": ["dense/kernel", "odd", "nothing"], "epochs": "3"})
            told = http.get(f"/v1/runs/{run_id}/histograms", params=asked).json()

        assert names == {"names": ["dense/kernel", "dense/bias", "odd"], "data": []}
        kernel, unread = told["data"]
        assert (kernel["name"], unread) == ("dense/kernel", {"name": "odd", "histograms": []})
        assert [one["epoch"] for one in kernel["histograms"]] == [1, 5, 9]
        for one in kernel["histograms"]:
            assert len(one["edges"]) == len(one["counts"]) + 1
            assert (one["edges"], sum(one["counts"])) == (sorted(one["edges"]), 2_000)

    def test_a_run_that_wrote_none_has_none(self, beside: Service) -> None:
        with beside.client() as http:
            told = http.get(f"/v1/runs/{beside.add_run('silent')}/histograms")

        assert (told.status_code, told.json()) == (200, {"names": [], "data": []})


class TestOriginOfTheirOwn:
    """HORNGATE_BOARDS_ORIGIN: TensorBoard there, and nothing else."""

    def test_boards_are_served_there_alone_and_nothing_else_is(self, apart: Service) -> None:
        run, there = apart.add_run("apart"), str(apart.settings.boards_origin)
        with apart.browser(apart.key) as browser:
            way = lead(browser, f"/v1/runs/{run}/tensorboard")
            shell = browser.get("/runs", headers={"Accept": "text/html"})
        with apart.client(key="") as nobody, apart.client() as admin:
            page = nobody.get(way)
            here = nobody.get(way.replace(there, apart.settings.public_url))
            others = [
                admin.get(f"{there}{path}", headers={"Accept": "text/html"})
                for path in ("/v1/me", "/v1/runs", f"/v1/runs/{run}/tensorboard/", "/", "/runs", "/healthz", "/metrics")
            ]
            sign_in = nobody.post(f"{there}/v1/session", json={"token": apart.key})

        assert way.startswith(f"{there}/boards/")
        assert (page.json()["code"], here.status_code, sign_in.status_code) == ("boards_away", 404, 404)
        assert [answer.status_code for answer in others] == [404] * 7
        assert apart.settings.public_url in others[0].json()["detail"]
        assert f"frame-src 'self' {there}" in shell.headers["Content-Security-Policy"]


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
