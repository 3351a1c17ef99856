"""Checks of optimizers: a few steps on two weights, eagerly and in a graph."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.running import Modes, are_close, explain, in_graph
from models_lib.components.doctor.subjects import CannotMake, Subject, short

STEPS = 3


def check_optimizer(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings where it fails, moves nothing, gives no numbers, or steps otherwise in a graph."""
    eager, error = _weights_after(subject, graph=False)
    if error is None:
        graph, error = _weights_after(subject, graph=True)
    if error is not None:
        rule, advice = explain(error, "raises")
        message = f"{subject.name} fails at a step: {short(error)}"
        yield subject.find(rule, "error", message, advice, line=subject.line_of(error))
    elif not all(np.isfinite(part).all() for part in eager):
        message = f"{subject.name} makes weights NaN or infinite, of gradients of 1 and 0."
        yield subject.find("non-finite", "error", message, "Add epsilon where you divide, or take a root.")
    elif are_close(eager, _start(), tolerance=1e-9):
        message = f"{subject.name} leaves the weights as they were."
        yield subject.find("no-update", "error", message, "In update_step: self.assign_sub(variable, …).")
    elif not are_close(eager, graph):
        message = f"{subject.name} steps otherwise in a graph than eagerly."
        advice = "Keep its state in variables made in build: self.add_optimizer_variables(…), and assign to them."
        yield subject.find("graph-differs", "error", message, advice)


def _start() -> list[Any]:
    return [np.ones((4, 3), "float32"), np.ones((3,), "float32")]


def _weights_after(subject: Subject, *, graph: bool) -> tuple[list[Any], Exception | None]:
    """Two weights after some steps of gradients of 1, and the last of 0."""
    optimizer = subject.make()
    variables = [keras.Variable(part) for part in _start()]

    def step(*gradients: Any) -> None:
        optimizer.apply_gradients(list(zip(gradients, variables, strict=True)))

    try:
        optimizer.build(variables)
        taken = in_graph(step) if graph else step
        for turn in range(STEPS):
            taken(*(tf.fill(part.shape, 0.0 if turn == STEPS - 1 else 1.0) for part in variables))
    except CannotMake:
        raise
    except Exception as error:  # whatever it raises is what is told
        return [], error
    return [np.asarray(variable) for variable in variables], None
