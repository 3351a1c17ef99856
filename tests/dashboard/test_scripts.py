"""A script's run in the browser: its spec has no inputs, no model and no fit, and nothing on its page needs them."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import wait_for_end
from tests.stack import Stack

SCRIPT = """\
import horngate
import keras
import numpy as np

model = keras.Sequential([keras.Input((2,), name="row"), keras.layers.Dense(1, name="out")])
model.compile("sgd", "mse")
x = np.ones((8, 2))
model.fit(x, x[:, :1], epochs=3, callbacks=[horngate.Callback()])
model.save("model.keras")
"""


@pytest.fixture(scope="module")
def scripted(stack: Stack) -> dict[str, Any]:
    component = {"name": "browsed_script", "files": {"train.py": SCRIPT}}
    stack.http.post("/v1/components", json=component).raise_for_status()
    spec = {"name": "a script", "model": {"kind": "script", "package": "browsed_script"}}
    run = wait_for_end(stack, stack.http.post("/v1/runs", json={"spec": spec}).raise_for_status().json()["id"])
    assert run["status"] == "succeeded", run["failure"]
    return run


def test_every_part_of_its_page_is_there(page: Page, scripted: dict[str, Any]) -> None:
    page.goto(f"/runs/{scripted['id']}")
    expect(page.get_by_role("heading", name="a script", level=1)).to_be_visible()
    expect(page.get_by_text("starts again from its first line")).to_be_visible()
    for tab, shown in (
        ("Curves", "learning_rate"),
        ("Layers", "Dense"),
        ("Spec", "browsed_script"),
        ("Artifacts", "model.keras"),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_text(shown).first).to_be_visible()


def test_its_model_is_asked_by_its_tensors(page: Page, scripted: dict[str, Any]) -> None:
    page.goto(f"/runs/{scripted['id']}?tab=predict")
    page.get_by_label("row").fill("[1, 2]")
    page.get_by_role("button", name="Predict").click()

    expect(page.locator("[data-prediction]")).to_be_visible()
