"""The part of the script that trains: batches in the published order, callbacks, `fit`."""

import inspect
from collections.abc import Iterator, Mapping

import keras

from models_lib.build.arrangement import arrange_inputs, arrange_outputs
from models_lib.build.direction import settle_mode
from models_lib.components.importing import find_component, home_of
from models_lib.data.loading import LoadedRows
from models_lib.data.targets import ModelTarget
from models_lib.eject.calls import write_dict, write_object, write_open, write_structure, write_tuple
from models_lib.eject.model_text import metric_list
from models_lib.eject.names import Page, component_text
from models_lib.eject.tensors_text import weights_of
from models_lib.spec.components import is_component
from models_lib.spec.training import Fit, Loop
from models_lib.spec.types import RunSpec
from models_lib.train.callbacks import chosen_paths


def part_lines(
    spec: RunSpec,
    core: keras.Model,
    data: LoadedRows,
    inputs: tuple[str, ...],
    targets: Mapping[str, ModelTarget],
    page: Page,
) -> Iterator[str]:
    """`train_part` and `validation_part`: tensors of their rows, as the model takes them."""
    for part in [part for part in data.parts if part != "test"]:
        steps, rows = (f"{part}_steps", f"{part}_targets") if data.cuts else (part, part)
        taken = {name: f"{page.variables.of('input', name)}[{steps}]" for name in inputs}
        tensors = write_structure(arrange_inputs(core, taken))
        if not targets:
            alone = tensors.startswith("(")
            yield f"{part}_part = {write_tuple([tensors]) if alone else tensors}"
            continue
        wanted = {name: f"{page.variables.of('target', name)}[{rows}]" for name in targets}
        weights = weights_of(spec, part, targets, data, page)
        weighed = {name: f"({text})[{rows}]" for name, text in weights.items()}
        groups = [tensors, write_structure(arrange_outputs(core, wanted))]
        groups += [write_structure(arrange_outputs(core, weighed))] if weighed else []
        yield f"{part}_part = ("
        yield from (f"    {group}," for group in groups)
        yield ")"


def fit_lines(spec: RunSpec, core: keras.Model, data: LoadedRows, page: Page) -> Iterator[str]:
    fit, rows = spec.fit, "train_targets" if data.cuts else "train"
    page.use("rounds" if fit.steps_per_epoch else "batches")
    if "validation" in data.parts:
        page.use("batches")
    if not fit.steps_per_epoch:
        yield f"order = tf.Variable(np.arange(len({rows})), trainable=False)"
    if fit.shuffle and not fit.steps_per_epoch:
        yield SHUFFLE.format(rows=rows)
    if core.optimizer is not None:
        yield "core.optimizer.build(core.trainable_variables)"
    if fit.loop is not None:
        yield from loop_lines(spec, fit.loop, data, page)
        return
    yield "core.fit("
    yield from train_lines(fit)
    if "validation" in data.parts:
        size = fit.validation_batch_size or fit.batch_size
        fixed = ", fixed=True" if "validation" in fit.fixed_batches else ""
        yield f"    validation_data=batches(validation_part, {size}{fixed}),"
        when = fit.validation_freq
        yield f"    validation_freq={list(when) if isinstance(when, tuple) else when},"
        if fit.validation_steps:
            yield f"    validation_steps={fit.validation_steps},"
    if fit.initial_epoch:
        yield f"    initial_epoch={fit.initial_epoch},"
    yield f"    epochs={fit.epochs},\n    shuffle=False,\n    verbose=2,"
    callbacks = list_callbacks(spec)
    if callbacks:
        yield "    callbacks=["
        yield from (f"        {callback}," for callback in callbacks)
        yield "    ],"
    yield ")"


def train_lines(fit: Fit) -> Iterator[str]:
    """The first arguments of `fit`."""
    fixed = ", fixed=True" if "train" in fit.fixed_batches else ""
    if fit.steps_per_epoch is None:
        yield f"    batches(train_part, {fit.batch_size}, order{fixed}),"
        return
    seed, first = "SEED" if fit.shuffle else "None", fit.initial_epoch
    yield f"    rounds(train_part, {fit.batch_size}, {seed}, first={first}{fixed}),"
    yield f"    steps_per_epoch={fit.steps_per_epoch},"


def list_callbacks(spec: RunSpec) -> list[str]:
    """What sets the order, and what the spec asks for."""
    is_shuffled = spec.fit.shuffle and spec.fit.steps_per_epoch is None
    return [*(["Shuffle()"] if is_shuffled else []), *callback_lines(spec)]


def loop_lines(spec: RunSpec, loop: Loop, data: LoadedRows, page: Page) -> Iterator[str]:
    """A loop of the user's own, whose source lies beside the script, and the context that it is called with."""
    page.use("loop")
    sizes = {part: ", fixed=True" if part in spec.fit.fixed_batches else "" for part in ("train", "validation")}
    parts = [f"LoopPart(train_part, {spec.fit.batch_size}, order{sizes['train']})"]
    if "validation" in data.parts:
        parts.append(
            f"LoopPart(validation_part, {spec.fit.validation_batch_size or spec.fit.batch_size}{sizes['validation']})"
        )
    losses = {name: write_object("loss", loss) for name, loss in spec.compile.loss.items()}
    metrics = {name: metric_list(metrics) for name, metrics in spec.compile.metrics.items()}
    yield f"data = LoopData({', '.join(parts)})"
    yield "context = LoopContext(\n    core,\n    data,\n    ["
    yield from (f"        {callback}," for callback in list_callbacks(spec))
    yield f"    ],\n    epochs={spec.fit.epochs},\n    initial_epoch={spec.fit.initial_epoch},"
    yield f"    batch_size={spec.fit.batch_size},"
    yield f"    config={write_open('config', loop.config)},"
    yield f"    losses={write_dict(losses)},\n    metrics={write_dict(metrics)},"
    yield f"    is_judged={bool(spec.compile.loss)},\n)"
    named = inspect.signature(find_component(loop.function)).parameters
    told = {"model": "core", "data": "data", "spec": repr(spec.model_dump(mode="json")), "context": "context"}
    given = {name: text for name, text in told.items() if name in named}
    given |= {name: write_open(name, value) for name, value in loop.config.items()}
    function = component_text(home_of(loop.function), loop.function)
    yield f"context.run({', '.join([function, *(f'{name}={text}' for name, text in given.items())])})"


SHUFFLE = '''

class Shuffle(keras.callbacks.Callback):
    """Each epoch visits the rows in an order of its own, drawn from the seed and the epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        order.assign(np.random.default_rng([SEED, epoch]).permutation(len({rows})))

'''


def callback_lines(spec: RunSpec) -> Iterator[str]:
    """Those that may change the training; the board is left out."""
    for at, described in enumerate(spec.fit.callbacks):
        monitor = described.config.get("monitor")
        if is_component(described.class_name):
            yield write_object("callback", described, **chosen_paths(described, at, kept="", board="tensorboard/"))
        elif described.class_name == "CSVLogger":
            yield write_object("callback", described, filename=f"training-{at}.csv", append=False)
        elif isinstance(monitor, str):
            mode = mode_of(spec, monitor, described.config.get("mode"))
            yield write_object("callback", described, mode=mode)
        else:
            yield write_object("callback", described)
    if stopping := spec.fit.early_stopping:
        monitor = stopping.monitor or spec.fit.monitor or "loss"
        given = stopping.model_dump() | {"monitor": monitor, "mode": mode_of(spec, monitor, stopping.mode)}
        yield f"keras.callbacks.EarlyStopping({', '.join(f'{name}={value!r}' for name, value in given.items())})"


def mode_of(spec: RunSpec, monitor: str, given: object) -> str:
    if given in ("min", "max"):
        return str(given)
    return settle_mode(spec, monitor, spec.fit.mode if monitor == spec.fit.monitor else "auto")
