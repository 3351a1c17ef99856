"""A real browser over a real service: Chromium from PATH, watched for errors and for requests that leave the origin."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "dashboard" / "dist" / "index.html"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
)
REMEDY = (
    "The dashboard's tests drive a Chromium from PATH and found none "
    f"({', '.join(NAMES)}). Install one: `apt-get install chromium`, `dnf install chromium` or `brew install chromium`."
)

TRY_POWERS = """async () => {
  const tried = async (ask) => { try { return await ask() } catch (error) { return error.name } }
  return {
    origin: self.origin,
    cookie: document.cookie,
    above: await tried(() => parent.document.title),
    opened: await tried(() => window.open('/runs').document.title),
    api: await tried(async () => (await fetch('/v1/me', { credentials: 'include' })).status),
    change: await tried(async () => (await fetch('/v1/keys', { method: 'POST', credentials: 'include' })).status),
  }
}"""


def find_chromium() -> str:
    """Its path; fails with what to install."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, REMEDY
    return found


def open_browser(playwright: Playwright) -> Browser:
    assert BUILT.is_file(), "The dashboard is not built: run `make dashboard`."
    return playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))


@dataclass
class Watch:
    """What a page did that no page should: errors in the console, requests to another origin."""

    origin: str
    expected: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(one in text for one in self.expected):
            self.errors.append(text)

    def see(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.foreign.append(request.url)


@contextmanager
def watched_page(context: BrowserContext, origin: str, *expected: str) -> Iterator[Page]:
    """A page that must end without errors (but those `expected`) and without a request to anyone else."""
    watch = Watch(origin, expected)
    page = context.new_page()
    page.on("console", watch.hear)
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    page.on("request", watch.see)
    yield page
    page.close()
    assert watch.errors == []
    assert watch.foreign == []


def refuse_powers(page: Page) -> None:
    """A board's scripts reach neither the page around it, nor another one of the dashboard's, nor the API."""
    frame = next(frame for frame in page.frames if "/boards/" in frame.url)
    found = frame.evaluate(TRY_POWERS)
    assert found.pop("opened") in {"SecurityError", "TypeError"}
    assert found == {
        "origin": "null",
        "cookie": "",
        "above": "SecurityError",
        "api": "TypeError",
        "change": "TypeError",
    }
