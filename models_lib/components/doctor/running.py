"""Running a function eagerly, in a graph as Keras' `fit` does, and under XLA, and comparing what comes out."""

import contextlib
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.subjects import Subject, short

Function = Callable[..., Any]
DRAWS = 4
"""Calls that tell what is random: a coin that falls the same way four times is taken for none."""
TIMED_CALLS = 8
PLAIN = (bool, int, float, str)
LOOPS = (
    "Iterating over a symbolic",
    "iterating over `tf.Tensor`",
    "'SymbolicTensor' object cannot be interpreted as an int",
)
XLA_ADVICE = "It runs without XLA all the same: leave jit_compile off for it."


@dataclass
class Ran:
    """What one call gave; `printed` counts its lines, `changed` names plain attributes that it changed."""

    value: Any = None
    error: Exception | None = None
    printed: int = 0
    changed: frozenset[str] = field(default_factory=frozenset)
    seconds: float = 0.0


def run(function: Function, arguments: Sequence[Any], watched: Any = None) -> Ran:
    """Call it, watching what it prints and which plain attributes of `watched` it changes."""
    before, said, started = plain_state(watched), io.StringIO(), time.perf_counter()
    try:
        with contextlib.redirect_stdout(said):
            value = keras.tree.map_structure(as_array, function(*arguments))
    except Exception as error:  # whatever the component raises is what is told
        return Ran(error=error)
    after = plain_state(watched)
    changed = frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return Ran(value, None, said.getvalue().count("\n"), changed, time.perf_counter() - started)


def in_graph(function: Function, *, xla: bool = False, signature: Sequence[Any] | None = None) -> Function:
    """As `fit` calls it: in a graph, without AutoGraph."""
    made: Function = tf.function(function, autograph=False, jit_compile=xla or None, input_signature=signature)
    return made


def of_any_batch(arguments: Sequence[Any]) -> list[Any]:
    """The arguments' types, with a batch size that is not known, as `fit` has it since the last batch is smaller."""
    return [tf.TensorSpec([None, *argument.shape[1:]], argument.dtype) for argument in arguments]


def plain_state(watched: Any) -> dict[str, Any]:
    """Numbers, words and the sizes of collections that an object, or a module, holds."""
    if watched is None:
        return {}
    held = {name: value for name, value in vars(watched).items() if not name.startswith("_")}
    plain = {name: value for name, value in held.items() if isinstance(value, PLAIN)}
    sizes = {name: len(value) for name, value in held.items() if isinstance(value, list | dict | set)}
    return plain | ({} if isinstance(watched, ModuleType) and not held else sizes)


def as_array(value: Any) -> Any:
    if isinstance(value, tf.RaggedTensor | tf.SparseTensor):
        return keras.tree.map_structure(np.asarray, getattr(value, "values", value))
    return np.asarray(value) if tf.is_tensor(value) or isinstance(value, keras.Variable) else value


def are_close(a: Any, b: Any, *, tolerance: float = 1e-4) -> bool:
    """Whether two results are the same but for rounding."""
    parts = list(zip(keras.tree.flatten(a), keras.tree.flatten(b), strict=False))
    return all(_is_close(x, y, tolerance) for x, y in parts)


def _is_close(x: Any, y: Any, tolerance: float) -> bool:
    x, y = np.asarray(x), np.asarray(y)
    if x.shape != y.shape:
        return False
    if x.dtype.kind not in "fc" or y.dtype.kind not in "fc":
        return bool(np.array_equal(x, y))
    x, y = x.astype(np.float64), y.astype(np.float64)
    return bool(np.allclose(x, y, rtol=tolerance, atol=tolerance * 0.1, equal_nan=True))


@dataclass
class Modes:
    """One function, run on the same arguments several times eagerly and in a graph, and once under XLA."""

    subject: Subject
    function: Function
    arguments: Sequence[Any]
    watched: Any = None
    any_batch: bool = False
    xla: bool | None = None
    eager_slowdown: float | None = None
    is_random: bool = False

    def compare(self) -> Iterator[Finding]:
        """What differs between them."""
        eager = [run(self.function, self.arguments, self.watched) for _ in range(DRAWS)]
        if eager[0].error is not None:
            yield self._fails("raises", "eagerly", eager[0].error)
            return
        self.is_random = not all(are_close(eager[0].value, other.value) for other in eager)
        graph = in_graph(self.function, signature=of_any_batch(self.arguments) if self.any_batch else None)
        traced = [run(graph, self.arguments, self.watched) for _ in range(DRAWS)]
        if traced[0].error is not None:
            yield self._fails("graph", "in a graph", traced[0].error)
            return
        self.eager_slowdown = self._slowdown(graph)
        yield from self._compare_graph(eager, traced)
        yield from self._compare_xla(eager[0])

    def _slowdown(self, graph: Function) -> float:
        """How many times longer it takes eagerly: the quickest of several calls on both sides."""
        eager, traced = (
            min(run(function, self.arguments).seconds for _ in range(TIMED_CALLS))
            for function in (self.function, graph)
        )
        return round(eager / max(traced, 1e-6), 1)

    def _is_random_after_all(self) -> bool:
        """More draws, before a difference is called a fault: what falls the same way four times may be a coin."""
        drawn = [run(self.function, self.arguments).value for _ in range(4 * DRAWS)]
        self.is_random = not all(are_close(drawn[0], other) for other in drawn)
        return self.is_random

    def _compare_graph(self, eager: list[Ran], traced: list[Ran]) -> Iterator[Finding]:
        if self.is_random and all(are_close(traced[0].value, other.value, tolerance=1e-7) for other in traced):
            yield self.subject.find(
                "traced-constant",
                "error",
                f"{self.subject.name} gives another result at each call, and always the same one in a graph: "
                "a random number or a time of Python's or NumPy's is drawn once, when the graph is traced.",
                "Draw it with keras.random (or tf.random), whose numbers are drawn at every step.",
            )
        elif not self.is_random and not are_close(eager[0].value, traced[0].value) and not self._is_random_after_all():
            yield self.subject.find(
                "graph-differs",
                "error",
                f"{self.subject.name} gives another result in a graph than eagerly.",
                "Use operations of keras.ops or TensorFlow alone: what Python or NumPy computes is computed once.",
            )
        if eager[1].printed and traced[0].printed and not traced[1].printed:
            yield self.subject.find(
                "tracing-side-effect",
                "warning",
                f"{self.subject.name} prints, which in a graph happens once, when it is traced.",
                "Use tf.print, which prints at every step, or a callback.",
            )
        lost = eager[1].changed & traced[0].changed - traced[1].changed
        if lost:
            yield self.subject.find(
                "tracing-side-effect",
                "warning",
                f"{self.subject.name} changes {', '.join(sorted(lost))} at each call, in a graph only at tracing.",
                "Keep what changes in a variable: self.add_weight(…), and assign to it.",
            )

    def _compare_xla(self, eager: Ran) -> Iterator[Finding]:
        under_xla = run(in_graph(self.function, xla=True), self.arguments)
        self.xla = under_xla.error is None
        if under_xla.error is not None:
            line = self.subject.line_of(under_xla.error)
            message = f"{self.subject.name} does not compile with XLA: {short(under_xla.error)}"
            yield self.subject.find("xla", "info", message, XLA_ADVICE, line=line)
        elif not self.is_random and not are_close(eager.value, under_xla.value, tolerance=1e-3):
            message = f"{self.subject.name} gives another result under XLA than eagerly."
            yield self.subject.find("xla-differs", "warning", message, XLA_ADVICE)

    def _fails(self, rule: str, how: str, error: Exception) -> Finding:
        line = self.subject.line_of(error)
        rule, advice = explain(error, rule)
        return self.subject.find(rule, "error", f"{self.subject.name} fails {how}: {short(error)}", advice, line=line)


def explain(error: Exception, rule: str) -> tuple[str, str]:
    """The rule that an error breaks, and what to do about it."""
    said = str(error)
    if "only supports singleton tf.Variables" in said or "cannot add new elements of state" in said:
        return "variables-created-in-call", "Make variables once: in __init__ or build, with self.add_weight(…)."
    if "tf.function-decorated function tried to create variables" in said:
        return "variables-created-in-call", "Make variables once: in __init__ or build, with self.add_weight(…)."
    if "as a Python `bool`" in said or "as a Python bool" in said:
        return (
            "python-branch-on-tensor",
            "Use keras.ops.where or keras.ops.cond; Python's if cannot look into a tensor.",
        )
    if any(part in said for part in LOOPS):
        return (
            "python-loop-over-tensor",
            "Use keras.ops.scan, keras.ops.map or tf.map_fn, or compute on the whole tensor.",
        )
    if "convert a symbolic" in said or "numpy() is only available" in said or "has no attribute 'numpy'" in said:
        return "numpy-in-graph", "Use keras.ops in place of NumPy: in a graph a tensor has no value yet."
    return rule, "Try it on small tensors with run_eagerly: true, where Python shows each step."
