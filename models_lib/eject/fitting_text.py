"""The part of the script that trains: batches in the published order, callbacks, `fit`."""

from collections.abc import Iterator, Mapping

import keras

from models_lib.build.arrangement import arrange_inputs, arrange_outputs
from models_lib.build.direction import settle_mode
from models_lib.data.loading import LoadedRows
from models_lib.data.targets import ModelTarget
from models_lib.eject.calls import write_object, write_structure, write_tuple
from models_lib.eject.names import Page
from models_lib.eject.tensors_text import weights_of
from models_lib.spec.components import is_component
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
    page.use("batches")
    yield f"order = tf.Variable(np.arange(len({rows})), trainable=False)"
    if fit.shuffle:
        yield SHUFFLE.format(rows=rows)
    if core.optimizer is not None:
        yield "core.optimizer.build(core.trainable_variables)"
    yield "core.fit("
    yield f"    batches(train_part, {fit.batch_size}, order),"
    if "validation" in data.parts:
        size = fit.validation_batch_size or fit.batch_size
        yield f"    validation_data=batches(validation_part, {size}),"
        yield f"    validation_freq={fit.validation_freq},"
    yield f"    epochs={fit.epochs},\n    shuffle=False,\n    verbose=2,"
    callbacks = [*(["Shuffle()"] if fit.shuffle else []), *callback_lines(spec)]
    if callbacks:
        yield "    callbacks=["
        yield from (f"        {callback}," for callback in callbacks)
        yield "    ],"
    yield ")"


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
