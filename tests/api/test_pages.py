"""The dashboard's files."""

import asyncio
from pathlib import Path

import httpx
import pytest

from api.dashboard.pages import Pages

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build: an index and one asset."""
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<title>Horngate</title>")
    (tmp_path / "dist" / "assets" / "app-1a2b.js").write_text("go()")
    (tmp_path / "secret").write_text("secret")
    return tmp_path / "dist"


def ask(folder: Path, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """One request to the pages alone."""

    async def ask_them() -> httpx.Response:
        transport = httpx.ASGITransport(Pages(folder))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask_them())


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/run_01J", "/sign-in"])
def test_every_address_that_the_dashboard_draws_gets_its_index(dist: Path, path: str) -> None:
    answer = ask(dist, path, **HTML)

    assert (answer.status_code, answer.text) == (200, "<title>Horngate</title>")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_an_asset_may_be_kept_for_ever(dist: Path) -> None:
    answer = ask(dist, "/assets/app-1a2b.js")

    assert answer.text == "go()"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/assets/gone.js", "/../secret", "/%2e%2e/secret", "/assets/../../secret"])
def test_no_other_file_is_served(dist: Path, path: str) -> None:
    assert ask(dist, path).status_code == 404


def test_pages_are_only_read(dist: Path) -> None:
    assert ask(dist, "/", "POST").status_code == 405


def test_where_nothing_was_built_a_page_says_how_to(tmp_path: Path) -> None:
    answer = ask(tmp_path, "/", **HTML)

    assert "make dashboard" in answer.text
    assert ask(tmp_path, "/app.js").status_code == 404
