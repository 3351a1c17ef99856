"""The rows that were held back, answered once more and kept: `evaluation.json` among the artifacts."""

import json
import math
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.build.arrangement import name_outputs
from models_lib.build.component_model import can_be_called
from models_lib.data.preparing import PreparedPart
from models_lib.data.read import Table
from models_lib.data.targets import ModelTarget
from models_lib.export.serving import activation_of
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.judged import Json, judge_classes, judge_numbers

FILE = "evaluation.json"
SECONDS = 1.0
"""So long after the first batch, which traces the core, no further one is begun; the file says how many it judged."""
WORST = 20
MOST_COLUMNS = 24
LONGEST = 120
Answers = dict[str, NDArray[Any]]


def leave_evaluation(
    core: keras.Model,
    spec: RunSpec,
    targets: Mapping[str, ModelTarget],
    *,
    batches: Mapping[str, Batches],
    parts: Mapping[str, PreparedPart],
    tables: Mapping[str, Table],
    artifacts: Path,
) -> None:
    """Judge the test part, else the validation part, of targets whose answers are classes or single numbers.

    What is trained is trained: a model that cannot be judged is said in the log, and its run goes on.
    """
    part = next((name for name in ("test", "validation") if name in batches), None)
    if part is None or not _can_be_judged(targets) or not can_be_called(core):
        return
    try:
        told = judge_part(core, spec, targets, batches=batches[part], part=parts[part], table=tables[part])
    except Exception:  # noqa: BLE001 - the training is good all the same, whatever a model of one's own raises here
        traceback.print_exc()
        return
    if told["outputs"]:
        artifacts.mkdir(parents=True, exist_ok=True)
        (artifacts / FILE).write_text(json.dumps({"part": part, **told}, default=str))


def judge_part(
    core: keras.Model,
    spec: RunSpec,
    targets: Mapping[str, ModelTarget],
    *,
    batches: Batches,
    part: PreparedPart,
    table: Table,
) -> Json:
    """What is told of each target, and of how many rows."""
    answers = answer_rows(core, batches, tuple(part.targets), spec.seed)
    judged = {
        name: found
        for name, target in targets.items()
        if name in answers.outputs and (found := _judge(name, target, spec, answers, part, table))
    }
    return {"rows": len(answers.rows), "total": part.rows, "outputs": judged}


def _can_be_judged(targets: Mapping[str, ModelTarget]) -> bool:
    return any(target.labels or target.coding == "numbers" for target in targets.values())


@dataclass(frozen=True)
class Answered:
    """The rows of a part that were answered, and what was answered, by output."""

    rows: NDArray[np.int64]
    outputs: Answers


def answer_rows(core: keras.Model, batches: Batches, names: tuple[str, ...], seed: int) -> Answered:
    """Batches in an order drawn by the seed, so that what is answered before the time is over stands for all."""
    order = np.random.default_rng(seed).permutation(batches.rows).astype(np.int64)
    batches.set_order(order)
    batches.begin_at(0)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def answer(inputs: Any) -> dict[str, tf.Tensor]:
        return name_outputs(core, core(inputs, training=False), names)

    found = list(_answer_in_time(answer, batches))
    outputs = {name: np.concatenate([np.asarray(one[name]) for one in found]) for name in found[0]} if found else {}
    count = len(next(iter(outputs.values()))) if outputs else 0
    return Answered(order[:count], outputs)


def _answer_in_time(answer: Any, batches: Batches) -> Iterator[dict[str, NDArray[Any]]]:
    end = None
    for batch in batches.dataset:
        yield {name: tensor.numpy() for name, tensor in answer(batch[0] if isinstance(batch, tuple) else batch).items()}
        end = end or time.monotonic() + SECONDS
        if time.monotonic() >= end:
            return


def _judge(
    name: str, target: ModelTarget, spec: RunSpec, answers: Answered, part: PreparedPart, table: Table
) -> Json | None:
    """One target over the rows that count; None where its answers are no classes and no single numbers."""
    weights = part.weights.get(name)
    counted = np.ones(len(answers.rows), bool) if weights is None else np.asarray(weights)[answers.rows].ravel() > 0
    rows, answered = answers.rows[counted], answers.outputs[name][counted].astype(np.float64)
    if not len(rows) or not np.isfinite(answered).all():
        return None
    truth = np.asarray(part.targets[name][rows])
    if target.labels:
        loss = spec.compile.loss.get(name)
        found = _judge_labels(target, truth, answered, activation_of(loss) if loss else None)
    else:
        found = _judge_numbers(target, truth, answered)
    return {"column": target.source, **found.judged, "worst": list(_worst(found, rows, table))} if found else None


@dataclass(frozen=True)
class Judged:
    """What is told of a target, and of each row how wrong it was, its truth and its answer."""

    judged: Json
    off: NDArray[np.float64]
    said: Sequence[tuple[Any, Any]]


def _judge_labels(
    target: ModelTarget, truth: NDArray[Any], answered: NDArray[np.float64], activation: str | None
) -> Judged | None:
    shares = _shares(answered, len(target.labels), activation)
    if shares is None:
        return None
    places = truth.argmax(axis=1) if target.coding == "one_hot" else truth.reshape(len(truth)).astype(np.int64)
    pairs = zip(places, shares.argmax(axis=1), strict=True)
    said = [(target.labels[own], target.labels[other]) for own, other in pairs]
    return Judged(judge_classes(places, shares, target.labels), 1.0 - shares[np.arange(len(places)), places], said)


def _judge_numbers(target: ModelTarget, truth: NDArray[Any], answered: NDArray[np.float64]) -> Judged | None:
    """In the target's own units."""
    if target.coding != "numbers" or answered.size != len(truth) or truth.size != len(truth):
        return None
    true, said = (
        values.reshape(-1).astype(np.float64) * target.deviation + target.mean for values in (truth, answered)
    )
    return Judged(judge_numbers(true, said), np.abs(true - said), list(zip(true, said, strict=True)))


def _shares(answered: NDArray[np.float64], classes: int, activation: str | None) -> NDArray[np.float64] | None:
    """Probabilities by class; None where the output does not have a unit for each, or one for two."""
    if answered.size == len(answered) and classes == 2:
        flat = answered.reshape(-1)
        share = 1 / (1 + np.exp(-np.clip(flat, -500, 500))) if activation == "sigmoid" else flat
        return np.stack([1 - share, share], axis=1)
    if answered.shape != (len(answered), classes):
        return None
    if activation != "softmax":
        return answered
    raised = np.exp(answered - answered.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _worst(found: Judged, rows: NDArray[np.int64], table: Table) -> Iterator[Json]:
    """The rows that were answered worst, worst first, with what stands in them."""
    chosen = np.argsort(-found.off, kind="stable")[:WORST]
    few = table.take(rows[chosen])
    columns = [name for name, values in few.values.items() if np.ndim(values) == 1][:MOST_COLUMNS]
    for nth, at in enumerate(chosen):
        truth, answer = found.said[at]
        yield {
            "truth": _plain(truth),
            "answer": _plain(answer),
            "off": float(found.off[at]),
            "values": {name: _cell(few, name, nth) for name in columns},
        }


def _cell(table: Table, name: str, nth: int) -> Any:
    return None if name in table.gaps and table.gaps[name][nth] else _plain(table.values[name][nth])


def _plain(value: Any) -> Any:
    """As JSON has it; long words are cut."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float | None) else str(value)[:LONGEST]
