"""People, invitations and keys in the browser."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browsing import watched_page
from tests.stack import Stack

REFUSED = "401"  # Chromium itself reports a refused request in the console


def test_an_owner_invites_by_a_link_and_who_follows_it_is_in(
    browser: Browser, page: Page, stack: Stack, tmp_path: Path
) -> None:
    page.goto("/people")
    page.get_by_label("For whom").fill("Ida")
    page.get_by_label("Role", exact=True).select_option("viewer")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_role("status").locator("pre").inner_text()
    expect(page.get_by_role("table", name="Open invitations")).to_contain_text("Ida")

    with browser.new_context(base_url=stack.url) as context, watched_page(context, stack.url, REFUSED) as guest:
        guest.goto(link)
        guest.get_by_label("Your name").fill("Ida")
        expect(guest).not_to_have_url(re.compile("token"))
        guest.get_by_role("button", name="Come in").click()
        expect(guest.get_by_role("heading", name="Runs", level=1)).to_be_visible()
        guest.goto("/people")
        expect(guest.get_by_role("table", name="Members")).to_contain_text("Ida")
        expect(guest.get_by_role("button", name="Make a link")).to_have_count(0)
        guest.goto(link)
        guest.get_by_label("Your name").fill("Ida's friend")
        guest.get_by_role("button", name="Come in").click()
        expect(guest.get_by_role("alert")).to_contain_text("was used")

    page.reload()
    page.get_by_label("Role of Ida").select_option("editor")
    expect(page.get_by_label("Role of Ida")).to_have_value("editor")
    page.screenshot(path=tmp_path / "people.png", full_page=True)
    page.get_by_role("button", name="Remove Ida").click()
    expect(page.get_by_role("table", name="Members")).not_to_contain_text("Ida")


def test_a_key_is_made_shown_once_and_revoked(page: Page) -> None:
    page.goto("/people")
    page.get_by_label("Name of a new key").fill("for a notebook")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("status").locator("pre")).to_contain_text("hg_")
    row = page.get_by_role("table", name="Your API keys").get_by_role("row", name="for a notebook")
    expect(row).to_contain_text("write")

    page.reload()
    expect(page.get_by_role("status")).to_have_count(0)
    page.get_by_role("button", name="Revoke the key for a notebook").click()
    expect(page.get_by_text("for a notebook")).to_have_count(0)
