"""Runs side by side: their models, their logs, one TensorBoard over them."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.stack import Stack


def test_logs_stand_side_by_side_live_and_one_search_goes_through_all(
    page: Page, trained: dict[str, Any], endless: str
) -> None:
    page.goto(f"/compare?runs={trained['id']},{endless}&tab=log")
    links = (page.get_by_role("link", name=name) for name in ("houses, trained", "houses, live"))
    ended, live = (page.locator("section", has=link) for link in links)
    expect(ended.get_by_text("23 lines", exact=True)).to_be_visible()
    expect(ended.get_by_role("log", name="Log of houses, trained")).to_contain_text("Epoch 12/12")
    last = live.get_by_text(re.compile(r"Epoch \d+/20000")).last
    seen = last.inner_text()
    expect(live.get_by_role("log")).not_to_contain_text(seen)  # it went by: newer lines came

    page.get_by_role("textbox", name="Look in all of them").fill("EPOCH 12/")
    expect(ended.get_by_text("1 of 23 lines")).to_be_visible()
    expect(ended.locator("mark")).to_have_text("Epoch 12/")
    expect(live.locator("mark")).to_have_text("Epoch 12/")
    expect(page).to_have_url(re.compile("find=EPOCH"))
    page.get_by_role("textbox", name="Look in all of them").fill("no such thing")
    expect(page.get_by_text("Not in this log")).to_have_count(2)


def test_models_are_told_apart_layer_by_layer_and_weight_by_weight(
    page: Page, trained: dict[str, Any], again: dict[str, Any]
) -> None:
    page.goto(f"/compare?runs={trained['id']},{again['id']}&tab=models")
    expect(page.get_by_text("Layer for layer they are the same model.")).to_be_visible()
    row = page.get_by_role("table", name="Layers").get_by_role("row").filter(has_text=re.compile("^samedense(?!_)"))
    expect(row).to_contain_text(re.compile(r"\(batch, 8\).*%"))  # batches of another size led elsewhere

    page.get_by_role("combobox", name="To").click()
    page.get_by_role("option").first.click()
    expect(row).to_contain_text("equal")
    expect(page).to_have_url(re.compile(f"models={trained['id']}%2C{trained['id']}"))


def test_one_tensorboard_shows_them_all_by_their_names(
    page: Page, stack: Stack, trained: dict[str, Any], again: dict[str, Any]
) -> None:
    page.goto(f"/compare?runs={trained['id']},{again['id']}")
    page.get_by_role("tab", name="TensorBoard").click()
    expect(page.get_by_text("One TensorBoard over 2 runs")).to_be_visible()
    board = page.frame_locator("iframe[title=TensorBoard]")
    for run in (trained, again):
        called = f"houses, trained ({run['id'][-6:]})/train"
        expect(board.get_by_text(re.compile(re.escape(called))).first).to_be_visible()

    told = stack.horngate("board", trained["id"], again["id"]).stdout.strip()
    assert told == stack.url + str(page.locator("iframe[title=TensorBoard]").get_attribute("src"))
