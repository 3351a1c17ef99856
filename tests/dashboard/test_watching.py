"""A run while it lives: progress, curves, log, and the end that one asked for."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.dashboard.conftest import wait_for_end
from tests.stack import Stack


def test_a_run_is_seen_live_and_stopped_with_its_work_kept(page: Page, stack: Stack, endless: str) -> None:
    page.goto("/runs")
    row = page.get_by_role("row").filter(has=page.locator(f"a[href$='{endless}']"))
    expect(row.get_by_text(re.compile(r"\d+ / 20000"))).to_be_visible()
    row.get_by_role("link", name="houses, live").click()

    chart = page.locator("[data-chart=loss]")
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart).to_contain_text("validation")
    shown = chart.get_by_text(re.compile(r"^epoch \d+"))
    before = shown.inner_text()
    expect(shown).not_to_have_text(before, timeout=10_000)
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 20000"))).to_be_visible()

    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("log")).to_contain_text("ReduceLROnPlateau")

    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop and keep").click()
    expect(page.locator("[data-status=succeeded]")).to_be_visible()
    assert wait_for_end(stack, endless)["ended_by"] == "stop"


def test_a_cancelled_run_asks_first_and_then_says_so(page: Page, stack: Stack, endless: str) -> None:
    page.goto(f"/runs/{endless}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Cancel the run").click()
    page.get_by_role("button", name="Leave it").click()
    assert stack.http.get(f"/v1/runs/{endless}").json()["wanted"] == "run"

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Cancel the run").click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.locator("[data-status=cancelled]")).to_be_visible()


def test_the_list_is_filtered_by_status_and_name_in_the_address(page: Page, trained: dict[str, Any]) -> None:
    page.goto("/runs")
    page.get_by_label("Search by name").fill("trained")
    expect(page).to_have_url(re.compile("search=trained"))
    link = page.locator(f"a[href$='{trained['id']}']")
    expect(link).to_be_visible()

    page.get_by_role("search").get_by_text("Failed", exact=True).click()
    expect(page.get_by_text("No run is like that")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(link).to_be_visible()
