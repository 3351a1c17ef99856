"""`train.py`: a run as a plain Keras script that ends with the run's weights, bit for bit, on the same machine."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import keras

from models_lib.build.model import InputTensor
from models_lib.data.inputs import ModelInput
from models_lib.data.loading import LoadedRows
from models_lib.data.targets import ModelTarget
from models_lib.eject.calls import Variables, write_bare
from models_lib.eject.data_text import input_lines, read_lines, split_lines, target_lines, weight_lines
from models_lib.eject.model_text import callback_lines, compile_lines, model_lines
from models_lib.spec.types import RunSpec

TAKEN = (
    *("DATA", "Path", "ROWS", "SEED", "Shuffle", "arrays", "batches", "column", "columns", "core", "duckdb", "found"),
    *("gap_of", "gaps", "hashlib", "keras", "kept", "known", "labels", "layer", "name", "np", "oldest_first", "order"),
    *("part_of_row", "place", "placeholders", "prepared", "shuffled", "sys", "table", "tensors", "test", "tf", "train"),
    *("validation", "zip", "print", "open"),
)
HEAD = '''"""{title}: a run of Horngate ({run_id}) as a plain Keras script.

    pip install -r requirements.txt
    python train.py {file}

With the same versions on the same machine it ends with the weights of the run, bit for bit: their SHA-256 is
{digest}.
"""

import hashlib
import sys
from pathlib import Path

import duckdb
import keras
import numpy as np
import tensorflow as tf

DATA = Path(sys.argv[1] if len(sys.argv) > 1 else {file!r})
SEED = {seed}

found = hashlib.sha256(DATA.read_bytes()).hexdigest()
assert found == {sha256!r}, f"{{DATA}} is not the data of the run"
'''
HELPERS = '''
def gap_of(name):
    """Which rows have no value in this column."""
    column = table[name]
    return np.isnan(column) if column.dtype.kind == "f" else gaps.get(name, np.zeros(len(column), dtype=bool))


def prepared(name, dtype, fill=None):
    """A column in the tensor's type, its gaps filled."""
    values, missing = table[name], gap_of(name)
    if dtype != "string":
        values = values.astype(dtype)
    elif values.dtype.kind == "b":
        values = np.where(values, "true", "false").astype(object)
    elif values.dtype != object:
        values = values.astype(str).astype(object)
    return values if fill is None else np.where(missing, np.asarray(fill, dtype=values.dtype), values)


def batches(tensors, rows, size, order):
    """Batches that follow `order`, which may be set anew before each epoch; the last one may be smaller."""
    tensors = tf.nest.map_structure(lambda tensor: tf.constant(tensor[rows]), tensors)
    count = len(rows)

    def take(step):
        chosen = order[step * size : tf.minimum(step * size + size, count)]
        return tf.nest.map_structure(lambda tensor: tf.gather(tensor, chosen), tensors)

    return tf.data.Dataset.range(-(-count // size)).map(take).prefetch(8)

'''
SHUFFLE = '''
class Shuffle(keras.callbacks.Callback):
    """Each epoch visits the rows in an order of its own, drawn from the seed and the epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        order.assign(np.random.default_rng([SEED, epoch]).permutation(len(train)))

'''


@dataclass(frozen=True)
class Trained:
    """A run that was trained, with all that was learned from its data."""

    run_id: str
    spec: RunSpec
    data: LoadedRows
    inputs: Mapping[str, ModelInput]
    tensors: Mapping[str, InputTensor]
    targets: Mapping[str, ModelTarget]
    digest: str
    file: str
    sha256: str
    threads: int | None
    several: frozenset[str]
    """Layers that give several tensors."""


def digest_weights(core: keras.Model) -> str:
    """The SHA-256 of the weights' arrays, one after the other."""
    return hashlib.sha256(b"".join(array.tobytes() for array in core.get_weights())).hexdigest()


def write_script(run: Trained) -> str:
    """The whole text; raises NotEjectable."""
    about = {"title": run.spec.name or "a model", "run_id": run.run_id, "file": run.file, "digest": run.digest}
    head = HEAD.format(**about, seed=run.spec.seed, sha256=run.sha256)
    return head + "\n".join([*_threads(run), HELPERS, *_body(run)]) + "\n"


def _threads(run: Trained) -> Iterator[str]:
    if run.threads is not None:
        yield f"tf.config.threading.set_intra_op_parallelism_threads({run.threads})"
        yield f"tf.config.threading.set_inter_op_parallelism_threads({run.threads})"


def _body(run: Trained) -> Iterator[str]:
    spec, variables = run.spec, Variables(*TAKEN, several=run.several)
    yield "# The data, as the run read it."
    yield from read_lines(spec, run.data)
    yield "\n# Which rows train, validate and test."
    yield from split_lines(spec, run.data)
    for name, part in run.inputs.items():
        yield f"\n# Input {name}: {', '.join(part.sources)}."
        yield from input_lines(name, part, spec.inputs[name].preprocess or (), run.data, variables)
    for name, target in run.targets.items():
        yield f"\n# Target {name}: {target.source}."
        yield from target_lines(name, target, run.data, variables)
    weighted = list(weight_lines(spec, run.targets, run.data, variables))
    yield from (["\n# How much each row counts.", *weighted] if weighted else [])
    yield "\n# The model."
    yield "keras.utils.set_random_seed(SEED)"
    yield f"keras.config.set_dtype_policy({spec.compile.dtype_policy!r})"
    yield from model_lines(spec, run.tensors, variables)
    yield from compile_lines(spec.compile)
    yield 'keras.config.set_dtype_policy("float32")'
    yield from _training(run, variables, is_weighted=bool(weighted))


def _training(run: Trained, variables: Variables, *, is_weighted: bool) -> Iterator[str]:
    fit = run.spec.fit
    inputs = write_bare({name: variables.of("input", name) for name in run.inputs})
    targets = write_bare({name: variables.of("target", name) for name in run.targets})
    weights = (
        [write_bare({name: variables.of("weight", f"{name}_weight") for name in run.targets})] if is_weighted else []
    )
    yield "\n# Training."
    yield f"tensors = ({', '.join([inputs, targets, *weights])})"
    yield "order = tf.Variable(np.arange(len(train)), trainable=False)"
    if fit.shuffle:
        yield f"\n{SHUFFLE}"
    yield "core.optimizer.build(core.trainable_variables)"
    yield "core.fit("
    yield f"    batches(tensors, train, {fit.batch_size}, order),"
    if "validation" in run.data.rows:
        size = fit.validation_batch_size or fit.batch_size
        yield f"    validation_data=batches(tensors, validation, {size}, tf.range(len(validation))),"
        yield f"    validation_freq={fit.validation_freq},"
    yield f"    epochs={fit.epochs},\n    shuffle=False,\n    verbose=2,\n    callbacks=["
    yield from (["        Shuffle(),"] if fit.shuffle else [])
    yield from (f"    {line}" for line in callback_lines(run.spec))
    yield "    ],\n)"
    yield 'core.save_weights("core.weights.h5")'
    yield 'print(hashlib.sha256(b"".join(array.tobytes() for array in core.get_weights())).hexdigest())'
