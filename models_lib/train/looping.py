"""A training loop of a component's own: what it is given, and how what it reports is kept as `fit`'s epochs are."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from models_lib.build.arrangement import arrange_inputs, arrange_outputs
from models_lib.build.component_objects import construct_open
from models_lib.build.objects import construct
from models_lib.components.importing import find_component
from models_lib.data.preparing import PreparedPart
from models_lib.spec.training import Loop
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.hooks import TrainingHooks
from models_lib.train.state import TrainingState, keep_optimizer, kept_optimizers


class LoopPart:
    """The rows of one part: `x`, `y` and `sample_weight` as arrays, and batches when it is iterated."""

    def __init__(self, core: keras.Model, part: PreparedPart, batches: Batches, begin: Callable[[], None]) -> None:
        self.x = arrange_inputs(core, part.inputs)
        self.y = arrange_outputs(core, part.targets) if part.targets else None
        self.sample_weight = arrange_outputs(core, part.weights) if part.weights else None
        self.rows, self.steps = batches.rows, batches.steps
        self._dataset, self._begin = batches.dataset, begin

    @property
    def dataset(self) -> tf.data.Dataset:
        """Batches as `fit` would take them; of the training part in the epoch's order."""
        self._begin()
        return self._dataset

    def __iter__(self) -> Iterator[Any]:
        return iter(self.dataset)

    def __len__(self) -> int:
        return self.steps


class LoopData:
    """`train`, and `validation` where rows are held back for it."""

    def __init__(self, train: LoopPart, validation: LoopPart | None) -> None:
        self.train, self.validation = train, validation


class LoopContext:
    """What a loop may ask for, and how it says what it has done."""

    def __init__(
        self,
        core: keras.Model,
        spec: RunSpec,
        hooks: TrainingHooks,
        *,
        first_epoch: int,
        resumed: TrainingState | None = None,
    ) -> None:
        self.config = dict(spec.fit.loop.config) if spec.fit.loop else {}
        self.optimizer = core.optimizer
        self.losses = {name: construct("loss", loss) for name, loss in spec.compile.loss.items()}
        made = {name: [construct("metric", m) for m in ms] for name, ms in spec.compile.metrics.items()}
        self.metrics = made
        self.initial_epoch = first_epoch
        self.batch_size = spec.fit.batch_size
        self._core, self._hooks, self._resumed = core, hooks, resumed
        self._epoch, self._step, self._is_in_epoch = first_epoch, 0, False
        self._validation: tf.data.Dataset | None = None

    @property
    def optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """By name; the one of the spec is `optimizer`."""
        return {"optimizer": self.optimizer, **kept_optimizers(self._core)}

    def keep(
        self, name: str, optimizer: keras.optimizers.Optimizer, variables: Sequence[Any] | None = None
    ) -> keras.optimizers.Optimizer:
        """The optimizer, which checkpoints hold from now on; a resumed loop gets it back as it was.

        `variables` are those that it trains, all of the model's where left out. Call it before the first step.
        """
        if name in self.optimizers or "/" in name:
            raise ValueError(f"{name!r} cannot be kept: names are unique, have no /, and the spec's is 'optimizer'.")
        trained = self._core.trainable_variables if variables is None else variables
        keep_optimizer(self._core, name, optimizer, trained, self._resumed)
        return optimizer

    @property
    def last_epoch(self) -> int:
        """How many epochs there are to be, which may change under way."""
        return self._hooks.epochs

    @property
    def loss(self) -> Any:
        """The loss of the first output."""
        return next(iter(self.losses.values()), None)

    @property
    def epochs(self) -> Iterator[int]:
        """The numbers (from 1) of the epochs that are left to do, until somebody or something wants to stop."""
        while not self.should_stop():
            yield self._epoch + 1

    def should_stop(self) -> bool:
        """True when the run was asked to stop, early stopping has decided to, or all epochs are done."""
        return bool(self._core.stop_training) or self._epoch >= self.last_epoch

    def report_step(self, metrics: Mapping[str, Any] | None = None, **more: Any) -> bool:
        """A batch is done; the metrics so far in the epoch. True when it is time to stop."""
        self.begin_epoch()
        self._hooks.on_train_batch_begin(self._step)
        self._hooks.on_train_batch_end(self._step, {**(metrics or {}), **more})
        self._step += 1
        return self.should_stop()

    def report_epoch(self, metrics: Mapping[str, Any] | None = None, **more: Any) -> bool:
        """An epoch is done, with its metrics: recorded, judged, and checkpointed. True when it is time to stop.

        Where rows are held back and no `val_…` is among them, the model is evaluated on those rows.
        """
        self.begin_epoch()
        logs = {name: float(value) for name, value in {**(metrics or {}), **more}.items()}
        if self._validation is not None and not any(name.startswith("val_") for name in logs):
            held = self._core.evaluate(self._validation, return_dict=True, verbose=0)
            logs |= {f"val_{name}": value for name, value in held.items()}
        self._hooks.on_epoch_end(self._epoch, logs)
        self._epoch, self._step, self._is_in_epoch = self._epoch + 1, 0, False
        return self.should_stop()

    def begin_epoch(self) -> None:
        """The first step, or the first batch that is asked for, begins an epoch by itself."""
        if not self._is_in_epoch:
            self._is_in_epoch = True
            self._hooks.on_epoch_begin(self._epoch)

    def validate_on(self, dataset: tf.data.Dataset | None) -> None:
        """What `report_epoch` evaluates on by itself."""
        self._validation = dataset


def run_loop(
    core: keras.Model,
    spec: RunSpec,
    loop: Loop,
    parts: Mapping[str, PreparedPart],
    batches: Mapping[str, Batches],
    *,
    hooks: TrainingHooks,
    first_epoch: int,
    resumed: TrainingState | None = None,
) -> None:
    """Call the function with what it names of model, data, spec and context, and its own arguments."""
    context = LoopContext(core, spec, hooks, first_epoch=first_epoch, resumed=resumed)
    held = batches.get("validation")
    context.validate_on(held.dataset if held is not None and spec.compile.loss else None)
    data = LoopData(
        LoopPart(core, parts["train"], batches["train"], context.begin_epoch),
        LoopPart(core, parts["validation"], held, _nothing) if held is not None else None,
    )
    function = find_component(loop.function)
    given = {"model": core, "data": data, "spec": spec.model_dump(mode="json"), "context": context}
    named = inspect.signature(function).parameters
    own = {name: construct_open(name, value) for name, value in loop.config.items()}
    core.stop_training = False
    hooks.on_train_begin()
    if not context.should_stop():
        function(**{name: value for name, value in given.items() if name in named}, **own)
    hooks.on_train_end()


def _nothing() -> None:
    return None
