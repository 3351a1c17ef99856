"""Somebody who belongs to two projects, as an editor in one and to look on in the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.serving import Service, running_api, running_valkey, settings_for
from tests.api.tenants import Tenants
from tests.dashboard.browsing import watched_page
from tests.dashboard.test_accessibility import faults_of


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    """`ours` where the editor is at home, and `theirs`, which they may look at; each with a run and a data set."""
    settings = settings_for(tmp_path_factory.mktemp("projects"))
    with running_valkey(settings), running_api(settings) as service:
        tenants = Tenants(service, "shown")
        with service.client() as admin:
            member = f"/v1/projects/{tenants.theirs}/members/{tenants.editor.id}"
            admin.put(member, json={"role": "viewer"}).raise_for_status()
        for place, name in ((tenants.ours, "a run of ours"), (tenants.theirs, "a run of theirs")):
            tenants.add_run(place, name=name)
            tenants.add_dataset(place, name.replace(" ", "-"))
        yield tenants


@pytest.fixture
def context(browser: Browser, tenants: Tenants) -> Iterator[BrowserContext]:
    """Signed in as the editor."""
    with browser.new_context(base_url=tenants.service.settings.public_url) as context:
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("API key").fill(tenants.editor.key)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Runs", level=1).wait_for()
        page.close()
        yield context


def choose(page: Page, name: str) -> None:
    page.get_by_role("button", name="Project:").click()
    page.get_by_role("menuitem", name=name).click()


def test_lists_show_the_chosen_project_which_is_remembered(
    context: BrowserContext, tenants: Tenants, tmp_path: Path
) -> None:
    with watched_page(context, tenants.service.settings.public_url) as page:
        page.goto("/runs")
        expect(page.get_by_role("link", name="a run of ours")).to_be_visible()
        expect(page.get_by_role("link", name="New run")).to_be_visible()
        expect(page.get_by_text("a run of theirs")).to_have_count(0)
        page.screenshot(path=tmp_path / "light.png")

        choose(page, "theirs-shown")
        expect(page.get_by_role("link", name="a run of theirs")).to_be_visible()
        expect(page.get_by_text("a run of ours")).to_have_count(0)
        page.get_by_role("link", name="Data", exact=True).click()
        expect(page.get_by_role("link", name="a-run-of-theirs")).to_be_visible()
        expect(page.get_by_text("a-run-of-ours")).to_have_count(0)

        page.reload()
        expect(page.get_by_role("button", name="Project: theirs-shown")).to_be_visible()
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert faults_of(page) == []
        page.get_by_role("button", name="Project:").click()
        expect(page.get_by_role("menuitem", name="ours-shown")).to_be_visible()
        page.screenshot(path=tmp_path / "dark.png")


def test_who_may_only_look_sees_no_button_that_changes_anything(
    context: BrowserContext, tenants: Tenants, tmp_path: Path
) -> None:
    with watched_page(context, tenants.service.settings.public_url) as page:
        page.goto("/runs")
        choose(page, "theirs-shown")
        page.get_by_role("link", name="a run of theirs").click()
        expect(page.get_by_role("heading", name="a run of theirs", level=1)).to_be_visible()
        for button in ("Pause", "More actions", "Stop"):
            expect(page.get_by_role("button", name=button)).to_have_count(0)
        expect(page.get_by_role("link", name="New run")).to_have_count(0)
        page.goto("/datasets")
        expect(page.get_by_role("link", name="a-run-of-theirs")).to_be_visible()
        expect(page.get_by_label("Upload a data set")).to_have_count(0)

        page.set_viewport_size({"width": 390, "height": 844})
        page.goto("/runs")
        expect(page.get_by_role("button", name="Project: theirs-shown")).to_be_visible()
        page.screenshot(path=tmp_path / "phone.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

        choose(page, "ours-shown")
        page.get_by_role("link", name="a run of ours").click()
        expect(page.get_by_role("button", name="More actions")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
