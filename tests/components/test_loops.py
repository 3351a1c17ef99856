"""Training loops of a component's own, through the REST API."""

from tests.components.conftest import Shop
from tests.components.test_seed import stack_of
from tests.stack import until

MODEL = stack_of('Dense(30, activation="elu", kernel_regularizer=L2(0.05))', "Dense(1, kernel_constraint=NonNeg())")


def test_the_seeds_loop_reports_checkpoints_and_is_judged_like_fit(shop: Shop) -> None:
    """T13: five epochs of random batches, with regularisation losses, streaming metrics and constraints."""
    run = shop.train(
        split={"validation": 0.2, "test": 0.1},
        model=MODEL,
        compile={"optimizer": "Nadam(0.01)", "loss": "mse", "metrics": ["mae"]},
        fit={"epochs": 3, "loop": {"function": "loops.train", "config": {"n_steps": 2}}, "checkpoint": {"keep": "all"}},
    )

    assert run["spec"]["fit"]["loop"] == {"function": "loops.train", "config": {"n_steps": 2}}
    assert {"loss", "mae", "val_loss", "val_mae"} <= shop.curves(run["id"])
    assert (run["progress"]["epoch"], run["progress"]["step"]) == (3, 2)
    assert set(run["test"]["metrics"]) == {"loss", "mae"}
    checkpoints = shop.http.get(f"/v1/runs/{run['id']}/checkpoints").json()["data"]
    assert {c["name"] for c in checkpoints} == {"best", "last", "epoch-0001", "epoch-0002", "epoch-0003"}


def test_early_stopping_ends_a_loop(shop: Shop) -> None:
    run = shop.train(
        model=MODEL,
        compile={"optimizer": "Nadam(1e-9)", "loss": "mse"},
        fit={"epochs": 50, "loop": "loops.train", "early_stopping": {"patience": 1, "min_delta": 1.0}},
    )

    assert run["ended_by"] == "early_stopping"
    assert run["last"]["epoch"] < 50


def test_a_loop_with_two_optimizers_is_stopped_on_request_and_keeps_its_work(shop: Shop) -> None:
    """T14: the service's own batches, an optimizer for each part."""
    run_id = shop.submit(
        model=MODEL, compile={"loss": "mse"}, fit={"epochs": 100_000, "loop": "two_optimizers", "batch_size": 64}
    )
    until(lambda: (shop.http.get(f"/v1/runs/{run_id}").json()["last"] or {}).get("epoch", 0) >= 1, 60)
    shop.http.post(f"/v1/runs/{run_id}:stop")
    run = shop.wait(run_id)

    assert (run["status"], run["ended_by"]) == ("succeeded", "stop"), run["failure"]
    assert run["last"]["metrics"]["val_loss"] > 0


def test_a_loop_that_fails_names_its_own_line(shop: Shop) -> None:
    shop.upload("failing", "def train(model, data, context):\n    rows = data.train.x\n    return rows.nothing\n")
    run = shop.wait(
        shop.submit(model=MODEL, compile={"loss": "mse"}, fit={"epochs": 1, "loop": {"function": "failing.train"}})
    )

    assert (run["status"], run["failure"]["kind"]) == ("failed", "user_code")
    assert run["failure"]["frame"] == "failing, line 3, in train\n    return rows.nothing"


def test_a_loop_that_is_none_or_is_called_wrongly_is_refused(shop: Shop) -> None:
    [unknown] = shop.refusal(model=MODEL, compile={"loss": "mse"}, fit={"loop": {"function": "loops.trian"}})
    [wrong] = shop.refusal(
        model=MODEL, compile={"loss": "mse"}, fit={"loop": {"function": "loops.train", "config": {"n_step": 3}}}
    )

    assert (unknown["pointer"], unknown["did_you_mean"]) == ("/fit/loop/function", "train")
    assert (wrong["pointer"], wrong["did_you_mean"]) == ("/fit/loop/config/n_step", "n_steps")
