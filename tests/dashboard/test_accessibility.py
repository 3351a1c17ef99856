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


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_wider_than_a_phone(
    signed_in: BrowserContext, trained: dict[str, Any], again: dict[str, Any], address: str
) -> None:
    page = signed_in.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page, address.format(id=trained["id"], again=again["id"]))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
