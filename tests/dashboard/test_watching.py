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

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Change it under way").click()
    page.get_by_role("textbox", name="Learning rate").fill("0.002")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert stack.http.get(f"/v1/runs/{endless}").json()["live"]["learning_rate"] == 0.002

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


def test_runs_are_found_by_what_one_types_and_the_address_says_it(page: Page, trained: dict[str, Any]) -> None:
    page.goto("/runs")
    page.get_by_label("Search by name, or filter").fill("trained val_loss<1e9 ")
    link = page.locator(f"a[href$='{trained['id']}']")
    expect(link).to_be_visible()
    expect(page.locator("[data-filter=metric]")).to_have_text("val_loss<1e9")
    expect(page).to_have_url(re.compile("q=val_loss%3C1e9"))

    page.get_by_role("search").get_by_text("Failed", exact=True).click()
    expect(page.get_by_text("No run is like that")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(link).to_be_visible()

    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="batch_size", exact=True).check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Best").click()
    expect(page.get_by_role("columnheader", name="Best")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile(r"columns=.*p.fit.batch_size"))
    expect(page.get_by_role("row").filter(has=link)).to_contain_text("32")


def test_runs_chosen_by_the_keyboard_are_compared_and_the_best_is_named(
    page: Page, trained: dict[str, Any], again: dict[str, Any]
) -> None:
    page.goto("/runs?q=status:succeeded houses, trained&sort=created_at")
    expect(page.get_by_role("row")).to_have_count(3)
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.get_by_role("toolbar")).to_contain_text("2 runs")
    page.keyboard.press("c")

    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    expect(page.locator("[data-chart=loss] canvas")).to_be_visible()
    row = page.get_by_role("table", name="Differences").get_by_role("row").filter(has_text="fit.batch_size")
    expect(row).to_contain_text(re.compile("32.*64"))
    best = min((trained, again), key=lambda run: run["best"]["metrics"]["val_loss"])
    score = page.get_by_role("table", name="Differences").get_by_role("row").filter(has_text=re.compile("^val_loss"))
    column = [trained["id"], again["id"]].index(best["id"])
    expect(score.get_by_role("cell").nth(column)).to_have_attribute("data-best", "true")

    with page.expect_download() as download:
        page.get_by_role("button", name="Save the chart loss").click()
        page.get_by_role("menuitem", name="Numbers (CSV)").click()
    assert download.value.path().read_text().startswith('epoch,"houses, trained"')


def test_runs_are_grouped_and_groups_open_and_close(page: Page, trained: dict[str, Any], again: dict[str, Any]) -> None:
    page.goto("/runs?q=status:succeeded houses, trained")
    page.get_by_role("combobox", name="Group by").click()
    page.get_by_role("option", name="fit.batch_size").click()
    heads = [page.get_by_role("button", name=re.compile(f"batch_size {size} 1 run .*best.*median")) for size in (64, 32)]
    for head in heads:
        expect(head).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("row")).to_have_count(5)

    heads[0].click()
    expect(page.get_by_role("row")).to_have_count(4)
    expect(page).to_have_url(re.compile("group=p.fit.batch_size&closed=%253D64"))
    page.keyboard.press("j")
    expect(page.locator(f"a[href='/runs/{trained['id']}']")).to_be_focused()
    page.reload()
    expect(heads[0]).to_have_attribute("aria-expanded", "false")
    page.get_by_role("checkbox", name="Choose batch_size: 64").check()
    expect(page.get_by_role("toolbar")).to_contain_text("1 run")


def test_a_run_is_gone_to_by_a_part_of_its_name_and_the_keys_are_listed(page: Page, trained: dict[str, Any]) -> None:
    page.goto("/datasets")
    expect(page.get_by_role("heading", name="Data", level=1)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("table", name="Keys")).to_contain_text("Compare what is ticked")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to a page or a run").fill("trained")
    expect(page.get_by_role("option", name="houses, trained").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runs/run_"))
