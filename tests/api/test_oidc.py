"""Signing in at an OpenID provider: who comes in, and what is refused."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from store.errors import SettingsRefused
from store.settings import read_settings
from tests.api.openid import CLIENT, SECRET, OpenId, running_openid, settings_with
from tests.api.serving import Service, running_api

CALLBACK = "/v1/session/oidc/callback"


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenId]:
    with running_openid() as provider:
        yield provider


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, provider: OpenId) -> Iterator[Service]:
    """An API in team mode that knows the provider."""
    with running_api(settings_with(provider, tmp_path_factory.mktemp("oidc"))) as service:
        yield service


@pytest.fixture
def browser(team: Service) -> Iterator[httpx.Client]:
    with team.client(key="") as browser:
        yield browser


@pytest.fixture
def ida(provider: OpenId) -> Iterator[dict[str, Any]]:
    """The person at the provider, who may be changed; afterwards the provider is honest again."""
    provider.person = {"sub": "ida-1", "email": "Ida@Ours.example", "email_verified": True, "name": "Ida"}
    yield provider.person
    provider.lies, provider.signing, provider.algorithm = {}, provider.keys[0], "RS256"


def come_back(browser: httpx.Client) -> str:
    """Through the provider, to the address with which it leads back."""
    to_provider = browser.get("/v1/session/oidc")
    assert to_provider.status_code == 303, to_provider.text
    return httpx.get(to_provider.headers["Location"]).headers["Location"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_somebody_of_an_allowed_domain_comes_in_and_is_the_same_the_next_time(
    team: Service, browser: httpx.Client, ida: dict[str, Any]
) -> None:
    first = browser.get(come_back(browser))
    me = browser.get("/v1/me").json()
    ida |= {"email": "other@elsewhere.example", "name": "Renamed"}
    with team.client(key="") as another:
        again = another.get(come_back(another))
        same = another.get("/v1/me").json()

    assert (first.status_code, first.headers["Location"], again.status_code) == (303, "/runs", 303)
    session, flow = first.headers.get_list("Set-Cookie")
    assert session.startswith("hg_session=")
    assert "SameSite=strict" in session
    assert flow.startswith('hg_sign_in="";')
    assert (me["user"]["name"], me["project"]["name"], me["signed_in_by"]) == ("Ida", "Ida", "session")
    assert me["user"]["is_admin"] is False
    assert same["user"]["id"] == me["user"]["id"]


def test_who_was_added_with_an_address_is_let_in_as_that_user(
    team: Service, browser: httpx.Client, ida: dict[str, Any]
) -> None:
    with team.client() as admin:
        asked = {"name": "Bo", "email": "Bo@Guests.example"}
        added = admin.post("/v1/users", json=asked).raise_for_status().json()["user"]
        taken = admin.post("/v1/users", json={"name": "Bo 2", "email": "bo@guests.EXAMPLE"})
    ida |= {"sub": "bo-1", "email": "bo@guests.example"}
    browser.get(come_back(browser))
    me = browser.get("/v1/me").json()["user"]
    with team.client() as admin:
        shown = {user["name"]: user["email"] for user in admin.get("/v1/users").json()["data"]}
    hidden = {user["email"] for user in browser.get("/v1/users").json()["data"]}
    ida["sub"] = "somebody else with that address"
    with team.client(key="") as second:
        refused = second.get(come_back(second))

    assert refusal(taken) == (409, "name_taken")
    assert me["id"] == added["id"]
    assert (shown["Bo"], shown["admin"], hidden) == ("bo@guests.example", None, {None})
    assert refusal(refused) == (403, "not_expected")


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"email": "eve@elsewhere.example"}, "not_expected"),
        ({"email": "eve@sub.ours.example"}, "not_expected"),
        ({"email": "eve@ours.example@elsewhere.example"}, "not_expected"),
        ({"email": "eve@ours.example", "email_verified": False}, "email_not_verified"),
        ({"email": "eve@ours.example", "email_verified": "true"}, "email_not_verified"),
        ({"email": None}, "email_not_verified"),
    ],
)
def test_who_is_not_expected_is_refused(
    browser: httpx.Client, ida: dict[str, Any], about: dict[str, Any], code: str
) -> None:
    ida |= {"sub": "eve", **about}

    assert refusal(browser.get(come_back(browser))) == (403, code)
    assert browser.get("/v1/me").status_code == 401


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(
    provider: OpenId, browser: httpx.Client, ida: dict[str, Any], lie: dict[str, Any]
) -> None:
    provider.lies = lie

    assert refusal(browser.get(come_back(browser))) == (401, "unauthorized")
    assert browser.get("/v1/me").status_code == 401


def test_a_token_that_the_provider_did_not_sign_is_refused(
    provider: OpenId, browser: httpx.Client, ida: dict[str, Any]
) -> None:
    for provider.signing, provider.algorithm in (
        (RSAKey.generate_key(2048, {"kid": "first"}), "RS256"),
        (RSAKey.generate_key(2048, {"kid": "unknown"}), "RS256"),
        (OctKey.import_key(SECRET + " and more than long enough for it", {"kid": "first"}), "HS256"),
    ):
        assert refusal(browser.get(come_back(browser))) == (401, "unauthorized")


def test_a_new_key_of_the_provider_is_looked_up(provider: OpenId, browser: httpx.Client, ida: dict[str, Any]) -> None:
    provider.keys.append(RSAKey.generate_key(2048, {"kid": "second"}))
    provider.signing = provider.keys[-1]

    assert browser.get(come_back(browser)).status_code == 303


def test_what_came_back_once_is_of_no_use_again_nor_in_another_browser(
    team: Service, browser: httpx.Client, ida: dict[str, Any]
) -> None:
    back = come_back(browser)
    state = browser.cookies["hg_sign_in"]
    with team.client(key="") as other:
        elsewhere = other.get(back)
    assert browser.get(back).status_code == 303
    again = browser.get(back)
    with team.client(key="", cookies={"hg_sign_in": state}) as thief:
        replayed = thief.get(back)

    assert [refusal(answer) for answer in (elsewhere, again, replayed)] == [(401, "unauthorized")] * 3


def test_a_code_of_another_sign_in_is_refused(team: Service, browser: httpx.Client, ida: dict[str, Any]) -> None:
    """PKCE: who slips in a code of their own has not the verifier that belongs to it."""
    with team.client(key="") as attacker:
        code = httpx.URL(come_back(attacker)).params["code"]
    state = httpx.URL(come_back(browser)).params["state"]

    answer = browser.get(CALLBACK, params={"code": code, "state": state})
    assert refusal(answer) == (401, "unauthorized")


def test_a_browser_is_told_on_the_sign_in_page_and_the_log_tells_the_rest(
    team: Service, browser: httpx.Client, ida: dict[str, Any]
) -> None:
    ida |= {"sub": "eve", "email": "eve@elsewhere.example"}
    answer = browser.get(come_back(browser), headers={"Accept": "text/html"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?refused=not_expected")
    assert browser.get("/version").json()["oidc"] == "Sign in with OpenID"


def test_a_disabled_user_stays_outside(team: Service, browser: httpx.Client, ida: dict[str, Any]) -> None:
    ida |= {"sub": "dora", "email": "dora@ours.example", "name": "Dora"}
    browser.get(come_back(browser))
    user = browser.get("/v1/me").json()["user"]["id"]
    with team.client() as admin:
        admin.patch(f"/v1/users/{user}", json={"disabled": True}).raise_for_status()

    assert refusal(browser.get(come_back(browser))) == (403, "disabled")


def test_names_that_are_taken_get_a_number(team: Service, browser: httpx.Client, ida: dict[str, Any]) -> None:
    ida |= {"sub": "another-admin", "email": "admin2@ours.example", "name": "admin"}
    browser.get(come_back(browser))
    me = browser.get("/v1/me").json()

    assert (me["user"]["name"], me["user"]["is_admin"]) == ("admin 2", False)


def test_without_a_provider_there_is_nothing(service: Service) -> None:
    with service.client(key="") as stranger, service.client() as admin:
        assert [stranger.get(path).status_code for path in ("/v1/session/oidc", CALLBACK)] == [401, 401]
        assert [admin.get(path).status_code for path in ("/v1/session/oidc", CALLBACK)] == [404, 404]
        assert admin.get("/version").json()["oidc"] is None


@pytest.mark.parametrize(
    ("mode", "issuer", "said"),
    [("local", "https://id.example", "local mode"), ("team", "http://id.example", "https://")],
)
def test_it_is_never_there_in_local_mode_nor_without_tls(
    monkeypatch: pytest.MonkeyPatch, mode: str, issuer: str, said: str
) -> None:
    monkeypatch.setenv("HORNGATE_MODE", mode)
    monkeypatch.setenv("HORNGATE_OIDC_ISSUER", issuer)

    with pytest.raises(SettingsRefused, match=f"HORNGATE_OIDC_ISSUER: .*{said}"):
        read_settings()
