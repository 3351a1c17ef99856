"""Random specs over one table: what is prepared how, parted, weighed, built, compiled and fitted."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.models_lib.train.attempts import houses, write_table

LAYERS = (
    'Dense(6, activation="relu")', 'Dense(4, activation="gelu", kernel_initializer="lecun_normal")', "Dropout(0.3)",
    "BatchNormalization()", "GaussianNoise(0.1)", "LayerNormalization()", 'Scale(0.4, activation="tanh")',
    "Dense(5, kernel_regularizer=L1L2(1e-4, 1e-3), kernel_constraint=MaxNorm(2))", 'Dense(3, activation="squash")',
    "{model: {kind: sequential, layers: [Dense(5), Dropout(0.2), 'Dense(4, activation=\"elu\")']}, name: inner}",
)  # fmt: skip
PRICE = ("price", "{column: price, normalize: true}", "Dense(1)", ("mse", "huber", "soft", "soften(0.5)"))
SOLD = ("sold", "{column: sold, classes: auto, missing: ignore}", 'Dense(1, activation="sigmoid")', ("bce",))
GRADE = (
    "grade", "{column: grade, classes: [top, mid, low]}", 'Dense(3, activation="softmax")',
    ("categorical_crossentropy", "sparse_categorical_crossentropy"),
)  # fmt: skip
SPLITS = (
    "{validation: 0.2}", "{validation: 0.25, test: 0.1}", "{validation: 0.0}", "{time: rooms}", "{column: part}",
    "{validation: 0.2, test: 0.2, group: week}", "{validation: 0.3, test: 0.1, stratify: grade}",
    "{validation_dataset: held}", "{test_dataset: held, validation: 0.2, group: week}",
)  # fmt: skip
INPUTS = (
    'place: {column: place name, preprocess: StringLookup(output_mode="one_hot")}',
    "notes: {text: notes, preprocess: 'TextVectorization(max_tokens=9, output_mode=\"tf_idf\")'}",
    "tags: {sparse: tags, missing: ''}",
    "week: {column: week, dtype: int64, preprocess: 'IntegerLookup(output_mode=\"multi_hot\")'}",
    "pages: {sequence: pages, maxlen: 3, dtype: float32, missing: ''}",
    "moved: {column: age, missing: 3, preprocess: Center()}",
    "opened: {date: opened, missing: '2024-02-29'}",
    "sold_at: {date: sold at, parts: [hour, weekday, daily]}",
)
OPTIMIZERS = (
    "'SGD(0.01, momentum=0.9)'", "Adam(0.01)", "'RMSprop(0.001, clipvalue=0.5)'", "AdamW()",
    "'Adam(ExponentialDecay(0.01, 10, 0.9), use_ema=True, ema_overwrite_frequency=5)'",
    "'SGD(0.01, gradient_accumulation_steps=2)'", "'Lion(0.001, global_clipnorm=1.0)'",
)  # fmt: skip
FITS = (
    "epochs: 3", "epochs: 2, shuffle: false", "epochs: 3, batch_size: 7", "epochs: 2, sample_weight: weight",
    "epochs: 2, callbacks: [Noise(0.05), CSVLogger()]", "epochs: 3, validation_batch_size: 5",
    "epochs: 5, early_stopping: {patience: 0, restore_best_weights: true}",
    "epochs: 3, callbacks: ['ReduceLROnPlateau(factor=0.5, patience=1)', TerminateOnNaN()]",
)  # fmt: skip
COMPILED = (
    "", ", jit_compile: true", ", dtype_policy: mixed_bfloat16", ", steps_per_execution: 4", ", run_eagerly: true",
    ", dtype_policy: mixed_float16",
)  # fmt: skip


def make_tables(folder: Path) -> dict[str, Path]:
    """A data set and one of the same kind that is held back."""
    return {name: _make_table(folder / f"{name}.csv", rows, rows) for name, rows in (("houses", 90), ("held", 40))}


def _make_table(path: Path, rows: int, seed: int) -> Path:
    columns = houses(rows, seed=seed)
    generator = np.random.default_rng(seed)
    columns["sold"] = [None if at % 11 == 5 else value for at, value in enumerate(columns["sold"])]
    columns["part"] = [("train", "train", "validation")[at % 3] for at in range(rows)]
    columns["week"] = [at % 13 for at in range(rows)]
    columns["weight"] = [0.5 + at % 3 for at in range(rows)]
    words = ("near", "the", "sea", "Loud", "new!")
    begin = datetime.fromisoformat("2023-11-30T08:15")
    times = [begin + timedelta(hours=seed + 7 * at) for at in range(rows)]
    columns["opened"] = [None if at % 9 == 4 else time.date().isoformat() for at, time in enumerate(times)]
    columns["sold at"] = [time.isoformat(sep=" ") for time in times]
    columns["notes"] = [" ".join(generator.choice(words, 1 + at % 4)) for at in range(rows)]
    columns["tags"] = [";".join(generator.choice(["red", "old", "new"], at % 3)) for at in range(rows)]
    columns["pages"] = [",".join(map(str, generator.integers(1, 9, at % 5))) for at in range(rows)]
    return write_table(path, columns)


@dataclass(frozen=True)
class Drawn:
    """A spec; and that of a run which it begins with, if it begins with one."""

    text: str
    before: str | None = None


@st.composite
def specs(draw: st.DrawFn) -> Drawn:
    """A spec of any kind of model, every fourth of them going on from another run."""
    text = draw(whole_specs())
    if draw(st.integers(0, 3)):
        return Drawn(text)
    name = draw(st.sampled_from(("best", "last")))
    readapt = "Center()" in text or draw(st.booleans())  # what a component's layer learned is not kept
    [model] = [line for line in text.splitlines() if line.startswith("model: ")]
    start = f"model: {{kind: run, run: run_1, checkpoint: {name}, readapt: {str(readapt).lower()}, {model}}}"
    other = text.replace("_dataset: held", "_dataset: houses").replace("dataset: houses", "dataset: held", 1)
    return Drawn(other.replace(model, start), text)


@st.composite
def whole_specs(draw: st.DrawFn) -> str:
    """One that begins with drawn weights."""
    goals = draw(st.lists(st.sampled_from((PRICE, SOLD, GRADE)), min_size=1, max_size=2, unique_by=lambda g: g[0]))
    inputs = draw(st.lists(st.sampled_from(INPUTS), max_size=3, unique=True))
    numbers = (
        f"numbers: {{columns: [rooms, age], missing: {draw(st.sampled_from(('median', 'mean', 'drop', '17.5')))}, "
        f"preprocess: {draw(st.sampled_from(('Normalization()', 'null', '[Normalization(), Rescaling(0.5)]')))}}}"
    )
    losses = {name: draw(st.sampled_from(kinds)) for name, _, _, kinds in goals}
    fit = draw(st.sampled_from(FITS))
    if "early_stopping" not in fit and "grade" in losses and draw(st.booleans()):
        fit += ", class_weight: {grade: {top: 2.5, low: 0.5}}"
    if "sample_weight" not in fit and draw(st.integers(0, 3)) == 0:
        fit += f", sample_weight: {{{draw(st.sampled_from(goals))[0]}: weight}}"
    graph = _graph(goals, len(inputs) + 1)
    others = [_component(goals), *([_config(goals)] if len(goals) == 1 else [])]
    model = draw(st.one_of(graph, graph, st.sampled_from(others)))
    named = [part.partition(":")[0] for part in (numbers, *inputs)]
    optimizer = draw(st.sampled_from(OPTIMIZERS))
    if draw(st.integers(0, 3)) == 0 and "component" not in model:
        optimizer = f"{{few: {{use: 'Adam(0.01)', layers: ['{goals[0][0]}']}}, rest: {{use: {optimizer}}}}}"
    return "\n".join(
        [
            "dataset: houses",
            f"seed: {draw(st.integers(0, 2**31))}",
            "inputs:",
            *(f"  {part}" for part in (numbers, *inputs)),
            f"targets: {{{', '.join(f'{name}: {target}' for name, target, *_ in goals)}}}",
            f"split: {draw(st.sampled_from(SPLITS))}",
            f"model: {model.replace('ALL', json.dumps(named))}",
            f"compile: {{optimizer: {optimizer}, loss: {_by_name(losses)}{draw(st.sampled_from(COMPILED))}}}",
            f"fit: {{{fit}, tensorboard: false}}",
        ]
    )


def _by_name(losses: dict[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {loss}' for name, loss in losses.items())}}}"


@st.composite
def _graph(draw: st.DrawFn, goals: list[Any], count: int) -> str:
    """A stack for one output; a stack under several heads for several."""
    layers = draw(st.lists(st.sampled_from(LAYERS), max_size=4, unique=True))
    listed = [layer if layer.startswith("{") else f"'{layer}'" for layer in layers]
    if len(goals) == 1:
        name, _, head, _ = goals[0]
        return f"{{kind: sequential, layers: [{', '.join([*listed, f'{{name: {name}, layer: {_quoted(head)}}}'])}]}}"
    join = "layer: Concatenate(), inputs: ALL" if count > 1 else "layer: Identity(), inputs: numbers"
    chain = [f"{{name: all, {join}}}"]
    above = "all"
    for at, layer in enumerate(listed):
        given = layer[1:-1] if layer.startswith("{") else f"layer: {layer}"
        name = f"step{at}"
        chain.append(f"{{{given.replace(', name: inner', '')}, name: {name}, inputs: {above}}}")
        above = name
    chain += [f"{{name: {name}, layer: {_quoted(head)}, inputs: {above}}}" for name, _, head, _ in goals]
    return f"{{kind: functional, layers: [{', '.join(chain)}], outputs: [{', '.join(goal[0] for goal in goals)}]}}"


def _quoted(call: str) -> str:
    return f"'{call}'"


def _component(goals: list[Any]) -> str:
    units = [3 if name == "grade" else 1 for name, *_ in goals]
    kinds = [{"grade": "softmax", "sold": "sigmoid"}.get(name, "linear") for name, *_ in goals]
    return f"{{kind: component, class_name: Heads, config: {{units: {units}, activations: {kinds}}}}}"


def _config(goals: list[Any]) -> str:
    """What `to_json` gives of a stack that nobody has called yet."""
    name = goals[0][0]
    units, activation = (3, "softmax") if name == "grade" else (1, "sigmoid" if name == "sold" else None)
    layers = [
        {"class_name": "Dense", "config": {"name": "first", "units": 5, "activation": "relu"}},
        {"class_name": "Dropout", "config": {"name": "dropped", "rate": 0.25}},
        {"class_name": "Dense", "config": {"name": name, "units": units, "activation": activation}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "stack", "layers": layers}}
    return f"{{kind: keras, config: {json.dumps(config)}}}"


# A sine's last bit depends on how many values stand around it: each data set is prepared by itself.
FOUND = Drawn("""
dataset: houses
seed: 906
inputs:
  numbers: {columns: [rooms, age], missing: mean, preprocess: [Normalization(), Rescaling(0.5)]}
  pages: {sequence: pages, maxlen: 3, dtype: float32, missing: ''}
  sold_at: {date: sold at, parts: [hour, weekday, daily]}
  notes: {text: notes, preprocess: 'TextVectorization(max_tokens=9, output_mode="tf_idf")'}
targets: {sold: {column: sold, classes: auto, missing: ignore}, grade: {column: grade, classes: [top, mid, low]}}
split: {validation_dataset: held}
model: {kind: component, class_name: Heads, config: {units: [1, 3], activations: ['sigmoid', 'softmax']}}
compile: {optimizer: AdamW(), loss: {sold: bce, grade: sparse_categorical_crossentropy}, jit_compile: true}
fit: {epochs: 3, tensorboard: false}
""")
