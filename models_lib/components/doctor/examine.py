"""The doctor: examines the objects of a component, each by the checks of what it is, and reports."""

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from models_lib.components.doctor.callbacks import check_callback, check_model
from models_lib.components.doctor.configs import check_config
from models_lib.components.doctor.findings import Examined, Finding, Report
from models_lib.components.doctor.functions import (
    check_activation,
    check_constraint,
    check_initializer,
    check_regularizer,
    check_schedule,
)
from models_lib.components.doctor.layers import check_layer
from models_lib.components.doctor.losses import check_loss
from models_lib.components.doctor.metrics import check_metric
from models_lib.components.doctor.optimizers import check_optimizer
from models_lib.components.doctor.reading import read_source
from models_lib.components.doctor.retracing import count_traces
from models_lib.components.doctor.running import Modes, run
from models_lib.components.doctor.subjects import CannotMake, Subject, short

TOLD_ONCE = frozenset({"traced-constant", "tracing-side-effect", "python-loop", "variables-created-in-call"})
OF_METRICS = ("metric", "accuracy", "score", "recall", "precision", "f1", "fbeta", "specificity", "sensitivity")
Check = Callable[[Subject, list[Modes]], Iterator[Finding]]
CHECKS: Mapping[str, Check] = {
    "loss": check_loss,
    "metric": check_metric,
    "layer": check_layer,
    "model": check_model,
    "activation": check_activation,
    "initializer": check_initializer,
    "regularizer": check_regularizer,
    "constraint": check_constraint,
    "schedule": check_schedule,
    "callback": check_callback,
    "optimizer": check_optimizer,
}


def examine(subjects: Iterable[Subject], *, code: Sequence[str] = ()) -> Report:
    """The report of all; `code` names functions whose AutoGraph code is wanted."""
    findings: list[Finding] = []
    objects: list[Examined] = []
    shown: dict[str, str] = {}
    for subject in subjects:
        keras.utils.set_random_seed(7)
        found, examined = examine_one(subject)
        findings += found
        objects.append(examined)
        if subject.name in code:
            shown[subject.name] = autograph_code(subject)
    return Report(tuple(findings), tuple(objects), shown)


def examine_one(subject: Subject) -> tuple[list[Finding], Examined]:
    """What is found at one object, and what was done with it."""
    findings = list(read_source(subject))
    modes: list[Modes] = []
    reason = None
    check = CHECKS.get(subject.family)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            if check is not None:
                findings += check(subject, modes)
            findings += check_config(subject)
            findings += count_traces(subject)
    except CannotMake as error:
        reason = str(error)
    except Exception as error:  # a component may raise anywhere
        findings.append(_raised(subject, error))
    if subject.is_borrowed:
        findings = [replace(finding, severity="info") for finding in findings]
    first = modes[0] if modes else None
    examined = Examined(
        subject.name,
        subject.family,
        checks=("source", *([subject.family] if check and reason is None else [])),
        xla=first.xla if first else None,
        eager_slowdown=first.eager_slowdown if first else None,
        not_checked=reason,
    )
    return without_doubles(findings), examined


def _raised(subject: Subject, error: Exception) -> Finding:
    message = f"{subject.name} fails: {short(error)}"
    return subject.find("raises", "error", message, "Try it on small tensors.", line=subject.line_of(error))


def without_doubles(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each rule and line; what was seen in the source has the better line than what was measured."""
    kept: dict[tuple[str, int | None], Finding] = {}
    rules: set[str] = set()
    for finding in sorted(findings, key=lambda finding: finding.rule == "saving"):
        is_told = finding.rule in rules and finding.rule in TOLD_ONCE
        is_told |= finding.rule == "saving" and bool(rules & {"config", "config-lost"})
        if not is_told:
            kept.setdefault((finding.rule, finding.line), finding)
        rules.add(finding.rule)
    return list(kept.values())


def autograph_code(subject: Subject) -> str:
    """The Python that AutoGraph makes of a function, or of a class' `call`."""
    function = subject.value
    for method in ("call", "update_state", "__call__"):
        if subject.is_class and method in vars(function):
            function = vars(function)[method]
            break
    try:
        return str(tf.autograph.to_code(getattr(function, "python_function", function)))
    except Exception as error:  # some functions cannot be converted, and that is the answer
        return f"# AutoGraph cannot convert it: {short(error)}"


def guess_family(subject: Subject, families: Sequence[str]) -> str:
    """Which of the families that a function could serve in it seems to be meant for, from what it makes of a matrix."""
    if len(families) == 1:
        return families[0]
    if "loss" in families:
        name = subject.name.lower()
        return "metric" if "loss" not in name and any(word in name for word in OF_METRICS) else "loss"
    tried = run(subject.make(), (tf.constant(np.ones((4, 3), "float32")),))
    if tried.error is None and np.shape(tried.value) == ():
        return "regularizer"
    by_name = [family for family in ("constraint", "regularizer", "initializer") if family in subject.name.lower()]
    return by_name[0] if by_name else "activation" if "activation" in families else families[0]
