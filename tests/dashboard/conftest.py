"""A signed-in browser, a small table, and a run that was trained on it."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.dashboard.browsing import open_browser, watched_page
from tests.stack import Stack, until

PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
FINAL = {"succeeded", "failed", "cancelled"}
SPEC = """
name: {name}
dataset: houses
targets: {{column: price, normalize: true}}
split: {{validation: 0.2, test: 0.1}}
model: {{kind: sequential, layers: ['Dense(8, activation="relu")', Dense(1)]}}
compile: {{optimizer: Adam(0.01), loss: mse, metrics: [mae]}}
fit:
  epochs: {epochs}
  batch_size: 32
  callbacks: ['ReduceLROnPlateau(factor=0.99, patience=1, min_delta=1000, verbose=1)'] # prints a line each epoch
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """One browser that holds a session; its pages are its tests' own."""
    context = browser.new_context(base_url=stack.url, viewport={"width": 1360, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(stack.http.post("/v1/sign-in-links").json()["url"])
    page.get_by_role("heading", name="Runs", level=1).wait_for()
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(signed_in: BrowserContext, stack: Stack) -> Iterator[Page]:
    with watched_page(signed_in, stack.url) as page:
        yield page


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 houses whose price follows from what they are."""
    chance = random.Random(7)
    path = tmp_path_factory.mktemp("table") / "houses.csv"
    rows = [(chance.randint(20, 220), chance.randint(0, 90), chance.choice(["bay", "inland"])) for _ in range(600)]
    lines = [f"{area},{age},{place},{area * 3 - age + 80 * (place == 'bay')}" for area, age, place in rows]
    path.write_text("\n".join(["area,age,place,price", *lines]) + "\n")
    return path


@pytest.fixture(scope="session")
def dataset(stack: Stack, table: Path) -> dict[str, Any]:
    answer = stack.http.post("/v1/datasets", files={"file": table.open("rb")}, data={"name": "houses"})
    return dict(answer.raise_for_status().json())


def submit(stack: Stack, *, name: str, epochs: int) -> str:
    """Queue a run on the houses; gives its id."""
    answer = stack.http.post("/v1/runs", json={"text": SPEC.format(name=name, epochs=epochs)})
    return str(answer.raise_for_status().json()["id"])


def wait_for_end(stack: Stack, run_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        run = stack.http.get(f"/v1/runs/{run_id}").raise_for_status().json()
        return run if run["status"] in FINAL else None

    return dict(until(ended, 120))


@pytest.fixture
def endless(stack: Stack, dataset: dict[str, Any]) -> Iterator[str]:
    """The id of a run that trains until somebody ends it; it does not outlive its test."""
    run_id = submit(stack, name="houses, live", epochs=20_000)
    yield run_id
    if stack.http.get(f"/v1/runs/{run_id}").json()["status"] not in FINAL:
        stack.http.post(f"/v1/runs/{run_id}:cancel").raise_for_status()
        wait_for_end(stack, run_id)


@pytest.fixture(scope="session")
def trained(stack: Stack, dataset: dict[str, Any]) -> dict[str, Any]:
    """A run that has ended well."""
    run = wait_for_end(stack, submit(stack, name="houses, trained", epochs=12))
    assert run["status"] == "succeeded", run["failure"]
    return run


@pytest.fixture(scope="session")
def again(stack: Stack, trained: dict[str, Any]) -> dict[str, Any]:
    """The same with larger batches."""
    clone = stack.http.post(f"/v1/runs/{trained['id']}:clone", json={"changes": {"fit": {"batch_size": 64}}})
    return wait_for_end(stack, clone.raise_for_status().json()["id"])
