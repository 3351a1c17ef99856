"""axe finds nothing, in light and in dark; a phone's width does not break the pages one looks at on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.dashboard.browsing import ROOT
from tests.stack import Stack

AXE = ROOT / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    "/runs",
    "/runs/{id}",
    "/runs/{id}?tab=curves",
    "/runs/{id}?tab=log",
    "/runs/{id}?tab=layers",
    "/compare?runs={id},{again}",
)
MORE = (
    "/compare?runs={id},{again}&tab=log",
    "/compare?runs={id},{again}&tab=models",
    "/runs/{id}?tab=evaluation",
    "/runs/{id}?tab=predict",
    "/runs/{id}?tab=artifacts",
    "/datasets",
    "/datasets/{dataset}",
    "/new",
    "/new?dataset=houses&target=price",
    "/floor",
)
# Only the pages' own rules: TensorBoard's markup is not ours.
RUN_AXE = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'best-practice']})"


def faults_of(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate(RUN_AXE)
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


def settle(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for()
    expect(page.locator("[role=status][aria-label^=Loading]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", [*PAGES, *MORE])
def test_axe_finds_nothing(
    signed_in: BrowserContext, trained: dict[str, Any], again: dict[str, Any], address: str, scheme: Any
) -> None:
    page = signed_in.new_page()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    settle(page, address.format(id=trained["id"], again=again["id"], dataset=trained["datasets"][0]["id"]))
    assert faults_of(page) == []
    page.close()


def test_the_sign_in_page_has_no_fault_either(browser: Browser, stack: Stack) -> None:
    with browser.new_context(base_url=stack.url) as context:
        page = context.new_page()
        settle(page, "/sign-in")
        assert faults_of(page) == []


def open_and_look(page: Page, role: Any, name: str) -> list[str]:
    """What axe finds while this is open; closed again afterwards."""
    page.get_by_role(role, name=name, exact=True).first.click()
    page.locator("[role=menu], [role=dialog], [role=listbox]").filter(visible=True).first.wait_for()
    found = [f"{name}: {fault}" for fault in faults_of(page)]
    page.keyboard.press("Escape")
    return found


def test_what_opens_over_a_page_has_no_fault_either(signed_in: BrowserContext, trained: dict[str, Any]) -> None:
    page = signed_in.new_page()
    page.emulate_media(reduced_motion="reduce")
    settle(page, "/runs")
    found = [*open_and_look(page, "button", "Account"), *open_and_look(page, "button", "Columns")]
    for keys in ("Control+k", "?"):
        page.keyboard.press(keys)
        page.get_by_role("dialog").wait_for()
        found += [f"{keys}: {fault}" for fault in faults_of(page)]
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    settle(page, f"/runs/{trained['id']}")
    found += open_and_look(page, "button", "More actions")
    page.get_by_role("button", name="More actions").click()
    found += open_and_look(page, "menuitem", "Delete the run")
    settle(page, f"/datasets/{trained['datasets'][0]['id']}")
    found += [*open_and_look(page, "button", "Train on this"), *open_and_look(page, "button", "More actions")]
    settle(page, "/new")
    found += open_and_look(page, "combobox", "Data set")
    settle(page, "/people")
    found += faults_of(page)
    page.close()
    assert found == []


@pytest.mark.parametrize("address", [*PAGES, "/people"])
def test_nothing_is_wider_than_a_phone(
    signed_in: BrowserContext, trained: dict[str, Any], again: dict[str, Any], address: str
) -> None:
    page = signed_in.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page, address.format(id=trained["id"], again=again["id"]))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
