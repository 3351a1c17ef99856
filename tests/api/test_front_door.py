"""Who is let in."""

import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from api.app import route_requests
from tests.api.serving import Service, running_api, settings_for

OPEN = {"GET /healthz", "GET /readyz", "GET /version", "POST /v1/session", "POST /v1/invitations:accept"}
FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def list_operations() -> Iterator[tuple[str, str]]:
    """Every method of every route and mount, with something in the place of each parameter."""
    for route in iter_route_contexts(route_requests().routes):
        for method in sorted(route.methods or {"GET"}):
            yield method, re.sub(r"\{[^}]*\}", "x", route.path)


def test_every_route_is_closed_to_strangers_but_for_the_literal_list(service: Service) -> None:
    """Deny by default: a new route is closed until it is written into that list."""
    with service.client(key="") as stranger:
        answers = {f"{method} {path}": stranger.request(method, path).status_code for method, path in list_operations()}

    assert len(answers) > 40
    assert {operation for operation, status in answers.items() if status != 401} == OPEN


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/../v1/runs", "/v1/openapi.json", "/metrics"])
def test_an_address_of_the_api_that_does_not_exist_tells_a_stranger_nothing(service: Service, path: str) -> None:
    with service.client(key="") as stranger:
        assert stranger.get(path).status_code == 401


@pytest.mark.parametrize("path", ["//v1/runs", "/V1/runs", "/%2e%2e/pyproject.toml", "/assets/../../pyproject.toml"])
def test_what_is_no_address_of_the_api_reaches_files_of_the_dashboard_alone(service: Service, path: str) -> None:
    with service.client(key="") as stranger:
        answer = stranger.get(path)

    assert answer.status_code == 404
    assert 'horngate"' not in answer.text


def test_websockets_are_refused(service: Service) -> None:
    with socket.create_connection((service.settings.host, service.settings.port)) as connection:
        connection.sendall(
            b"GET /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b" 101 " not in connection.recv(4096)


@pytest.mark.parametrize("key", ["hg_wrong", "x", "ü".encode().decode("latin-1")])
def test_a_wrong_key_is_refused_as_a_problem_that_says_how_to_come_in(service: Service, key: str) -> None:
    with service.client(key="") as stranger:
        answer = stranger.get("/v1/me", headers={b"Authorization": b"Bearer " + key.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"


def test_a_revoked_key_opens_nothing_from_that_moment(service: Service, http: httpx.Client) -> None:
    made = http.post("/v1/keys", json={"name": "for a while"}).json()
    with service.client(key=made["key"]) as other:
        assert other.get("/v1/me").status_code == 200
        assert http.delete(f"/v1/keys/{made['id']}").status_code == 204
        assert other.get("/v1/me").status_code == 401


def test_a_keys_secret_is_shown_once_and_never_listed(http: httpx.Client) -> None:
    made = http.post("/v1/keys", json={"name": "a secret", "expires_in_days": 1}).json()
    listed = http.get("/v1/keys").text

    assert made["key"].startswith("hg_")
    assert made["id"] in listed
    assert made["key"] not in listed


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80"])
def test_local_mode_answers_to_no_foreign_name(http: httpx.Client, host: str) -> None:
    """A page of another site could point a name of its own at this machine."""
    assert http.get("/v1/me", headers={"Host": host}).status_code == 421
    assert http.get("/", headers={"Host": host, "Accept": "text/html"}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8000"])
def test_local_mode_answers_to_every_name_of_this_machine(http: httpx.Client, host: str) -> None:
    assert http.get("/v1/me", headers={"Host": host}).status_code == 200


def test_every_answer_carries_the_headers_that_keep_browsers_careful(http: httpx.Client) -> None:
    for answer in (http.get("/v1/me"), http.get("/v1/nothing"), http.get("/healthz")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Cache-Control"] == "no-store"


class TestBrowserSessions:
    """Signing in by a one-time link, and what a session may do."""

    @pytest.fixture
    def browser(self, service: Service, http: httpx.Client) -> Iterator[httpx.Client]:
        """A browser that has followed a sign-in link."""
        link = http.post("/v1/sign-in-links").json()["url"]
        with service.browser(link.partition("#token=")[2]) as browser:
            yield browser

    def test_a_link_signs_in_once(self, service: Service, http: httpx.Client) -> None:
        link = http.post("/v1/sign-in-links").json()["url"]
        token = {"token": link.partition("#token=")[2]}
        with service.client(key="") as first, service.client(key="") as second:
            signed_in = first.post("/v1/session", json=token)
            refused = second.post("/v1/session", json=token)
            me = first.get("/v1/me").json()

        assert link.startswith(f"{service.settings.public_url}/sign-in#token=hg_")
        assert (signed_in.status_code, refused.status_code) == (201, 401)
        assert (me["user"]["name"], me["signed_in_by"]) == ("admin", "session")

    def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(self, service: Service) -> None:
        with service.client(key="") as browser:
            cookie = browser.post("/v1/session", json={"token": service.key}).headers["Set-Cookie"]

        assert cookie.startswith("hg_session=hg_")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie

    def test_a_session_is_no_key_and_a_key_is_no_session(self, service: Service, browser: httpx.Client) -> None:
        session = browser.cookies["hg_session"]
        with (
            service.client(key=session) as caller,
            service.client(key="", cookies={"hg_session": service.key}) as other,
        ):
            assert caller.get("/v1/me").status_code == 401
            assert other.get("/v1/me").status_code == 401

    @pytest.mark.parametrize("headers", [FOREIGN, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}])
    def test_a_foreign_page_changes_nothing_with_the_session(
        self, browser: httpx.Client, headers: dict[str, str]
    ) -> None:
        refused = browser.post("/v1/keys", json={"name": "stolen"}, headers=headers)

        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")
        assert browser.get("/v1/me", headers=headers).status_code == 200

    def test_our_own_page_may(self, service: Service, browser: httpx.Client) -> None:
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": service.settings.public_url}, {}):
            assert browser.post("/v1/keys", json={"name": "mine"}, headers=headers).status_code == 201

    def test_a_change_without_the_sessions_own_token_is_refused_with_the_mend(
        self, service: Service, browser: httpx.Client
    ) -> None:
        own = browser.headers.pop("X-CSRF-Token")
        with service.browser(service.key) as other:
            foreign = other.headers["X-CSRF-Token"]
        asked = {"Sec-Fetch-Site": "same-origin"}
        answers = [
            browser.post("/v1/keys", json={"name": "forged"}, headers={**asked, **shown})
            for shown in ({}, {"X-CSRF-Token": foreign}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": own})
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403, 201]
        told = [answer.json() for answer in answers[:3]]
        assert [problem["code"] for problem in told] == ["csrf_token_missing", "csrf_token_wrong", "csrf_token_wrong"]
        assert all("GET /v1/me" in problem["detail"] for problem in told)
        assert browser.cookies["hg_session"] not in own
        assert browser.delete("/v1/session").status_code == 403
        assert browser.get("/v1/me").status_code == 200

    def test_a_session_that_has_ended_is_told_so_before_its_token_is_looked_at(
        self, service: Service, browser: httpx.Client
    ) -> None:
        with service.client(key="", cookies={"hg_session": browser.cookies["hg_session"]}) as other:
            browser.delete("/v1/session").raise_for_status()
            assert other.post("/v1/keys", json={"name": "late"}).status_code == 401

    def test_a_key_needs_no_token_though_a_cookie_comes_along(self, service: Service, browser: httpx.Client) -> None:
        del browser.headers["X-CSRF-Token"]
        headers = {"Authorization": f"Bearer {service.key}"}

        assert browser.post("/v1/keys", json={"name": "by key"}, headers=headers).status_code == 201
        assert browser.get("/v1/me", headers=headers).json()["csrf_token"] is None

    def test_a_foreign_page_cannot_sign_somebody_in(self, service: Service) -> None:
        with service.client(key="") as browser:
            answer = browser.post("/v1/session", json={"token": service.key}, headers=FOREIGN)

        assert answer.status_code == 403

    def test_signing_out_ends_the_session_itself(self, service: Service, browser: httpx.Client) -> None:
        session = browser.cookies["hg_session"]
        assert browser.delete("/v1/session", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 204
        with service.client(key="", cookies={"hg_session": session}) as again:
            assert again.get("/v1/me").status_code == 401


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An API that takes few requests, over a database of its own."""
    limits = {"rate_limit": 8, "rate_limit_strangers": 8, "rate_limit_sign_ins": 2}
    settings = settings_for(tmp_path_factory.mktemp("hurried"), **limits)
    with running_api(settings) as service:
        yield service


class TestRates:
    """How often somebody may ask."""

    def test_a_key_that_asks_too_often_is_told_when_to_come_back_and_others_go_on(self, hurried: Service) -> None:
        with hurried.client() as client:
            made = client.post("/v1/keys", json={"name": "another"}).json()["key"]
            answers = [client.get("/v1/me") for _ in range(16)]
        with hurried.client(key=made) as other:
            assert other.get("/v1/me").status_code == 200

        assert [answer.status_code for answer in answers].count(200) <= 14
        assert answers[-1].status_code == 429
        assert answers[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60

    def test_guessing_is_stopped_before_the_next_token_is_looked_at(self, hurried: Service) -> None:
        """Whoever says that they come from elsewhere is not believed where no proxy stands in between."""
        with hurried.client(key="") as browser:
            wrong = [
                browser.post(
                    "/v1/session", json={"token": f"hg_{n}"}, headers={"X-Forwarded-For": f"10.0.0.{n}"}
                ).status_code
                for n in range(6)
            ]
            right = browser.post("/v1/session", json={"token": hurried.key})

        assert wrong[0] == 401
        assert (wrong[-1], right.status_code) == (429, 429)

    def test_strangers_are_counted_by_their_address_and_health_is_told_all_the_same(self, hurried: Service) -> None:
        with hurried.client(key="") as stranger:
            answers = [stranger.get("/v1/me").status_code for _ in range(20)]
            assert stranger.get("/healthz").status_code == 200

        assert answers[-1] == 429
