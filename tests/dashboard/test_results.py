"""A run that has ended: scores, curves, layers, spec, TensorBoard, predictions, files, events."""

import re
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.dashboard.browsing import refuse_powers
from tests.dashboard.conftest import wait_for_end
from tests.stack import Stack


def open_tab(page: Page, run: dict[str, Any], name: str) -> None:
    page.goto(f"/runs/{run['id']}")
    page.get_by_role("tab", name=name).click()


def test_scores_are_kept_apart_and_the_best_epoch_is_named(page: Page, trained: dict[str, Any]) -> None:
    page.goto(f"/runs/{trained['id']}")
    scores = page.get_by_role("table", name="Scores")
    for claim in (f"Best epoch {trained['best']['epoch']}", "Last epoch 12", "Test"):
        expect(scores.get_by_role("columnheader", name=claim)).to_be_visible()
    expect(page).to_have_title("houses, trained · Horngate")


def test_curves_show_values_and_what_the_machine_did(page: Page, trained: dict[str, Any]) -> None:
    open_tab(page, trained, "Curves")
    for metric in ("loss", "mae"):
        expect(page.locator(f"[data-chart={metric}] canvas")).to_be_visible()
    chart = page.locator("[data-chart=loss]")
    chart.locator(".u-over").hover(position={"x": 4, "y": 40})
    expect(chart.get_by_text("epoch 1", exact=True)).to_be_visible()
    page.get_by_role("switch", name="Logarithmic").check()
    expect(chart.locator("canvas")).to_be_visible()


def test_layers_come_with_shapes_and_parameters(page: Page, trained: dict[str, Any]) -> None:
    open_tab(page, trained, "Layers")
    expect(page.get_by_role("img", name=re.compile("The model, .* layers"))).to_contain_text("(batch, 8)")
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_role("cell", name="(batch, 8)").first).to_be_visible()
    expect(page.get_by_text("parameters are trained")).to_be_visible()
    expect(page.get_by_role("img", name="Histograms of dense/kernel, epoch 1 to 12")).to_be_visible()
    page.get_by_role("combobox", name="Layer").click()
    page.get_by_role("option", name="dense_1").click()
    expect(page.get_by_role("img", name="Histograms of dense_1/bias, epoch 1 to 12")).to_be_visible()
    expect(page).to_have_url(re.compile("layer=dense_1"))


def test_the_resolved_spec_is_shown_and_begins_a_new_run(page: Page, trained: dict[str, Any]) -> None:
    open_tab(page, trained, "Spec")
    expect(page.get_by_text("dataset: houses@1")).to_be_visible()
    page.get_by_text("JSON", exact=True).click()
    expect(page.get_by_text('"dataset": "houses@1"')).to_be_visible()
    page.get_by_role("link", name="New run from this").first.click()
    expect(page.locator("[data-verdict=good]")).to_be_visible()


def test_tensorboard_loads_its_scalars_in_the_tab(page: Page, trained: dict[str, Any]) -> None:
    open_tab(page, trained, "TensorBoard")
    board = page.frame_locator("iframe[title=TensorBoard]")
    expect(board.get_by_text(re.compile("epoch_loss")).first).to_be_visible()


def test_a_board_has_none_of_the_dashboards_powers(signed_in: BrowserContext, trained: dict[str, Any]) -> None:
    page = signed_in.new_page()  # what is refused here stands in the console
    with page.expect_request(re.compile("/boards/.*/data/")) as asked:
        open_tab(page, trained, "TensorBoard")
    board = page.frame_locator("iframe[title=TensorBoard]")
    expect(board.get_by_text(re.compile("epoch_loss")).first).to_be_visible()
    refuse_powers(page)
    assert "cookie" not in asked.value.all_headers()
    page.close()


def test_tensorboard_draws_the_graph_of_the_model(page: Page, trained: dict[str, Any]) -> None:
    page.goto(f"/v1/runs/{trained['id']}/tensorboard/#graphs")
    expect(page.locator("svg#svg g.node").first).to_be_visible()
    expect(page.get_by_text("Graph visualization failed")).to_be_hidden()


def test_the_form_is_filled_with_a_row_and_the_model_answers(page: Page, trained: dict[str, Any]) -> None:
    open_tab(page, trained, "Predict")
    expect(page.get_by_label("area")).to_have_value(re.compile(r"\d+"))
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("[data-prediction]")).to_contain_text("answered in")


def test_artifacts_are_listed_and_come_with_the_lines_that_load_them(page: Page, trained: dict[str, Any]) -> None:
    open_tab(page, trained, "Artifacts")
    with page.expect_download() as download:
        page.get_by_role("link", name="model.keras").click()
    assert download.value.suggested_filename == "model.keras"
    expect(page.get_by_text("load_model").last).to_be_visible()


def test_events_tell_the_run_s_story(page: Page, trained: dict[str, Any]) -> None:
    open_tab(page, trained, "Events")
    events = page.get_by_role("table", name="Events")
    expect(events).to_contain_text("exporting")
    page.get_by_text("Epochs and checkpoints too").click()
    expect(events).to_contain_text("epoch 12:")


def test_a_failed_run_says_why_and_what_to_do(page: Page, stack: Stack, dataset: dict[str, Any]) -> None:
    spec = """
name: houses, too fast
dataset: houses
targets: price
model: {kind: sequential, layers: [Dense(64), Dense(64), Dense(1)]}
compile: {optimizer: SGD(1e30), loss: mse}
fit: {epochs: 50}
"""
    run_id = stack.http.post("/v1/runs", json={"text": spec, "preflight": False}).raise_for_status().json()["id"]
    run = wait_for_end(stack, run_id)
    assert run["status"] == "failed"

    page.goto(f"/runs/{run_id}")
    expect(page.get_by_role("alert")).to_contain_text(run["failure"]["message"])
    expect(page.get_by_role("alert")).to_contain_text(run["failure"]["kind"])


def test_what_it_says_of_held_back_rows_is_seen_and_compared(
    page: Page, trained: dict[str, Any], again: dict[str, Any]
) -> None:
    open_tab(page, trained, "Evaluation")
    expect(page.get_by_text("60 of 60 rows of the part “test”")).to_be_visible()
    expect(page.get_by_role("img", name="Residuals of price")).to_be_visible()
    worst = page.get_by_role("table", name="Answered worst: price")
    expect(worst.get_by_role("row")).to_have_count(21)
    expect(worst).to_contain_text("inland")

    page.goto(f"/compare?runs={trained['id']},{again['id']}")
    expect(page.get_by_role("heading", name="Held-back rows: price")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Answers over truths of price"))).to_have_count(2)
