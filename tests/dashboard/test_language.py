"""The pages speak the browser's language, and another one where that is chosen."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, expect

from tests.dashboard.test_accessibility import faults_of
from tests.stack import Stack


def test_a_chinese_browser_is_answered_in_chinese_until_english_is_chosen(
    browser: Browser, signed_in: BrowserContext, stack: Stack, trained: dict[str, Any]
) -> None:
    session = signed_in.storage_state()
    with browser.new_context(base_url=stack.url, locale="zh-CN", storage_state=session) as context:
        page = context.new_page()
        page.goto(f"/runs/{trained['id']}")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        expect(page.locator("[data-status=succeeded]")).to_have_text("成功")
        expect(page.get_by_role("heading", name="得分")).to_be_visible()
        assert faults_of(page) == []

        page.get_by_role("button", name="账户").click()
        page.get_by_role("menuitem", name="English").click()
        expect(page.get_by_role("heading", name="Scores")).to_be_visible()
        page.goto("/datasets")
        expect(page.get_by_role("heading", name="Data", level=1)).to_be_visible()


def test_who_is_not_in_yet_may_choose_too(browser: Browser, stack: Stack) -> None:
    with browser.new_context(base_url=stack.url, locale="fr-FR") as context:
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("button", name="登录")).to_be_visible()
        assert faults_of(page) == []
