"""A component from its first line to the run that uses it: looked at, mended, saved, compared."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.dashboard.browsing import watched_page
from tests.dashboard.conftest import wait_for_end
from tests.dashboard.test_accessibility import faults_of
from tests.stack import Stack

PATIENCE_MS = 60_000
LOSS = """import keras
import random


class HalfSquare(keras.losses.Loss):
    def call(self, y_true, y_pred):
        weight = random.random()
        return weight * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)
"""
SOUND = LOSS.replace("import random\n", "").replace("random.random()", "0.5")


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox", name=re.compile("Source of")).fill(text)


def test_a_loss_is_looked_at_mended_saved_and_compared(signed_in: BrowserContext, stack: Stack, tmp_path: Path) -> None:
    with watched_page(signed_in, stack.url) as page:
        page.goto("/components/new")
        page.get_by_label("Open a file").set_input_files(
            {"name": "browsed.py", "mimeType": "text/x-python", "buffer": LOSS.encode()}
        )
        page.get_by_role("button", name="Save as version 1").click()
        expect(page.get_by_role("dialog")).to_contain_text("The doctor found an error", timeout=PATIENCE_MS)
        page.get_by_role("button", name="Leave it").click()
        finding = page.get_by_role("list", name="Findings").get_by_role("button").first
        expect(finding).to_contain_text(re.compile("traced-constant.*browsed.py, line 7.*Draw random numbers"))
        expect(page.locator(".cm-gutter-lint .cm-lint-marker-error")).to_have_count(1)
        assert faults_of(page) == []
        finding.click()
        expect(page.locator(".cm-activeLine")).to_contain_text("random.random()")

        write(page, SOUND)
        page.get_by_role("button", name="Save as version 1").click()
        expect(page.get_by_role("heading", name="browsed@1")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("[data-verdict=good]")).to_be_visible()
        expect(page.get_by_role("table", name="What it offers")).to_contain_text("browsed.HalfSquare()")

        write(page, SOUND.replace("0.5", "0.25"))
        page.get_by_role("link", name="Data", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Leave it").click()
        page.get_by_role("button", name="Save as version 2").click()
        expect(page.get_by_role("heading", name="browsed@2")).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("table", name="Versions").get_by_role("link", name="What differs").click()
        expect(page).to_have_url(re.compile("from=1"))
        expect(page.locator(".cm-deletedChunk")).to_contain_text("weight = 0.5")
        expect(page.locator(".cm-changedLine")).to_contain_text("weight = 0.25")
        assert faults_of(page) == []

        page.goto("/components")
        row = page.get_by_role("row").filter(has_text="browsed")
        expect(row).to_contain_text("HalfSquare loss")
        assert faults_of(page) == []


def test_a_version_says_which_runs_use_it(page: Page, stack: Stack, dataset: dict[str, object]) -> None:
    source = LOSS.replace("import random\n", "").replace("random.random()", "1.0").replace("HalfSquare", "PlainSquare")
    component = stack.http.post("/v1/components", json={"name": "used_here", "source": source}).json()
    spec = {
        "name": "with a loss of one's own",
        "dataset": "houses",
        "targets": "price",
        "model": {"kind": "sequential", "layers": ["Dense(1)"]},
        "compile": {"loss": "used_here.PlainSquare()"},
        "fit": {"epochs": 1},
    }
    run = stack.http.post("/v1/runs", json={"spec": spec}).raise_for_status().json()
    try:
        page.goto(f"/components/{component['id']}")
        table = page.get_by_role("table", name="Runs that use it")
        expect(table.get_by_role("link", name="with a loss of one's own")).to_have_attribute(
            "href", f"/runs/{run['id']}"
        )
    finally:
        wait_for_end(stack, run["id"])
