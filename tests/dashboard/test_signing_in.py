"""Who may look, and where one comes out."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.api.openid import running_openid, settings_with
from tests.api.serving import running_api
from tests.dashboard.browsing import watched_page
from tests.stack import Stack

REFUSED = "401"  # Chromium itself reports a refused request in the console


def test_a_link_signs_in_once_and_leaves_no_token_in_the_address(browser: Browser, stack: Stack) -> None:
    link = stack.http.post("/v1/sign-in-links").json()["url"]
    with browser.new_context(base_url=stack.url) as first, watched_page(first, stack.url) as page:
        page.goto(link)
        expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
        assert "token" not in page.url

    with browser.new_context(base_url=stack.url) as second, watched_page(second, stack.url, REFUSED) as page:
        page.goto(link)
        expect(page.get_by_role("alert")).to_contain_text("used already")


def test_a_stranger_signs_in_with_a_key_and_comes_back_to_where_he_was(browser: Browser, stack: Stack) -> None:
    with browser.new_context(base_url=stack.url) as context, watched_page(context, stack.url, REFUSED) as page:
        page.goto("/datasets")
        page.get_by_label("API key").fill("hg_nonsense")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not known")

        page.get_by_label("API key").fill(stack.key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Data", level=1)).to_be_visible()

        page.get_by_role("button", name="Account").click()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page.get_by_label("API key")).to_be_visible()


def test_an_address_that_leads_nowhere_says_so(browser: Browser, stack: Stack) -> None:
    with browser.new_context(base_url=stack.url) as context, watched_page(context, stack.url, REFUSED, "404") as page:
        page.goto(stack.http.post("/v1/sign-in-links").json()["url"])
        expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
        page.goto("/nowhere")
        expect(page.get_by_text("This gate leads nowhere")).to_be_visible()
        page.goto("/runs/run_01JZZZZZZZZZZZZZZZZZZZZZZZ")
        expect(page.get_by_text("This gate leads nowhere")).to_be_visible()


def test_a_team_signs_in_at_its_provider_and_who_is_not_expected_is_told(browser: Browser, tmp_path: Path) -> None:
    with running_openid("localhost") as provider, running_api(settings_with(provider, tmp_path)) as service:
        with browser.new_context(base_url=service.settings.public_url) as context:
            with watched_page(context, "http://", REFUSED) as page:
                provider.person = {"sub": "1", "email": "eve@elsewhere.example", "email_verified": True}
                page.goto("/sign-in")
                page.get_by_role("link", name="Sign in with OpenID").click()
                expect(page.get_by_role("alert")).to_contain_text("Nobody is expected")

                provider.person = {"sub": "2", "email": "ida@ours.example", "email_verified": True, "name": "Ida"}
                page.get_by_role("link", name="Sign in with OpenID").click()
                expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
                expect(page.get_by_role("button", name="Account")).to_contain_text("Ida")
                page.goto("/people")
                expect(page.get_by_role("table", name="Members")).to_contain_text("ida@ours.example")
