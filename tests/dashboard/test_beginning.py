"""From a table on one's disk to a run: upload, look, suggest, mend, submit."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.dashboard.browsing import watched_page
from tests.stack import Stack

REFUSED = "422"  # Chromium itself reports a refused request in the console


def test_an_uploaded_table_is_profiled_and_trained_on(page: Page, table: Path, tmp_path: Path) -> None:
    homes = tmp_path / "My homes.csv"
    homes.write_bytes(table.read_bytes().replace(b"area,", b"size,"))

    page.goto("/datasets")
    page.locator("input[type=file]").set_input_files(homes)
    expect(page.get_by_role("heading", name="my-homes@1")).to_be_visible()
    columns = page.get_by_role("table", name="Columns")
    expect(
        columns.get_by_role("row").filter(has_text="size").get_by_role("img", name="Histogram of size")
    ).to_be_visible()
    expect(columns.get_by_role("row").filter(has_text="place")).to_contain_text("inland")
    expect(page.get_by_role("table", name="Rows").get_by_role("row")).to_have_count(21)

    page.get_by_role("button", name="Train on this").click()
    page.get_by_role("button", name="Make a spec").click()
    expect(page.locator("[data-verdict=good]")).to_be_visible()

    page.get_by_role("combobox", name="Add a layer").fill("Dropout")
    page.get_by_role("option", name="Dropout Applies dropout").click()
    page.get_by_role("button", name="Arguments of layer 1").click()
    page.get_by_role("textbox", name="units").fill("16")
    page.get_by_role("textbox", name="Epochs").fill("3")
    expect(page.get_by_role("list", name="Layers")).to_contain_text("(batch, 16)")
    page.get_by_text("Text", exact=True).click()
    expect(page.get_by_role("textbox", name="Spec")).to_contain_text(
        re.compile(r"Dense\(16.*Dropout\(0.2\).*epochs: 3")
    )
    page.get_by_text("Form", exact=True).click()
    page.get_by_role("button", name="Try in small").click()
    expect(page.get_by_text("It works in small")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile(r"/runs/run_"))


def test_a_table_that_cannot_be_read_is_refused_with_its_reason(
    signed_in: BrowserContext, stack: Stack, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\x00\x01\x02" * 100)
    with watched_page(signed_in, stack.url, REFUSED, "415") as page:
        page.goto("/datasets")
        page.locator("input[type=file]").set_input_files(broken)
        expect(page.get_by_role("alert")).to_contain_text("broken.csv was not taken")


def test_a_fault_is_shown_in_the_margin_mended_and_submitted(
    signed_in: BrowserContext, stack: Stack, dataset: dict[str, Any]
) -> None:
    with watched_page(signed_in, stack.url, REFUSED) as page:
        page.goto("/new")
        page.get_by_role("button", name=re.compile("Regression")).click()
        page.get_by_text("Text", exact=True).click()
        editor = page.get_by_role("textbox", name="Spec")
        expect(editor).to_contain_text("model:")

        editor.fill(SPEC_WITH_FAULT)
        expect(page.locator("[data-verdict=bad]")).to_be_visible()
        expect(page.locator(".cm-gutter-lint .cm-lint-marker-error").first).to_be_visible()
        expect(page.get_by_role("list", name="Faults")).to_contain_text("Dens")
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()

        editor.fill(SPEC_WITH_FAULT.replace("Dens(", "Dense("))
        expect(page.locator("[data-verdict=good]")).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("The model, .* layers"))).to_contain_text("(batch, 16)")
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page).to_have_url(re.compile(r"/runs/run_"))
        expect(page.get_by_role("heading", name="houses, mended")).to_be_visible()


SPEC_WITH_FAULT = """name: houses, mended
dataset: houses
targets: price
model:
  kind: sequential
  layers: [Dens(16), Dense(1)]
compile: {loss: mse}
fit: {epochs: 2}
"""


def test_the_floor_shows_who_works(page: Page) -> None:
    page.goto("/floor")
    expect(page.get_by_role("table", name="Workers").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
