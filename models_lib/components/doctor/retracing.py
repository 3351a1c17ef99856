"""How often a tf.function is traced when it is given Python numbers."""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.functions import numbers
from models_lib.components.doctor.subjects import Subject

CALLS = 3


def count_traces(subject: Subject) -> Iterator[Finding]:
    """Finding for each argument with a number as its default whose every new number traces the function anew."""
    function = traced_function(subject.value)
    if function is None:
        return
    tensors = [tf.constant(numbers()) for p in subject.parameters if p.default is p.empty]
    for parameter in subject.parameters:
        if type(parameter.default) in (int, float):
            before = function.experimental_get_tracing_count()
            for turn in range(CALLS):
                function(*tensors, **{parameter.name: parameter.default + 1 + turn})
            traces = function.experimental_get_tracing_count() - before
            if traces == CALLS:
                yield subject.find(
                    "retracing",
                    "warning",
                    f"{subject.name} is traced anew for each Python number that is given as {parameter.name}: "
                    f"{traces} traces in {CALLS} calls.",
                    f"Give a tensor in its place: {parameter.name}=tf.constant(…); or leave @tf.function out.",
                )


def traced_function(value: Any) -> Any:
    """The tf.function behind an object, however it was wrapped since; None where there is none."""
    while value is not None and not hasattr(value, "experimental_get_tracing_count"):
        value = getattr(value, "__wrapped__", None)
    return value
