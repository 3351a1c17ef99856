"""What `compile` and `fit` are given."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from models_lib.spec.bindings import Closed, ColumnName, Name
from models_lib.spec.durations import Duration
from models_lib.spec.keeping import KeepSome
from models_lib.spec.objects import (
    CallbackObject,
    ConfigValue,
    KerasObject,
    LossObject,
    MetricObject,
    OptimizerObject,
)

MOST_CALLBACKS = 32
MOST_METRICS = 64
"""Of one output."""
Number = Annotated[float, Field(strict=True)]
Mode = Literal["auto", "min", "max"]
Steps = Annotated[int, Field(strict=True, ge=1, le=100_000_000)]
Epoch = Annotated[int, Field(strict=True, ge=1)]


class NamedOptimizer(Closed):
    """One of several optimizers, and the layers that it trains."""

    use: OptimizerObject = Field(description="The optimizer.")
    layers: tuple[Annotated[str, Field(strict=True, min_length=1, max_length=256)], ...] = Field(
        default=(),
        max_length=256,
        description="Globs on the paths of layers, e.g. ['wide*', 'tower/*']. Left out: all layers that no other has.",
    )


class Compile(Closed):
    """What Keras' `compile` is given; in a resolved spec `loss`, `loss_weights` and metrics are by output."""

    optimizer: OptimizerObject | dict[Name, NamedOptimizer] = Field(
        description="The optimizer, or several by name, {wide: {use: Ftrl(0.01), layers: ['wide*']}, deep: {use: "
        "Adam(1e-3)}}: every weight has exactly one. Left out: rmsprop, as in Keras."
    )
    loss: dict[str, LossObject] = Field(description="The loss: one, a list in the order of the outputs, or by output.")
    loss_weights: dict[str, Number] = Field(
        default_factory=dict, description="Weight of each output's loss in the total: one, a list, or by output."
    )
    metrics: dict[str, tuple[MetricObject, ...]] = Field(
        default_factory=dict, description="Metrics: one, a list, or by output."
    )
    weighted_metrics: dict[str, tuple[MetricObject, ...]] = Field(
        default_factory=dict, description="Metrics that heed sample and class weights, written as `metrics` are."
    )
    own: dict[str, ConfigValue] = Field(
        default_factory=dict,
        max_length=64,
        description="What only a component model's own compile takes; written beside the others: d_optimizer: Adam().",
    )
    run_eagerly: StrictBool = Field(default=False, description="Run step by step in Python: slow, for debugging.")
    steps_per_execution: int = Field(default=1, strict=True, ge=1, le=10_000, description="Batches per graph call.")
    jit_compile: Literal["auto"] | StrictBool = Field(default="auto", description="Compile with XLA; auto as in Keras.")
    optimizer_state: StrictBool = Field(
        default=False,
        description="Go on with the optimizer's state that Keras saves beside weights, from model.weights' file.",
    )
    auto_scale_loss: StrictBool = Field(default=True, description="Scale the loss under float16, as in Keras.")
    dtype_policy: Literal["float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"] = Field(
        default="float32", description="Types of computation and weights, as in `keras.config.set_dtype_policy`."
    )

    @property
    def optimizers(self) -> dict[str, KerasObject]:
        """The optimizers by name; a single one by its class."""
        if isinstance(self.optimizer, KerasObject):
            return {self.optimizer.class_name: self.optimizer}
        return {name: named.use for name, named in self.optimizer.items()}


class EarlyStopping(Closed):
    """Keras' EarlyStopping."""

    monitor: str | None = Field(default=None, max_length=256, description="The curve watched. Left out: fit.monitor.")
    min_delta: Number = Field(default=0.0, ge=0, description="Smaller changes are no improvement.")
    patience: int = Field(default=0, strict=True, ge=0, le=1_000_000, description="Epochs without improvement to wait.")
    verbose: int = Field(default=0, strict=True, ge=0, le=1, description="1 says in the log when it stops.")
    mode: Mode = Field(default="auto", description="Whether smaller or larger is better; auto judges by the name.")
    baseline: Number | None = Field(default=None, description="Stop unless this value is bettered.")
    restore_best_weights: StrictBool = Field(default=False, description="Go back to the best epoch's weights.")
    start_from_epoch: int = Field(default=0, strict=True, ge=0, description="Do not judge earlier epochs.")


class Checkpoint(Closed):
    """Which checkpoints are kept; best and last always are."""

    keep: Literal["best", "all"] | Annotated[int, Field(strict=True, ge=1, le=1000)] | KeepSome = Field(
        default="best",
        description="best: best and last alone; a number: that many latest epochs too; {best: 3, latest: 2}: the three "
        "best by fit.monitor and the two latest too; all: every epoch.",
    )
    every: Duration | None = Field(
        default=None,
        description="Inside long epochs, how often last is saved: 30s, 5m, 1h, or seconds. Left out: every minute; "
        "never so often that it takes more than 2 % of the time.",
    )
    weights: StrictBool = Field(
        default=False,
        description="Lay core.weights.h5 into every epoch's checkpoint too, as Keras' `save_weights` writes it.",
    )


class Loop(Closed):
    """A training loop of a component's own: a function of model, data, spec and context, as far as it names them."""

    function: Annotated[str, Field(strict=True, max_length=160)] = Field(
        description="package.train, or train where only one package has it."
    )
    config: dict[str, ConfigValue] = Field(default_factory=dict, description="Its other arguments.")


class Fit(Closed):
    """What Keras' `fit` is given."""

    epochs: int = Field(default=10, strict=True, ge=1, le=1_000_000, description="Times through the training part.")
    initial_epoch: int = Field(
        default=0,
        strict=True,
        ge=0,
        le=1_000_000,
        description="Epochs that count as done: training begins behind them.",
    )
    batch_size: int = Field(default=32, strict=True, ge=1, le=1_048_576, description="Rows per step.")
    shuffle: StrictBool = Field(default=True, description="Shuffle the training rows anew each epoch, by the seed.")
    monitor: str | None = Field(
        default=None,
        max_length=256,
        description="What best means, for checkpoint, early stopping and the default of callbacks. "
        "Left out: val_loss, or loss where nothing is held back.",
    )
    mode: Mode = Field(default="auto", description="Whether a smaller or a larger monitor is better.")
    early_stopping: EarlyStopping | None = Field(default=None, description="Stop when the monitor no longer improves.")
    checkpoint: Checkpoint = Field(default_factory=Checkpoint, description="Which checkpoints are kept.")
    tensorboard: CallbackObject | None = Field(
        default=None,
        description="true (the default: curves, graph, and at most 100 histograms of each weight), false, or "
        "TensorBoard(histogram_freq=1, …) without a path.",
    )
    callbacks: tuple[CallbackObject, ...] = Field(
        default=(), max_length=MOST_CALLBACKS, description="Keras callbacks by name."
    )
    class_weight: dict[str, dict[str, Annotated[Number, Field(ge=0)]]] = Field(
        default_factory=dict, description="Weight of each class: {label: weight}, or that by output."
    )
    sample_weight: ColumnName | dict[Name, ColumnName] | None = Field(
        default=None, description="A column with each row's weight, or that by output."
    )
    steps_per_epoch: Steps | None = Field(
        default=None,
        description="Batches an epoch: the next one goes on where it ended, and the rows come round again as often as "
        "they are needed, as dataset.repeat() has them. Left out: all rows once.",
    )
    validation_steps: Steps | None = Field(
        default=None, description="Batches a validation: the first ones of its part. Left out: all."
    )
    validation_freq: Epoch | tuple[Epoch, ...] = Field(
        default=1, description="Validate every so many epochs, or after those in a list: [1, 2, 10]."
    )
    validation_batch_size: int | None = Field(
        default=None, strict=True, ge=1, le=1_048_576, description="Rows per validation step. Left out: batch_size."
    )
    fixed_batches: tuple[Literal["train", "validation"], ...] = Field(
        default=(),
        max_length=2,
        description="Parts whose batches graphs know the size of, where the rows fill the last one, too: as Keras does "
        "for arrays, with other last bits than for batches of any size. remote.fit writes it.",
    )
    loop: Loop | None = Field(default=None, description="An own training loop in place of Keras' fit.")
    engine: Literal["auto", "keras", "fused", "xla"] = Field(
        default="auto",
        description="Who runs the epochs: keras, its own fit; fused, many batches in one call, with the same numbers; "
        "xla, fused and compiled, which needs exact: false; auto: the fastest that is allowed and can serve.",
    )
    exact: StrictBool = Field(
        default=True,
        description="Weights and curves equal to Keras' own, bit for bit. false: within rounding, and with other draws "
        "of dropout and noise: auto may take XLA where a trial on the first steps finds it faster; the choice is "
        "written into engine, and kept; and a GPU may add in any order, so that no two runs end alike.",
    )

    def validates(self, epoch: int) -> bool:
        """Whether the epoch (from 1) ends with a validation."""
        when = self.validation_freq
        return epoch in when if isinstance(when, tuple) else epoch % when == 0

    @property
    def weight_columns(self) -> tuple[str, ...]:
        """The columns with rows' weights, each once."""
        given = self.sample_weight
        return (given,) if isinstance(given, str) else tuple(dict.fromkeys((given or {}).values()))
