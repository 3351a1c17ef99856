"""Training steps, losses and callbacks of a component's own, through the REST API."""

from tests.components import seed
from tests.components.conftest import Shop
from tests.components.test_seed import load_alone, stack_of

HOOKS = (
    "train_begin train_end epoch_begin epoch_end batch_end train_batch_begin test_begin test_end test_batch_end "
    "predict_begin predict_batch_end predict_end"
)


def test_a_train_step_of_its_own_trains_and_survives_saving(shop: Shop, tmp_path) -> None:
    """T13: and every hook of a callback is heard, those of evaluate and predict too (K10)."""
    run = shop.train(
        split={"validation": 0.2, "test": 0.1},
        model={"kind": "component", "class_name": "CustomStep", "config": {"units": 4}},
        compile={"optimizer": "nadam", "loss": "mse", "metrics": ["mae"]},
        fit={"epochs": 2, "callbacks": ["Everything()"]},
    )

    assert {"loss", "mae", "val_loss", "val_mae"} <= shop.curves(run["id"])
    assert set(run["test"]["metrics"]) == {"loss", "mae"}
    log = shop.log(run["id"])
    assert {line.removeprefix("hook ") for line in log.splitlines() if line.startswith("hook ")} == set(HOOKS.split())
    printed = load_alone(
        shop,
        run["id"],
        tmp_path,
        "[core] = [layer for layer in model.layers if type(layer).__name__ == 'CustomStep']\n"
        "import numpy as np\ncore.compile('sgd', 'mse')\n"
        "core.fit(np.ones((8, 3), 'float32'), np.ones((8, 1), 'float32'), verbose=0)\n"
        "print(type(core).train_step.__qualname__)\n",
    )
    assert printed.split()[-1] == "CustomStep.train_step"


TWO_OUTPUTS = """
import keras


class GivesTwo(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.other = keras.layers.Dense(1), keras.layers.Dense(1)

    def call(self, inputs):
        return self.one(inputs), self.other(inputs)

    def train_step(self, data):
        return super().train_step(data)
"""


def test_a_loss_without_an_output_is_refused_under_a_train_step_of_its_own_too(shop: Shop) -> None:
    shop.http.post("/v1/components", json={"name": "gives_two", "source": TWO_OUTPUTS})

    [fault] = shop.refusal(model={"kind": "component", "class_name": "gives_two.GivesTwo"}, compile={"loss": "mse"})

    assert (fault["code"], fault["allowed"]) == ("bad_reference", ["output_0", "output_1"])
    assert fault["pointer"].startswith("/targets/")


def test_a_gan_trains_two_optimizers_through_its_own_compile_without_targets(shop: Shop) -> None:
    run = shop.train(
        targets="none",
        model={"kind": "component", "class_name": "trainers.GAN", "config": {"latent_dim": 3, "n_features": 3}},
        compile={
            "d_optimizer": "Adam(1e-3)",
            "g_optimizer": "adam",
            "loss_fn": "BinaryCrossentropy(from_logits=True)",
        },
        fit={"epochs": 2, "monitor": "g_loss", "mode": "min"},
    )

    assert {"d_loss", "g_loss"} <= shop.curves(run["id"])
    assert run["best"]["metrics"]["g_loss"] > 0
    assert run["spec"]["targets"] == {}
    assert run["spec"]["compile"]["own"]["d_optimizer"]["config"]["learning_rate"] == 1e-3
    paths = {artifact["path"] for artifact in shop.http.get(f"/v1/runs/{run['id']}/artifacts").json()["data"]}
    assert {"core.keras", "core.weights.h5", "components/trainers/__init__.py"} <= paths
    asked = shop.http.post(f"/v1/runs/{run['id']}:predict", json={"instances": [{"a": 1, "b": 1, "c": 1}]})
    assert (asked.status_code, asked.json()["code"]) == (409, "no_model")
    assert "give the class a call" in asked.json()["detail"]
    assert "no call" in " ".join(warning["message"] for warning in run["warnings"])


def test_a_variational_autoencoder_learns_from_its_own_losses(shop: Shop) -> None:
    run = shop.train(
        targets="none",
        model={"kind": "component", "class_name": "trainers.VAE", "config": {"latent_dim": 2, "n_features": 3}},
        compile={"optimizer": "adam"},
        fit={"epochs": 2},
    )

    assert run["last"]["metrics"]["val_loss"] > 0
    row = {"instances": [{"a": 1, "b": 2, "c": 0}]}
    assert len(shop.http.post(f"/v1/runs/{run['id']}:predict", json=row).json()["predictions"][0]) == 3


def test_what_a_callback_writes_with_tf_summary_is_on_the_runs_board(shop: Shop) -> None:
    """K12: a scalar, a histogram, images, text and audio, in the folder that the service gives it as log_dir."""
    run = shop.train(
        model=stack_of("Dense(1)"), compile={"loss": "mse"}, fit={"epochs": 2, "callbacks": ["Summaries()"]}
    )

    board = f"/v1/runs/{run['id']}/tensorboard/data/plugin"
    tags = {
        "scalars": "my_scalar",
        "histograms": "my_hist",
        "images": "my_images",
        "text": "my_text",
        "audio": "my_audio",
    }
    for plugin, tag in tags.items():
        listed = shop.http.get(f"{board}/{plugin}/tags").text
        assert f'"{tag}' in listed, (plugin, listed)


def test_a_transform_of_its_own_is_adapted_on_the_training_part_and_saved(shop: Shop, tmp_path) -> None:
    shop.upload("transforms", seed.TRANSFORMS)
    run = shop.train(
        inputs={"x": {"columns": ["a", "b", "c"], "preprocess": "Standardization()"}},
        model=stack_of("Dense(1)"),
        compile={"loss": "mse"},
        fit={"epochs": 1},
    )

    printed = load_alone(shop, run["id"], tmp_path, "print(*model.get_layer('x.prepare_0').means.numpy().round())\n")
    assert printed.split() == ["3.0", "2.0", "1.0"]
