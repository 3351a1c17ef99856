"""A sound first spec for a table and a target, as a document that people keep and change."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models_lib.spec.data_reading import tensor_name
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import Fault, SpecRefused
from models_lib.spec.guessing import Guess, guess, guess_task, has_gaps, labels_of
from models_lib.spec.names import did_you_mean, nearest
from models_lib.spec.reading import read_document

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*( [A-Za-z0-9_]+)*")
WORDS_OF_YAML = frozenset({"true", "false", "null", "none"})
FEWEST_FOR_TEST = 100
FEWEST_PER_CLASS = 10


@dataclass(frozen=True)
class Suggestion:
    """The document, the same as text with comments, and what was decided on the way."""

    document: dict[str, Any]
    text: str
    notes: list[str]


def suggest_spec(profile: DatasetProfile, dataset_name: str, target: str) -> Suggestion:
    """Guess the task and write a spec for it. Raises SpecRefused where the target cannot be learned."""
    column = _find_target(profile, target)
    task = guess_task(column, profile.rows)
    if task is None:
        raise _refused(f"{target!r} cannot be learned: {_why_not(column, profile.rows)}", column.name)
    guessed = guess(profile, column, task)
    if not (guessed.numbers or guessed.words):
        raise _refused("no column is left to learn from: " + " ".join(guessed.notes), column.name)
    writer = _Writer(guessed, dataset_name, profile.rows)
    text = writer.write()
    document = read_document(text)
    assert isinstance(document, dict)
    return Suggestion(document, text, writer.notes)


def _find_target(profile: DatasetProfile, target: str) -> Column:
    if profile.format == "npz":
        raise _refused("a first spec is suggested for tables: for arrays begin with a template", target)
    if profile.format == "weights":
        raise _refused("the data set holds weights and no rows: a spec names it under model.weights", target)
    column = profile.by_name.get(target)
    if column is None:
        near = nearest(target, profile.by_name)
        message = f"the data set has no column {target[:80]!r}{did_you_mean(near)}"
        raise _refused(message, target, allowed=list(profile.by_name), near=near)
    return column


def _why_not(column: Column, rows: int) -> str:
    if column.is_time:
        return "it holds dates"
    if (column.unique or 0) < 2:
        return "it has one value only"
    return f"it has {column.unique} different labels in {rows} rows"


def _refused(message: str, found: str, *, allowed: list[str] | None = None, near: str | None = None) -> SpecRefused:
    code: Any = "bad_reference" if allowed else "bad_data"
    fault = Fault(pointer="/target", message=message, code=code, found=found, allowed=allowed, did_you_mean=near)
    return SpecRefused((fault,))


class _Writer:
    """Writes the YAML line by line; every decision that a reader may question gets a note."""

    def __init__(self, guessed: Guess, dataset_name: str, rows: int) -> None:
        self._guess, self._dataset, self._rows = guessed, dataset_name, rows
        self._output = tensor_name(guessed.target.name, {"numbers"})
        self.notes = [_task_note(guessed), *guessed.notes]

    def write(self) -> str:
        """The document's text."""
        body = [self._inputs(), self._targets(), self._split(), self._model(), self._compile(), self._fit()]
        sections = [self._head(), *body]  # the head last: it lists the notes of all others
        return "\n".join(line for section in sections for line in section) + "\n"

    def _head(self) -> list[str]:
        name = f"{self._guess.target.name} from {self._dataset.partition('@')[0]}"
        return [
            *(f"# {_comment(note)}" for note in self.notes),
            f"name: {_scalar(name)}",
            f"dataset: {_scalar(self._dataset)}",
            "seed: 42",
        ]

    def _inputs(self) -> list[str]:
        lines = ["inputs:  # model input <- columns"]
        taken = {self._output}
        if self._guess.numbers:
            numbers = self._guess.numbers
            lines += ["  numbers:", f"    columns: {_listed([column.name for column in numbers])}"]
            lines += self._missing(numbers, "median")
            lines += ["    preprocess: Normalization()  # mean 0, deviation 1, learned from the training part"]
            taken.add("numbers")
        for column in self._guess.words:
            name = tensor_name(column.name, taken)
            taken.add(name)
            lines += [f"  {_scalar(name)}:", f"    column: {_scalar(column.name)}"]
            lines += self._missing((column,), "most_frequent")
            lines += ['    preprocess: StringLookup(output_mode="one_hot")']
        return lines

    def _missing(self, columns: tuple[Column, ...], fill: str) -> list[str]:
        if not has_gaps(columns):
            return []
        gaps = ", ".join(f"{column.missing} in {column.name}" for column in columns if column.missing)
        self.notes.append(f"Gaps are filled with {fill.replace('_', ' ')} values: {gaps}.")
        return [f"    missing: {fill}  # gaps: {_comment(gaps)}"]

    def _targets(self) -> list[str]:
        target = self._guess.target
        lines = [
            "targets:  # model output <- column",
            f"  {_scalar(self._output)}:",
            f"    column: {_scalar(target.name)}",
        ]
        if self._guess.task == "regression":
            lines += ["    normalize: true  # undone in the saved model: predictions come in the column's own units"]
        else:
            labels = labels_of(target)
            lines += [f"    classes: {_listed(labels) if labels and len(labels) <= 20 else 'auto'}"]
        if target.missing:
            self.notes.append(f"{target.missing} rows without {target.name} are left out.")
            lines += [f"    missing: drop  # {target.missing} rows"]
        return lines

    def _split(self) -> list[str]:
        parts = "validation: 0.2, test: 0.1" if self._rows >= FEWEST_FOR_TEST else "validation: 0.2"
        fewest = min((count for _, count in self._guess.target.top), default=0)
        if self._guess.task != "regression" and fewest >= FEWEST_PER_CLASS:
            parts += f", stratify: {_scalar(self._guess.target.name)}"
        return [f"split: {{{parts}}}"]

    def _model(self) -> list[str]:
        units = 16 if self._rows < 1_000 else 64 if self._rows < 50_000 else 128
        head = {"regression": "Dense(1)", "binary": 'Dense(1, activation="sigmoid")'}.get(
            self._guess.task, f'Dense({self._guess.target.unique}, activation="softmax")'
        )
        hidden = [f'    - Dense({units}, activation="relu")'] * 2
        return ["model:", "  kind: sequential", "  layers:", *hidden, f"    - {head}"]

    def _compile(self) -> list[str]:
        loss, metrics = {
            "regression": ("mse", "[RootMeanSquaredError(), mae]"),
            "binary": ("binary_crossentropy", "[accuracy, AUC()]"),
            "multiclass": ("sparse_categorical_crossentropy", "[accuracy]"),
        }[self._guess.task]
        return ["compile:", "  optimizer: Adam(1e-3)", f"  loss: {loss}", f"  metrics: {metrics}"]

    def _fit(self) -> list[str]:
        batch = 32 if self._rows < 50_000 else 256
        return [
            "fit:",
            "  epochs: 100",
            f"  batch_size: {batch}",
            "  early_stopping: {patience: 10, restore_best_weights: true}  # stops when val_loss no longer falls",
        ]


def _task_note(guessed: Guess) -> str:
    target = guessed.target
    match guessed.task:
        case "regression":
            return f"{target.name} is a number: regression."
        case "binary":
            return f"{target.name} has two values: binary classification."
        case _:
            return f"{target.name} has {target.unique} classes: classification."


def _scalar(value: Any) -> str:
    """A value that YAML reads back as it is."""
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS_OF_YAML:
        return value
    return json.dumps(value, ensure_ascii=False)


def _listed(values: Sequence[Any]) -> str:
    return "[" + ", ".join(_scalar(value) for value in values) + "]"


def _comment(text: str) -> str:
    """Text that cannot end the comment it stands in."""
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:120] + "…"
