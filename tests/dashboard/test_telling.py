"""What ended while one looked elsewhere is told, and a failure leads to its mend."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.dashboard.conftest import SPEC, wait_for_end
from tests.dashboard.test_accessibility import faults_of
from tests.stack import Stack

LISTEN = """
window.told = []
Object.defineProperty(document, 'hidden', { get: () => true })
window.Notification = class extends Notification {
  constructor(title, options) {
    super(title, options)
    window.told.push([title, options.body])
  }
}
"""
"""The page believes that nobody sees it, and what the browser is asked to tell is written down, too."""


def test_a_run_that_fails_elsewhere_is_told_and_leads_to_a_changed_spec(
    page: Page, stack: Stack, dataset: dict[str, Any]
) -> None:
    page.context.grant_permissions(["notifications"])
    page.add_init_script(LISTEN)
    page.goto("/datasets")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Notify me when a run ends").click()
    expect(page.get_by_role("menuitem", name="Notify me when a run ends").get_by_label("on")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="houses").first).to_be_visible()
    text = SPEC.format(name="houses, diverging", epochs=3).replace("Adam(0.01)", "Adam(1e30)")
    run_id = stack.http.post("/v1/runs", json={"text": text}).raise_for_status().json()["id"]
    assert wait_for_end(stack, run_id)["failure"]["kind"] == "non_finite"

    toast = page.get_by_role("alert").filter(has_text="houses, diverging: Failed")
    expect(toast).to_be_visible()
    assert page.evaluate("told") == [["houses, diverging", "Failed"]]
    assert faults_of(page) == []
    toast.get_by_text("Show it").click()
    expect(page).to_have_url(re.compile(run_id))
    card = page.get_by_role("alert").filter(has_text="The loss is no longer a number")
    expect(card).to_be_visible()
    assert faults_of(page) == []
    card.get_by_role("link", name="Try again with a learning rate of 0.01").click()
    expect(page.get_by_text("compile.optimizer.config.learning_rate: 0.01")).to_be_visible()
    page.get_by_text("Form", exact=True).click()
    expect(page.get_by_label("Learning rate")).to_have_value("0.01")
