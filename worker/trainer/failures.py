"""Why a training failed, in words for the person who wrote the spec."""

import errno
import re
import socket
import sysconfig
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from models_lib.data.faults import DataFault
from models_lib.train.failures import NonFinite

OURS = Path(__file__).resolve().parents[2]
LIBRARIES = tuple(Path(sysconfig.get_paths()[name]) for name in ("stdlib", "purelib", "platlib"))
LONGEST_MESSAGE = 2_000
FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
ADVICE = {
    "user_code": "Mend what the message names in the spec, then train again.",
    "data": "Mend the data set or what the spec says of it (missing, dtype, classes), then train again.",
    "oom": "Use a smaller batch_size or a smaller model, or train on a machine with more memory.",
    "non_finite": "Lower the learning rate, clip the gradients (clipnorm=1.0), or look for bad values in the inputs.",
    "disk": "Free space on the worker's disk, then train again.",
    "internal": "This is a fault of the service: the full traceback is in the run's log.",
}
SANDBOX_ADVICE = (
    "The sandbox forbids this: code of a run has no network, no other program or process, and no file but those of its "
    "data set; it may write beneath `out` and TMPDIR only."
)
NO_ORDER_ADVICE = (
    "A part of this model has no way on a GPU to give the same bits each time: write exact: false beneath fit, or "
    "train on the processor (resources: {gpus: 0})."
)


@dataclass(frozen=True)
class Failure:
    """What the run's row says of a failure."""

    kind: str
    message: str
    frame: str | None
    advice: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def explain(error: BaseException) -> Failure:
    """The failure's kind, its message without our own stack, and the innermost frame of the user's code if any."""
    kind = _kind(error)
    return Failure(kind, plain_message(error), _users_frame(error), _advise(error, kind))


def _advise(error: BaseException, kind: str) -> str:
    if kind == "user_code" and is_refused_by_sandbox(error):
        return SANDBOX_ADVICE
    if isinstance(error, tf.errors.UnimplementedError) and "determinis" in str(error):
        return NO_ORDER_ADVICE
    return ADVICE[kind]


def explain_script(error: BaseException, data: Sequence[str]) -> Failure:
    """A script's own error: whatever it raised is its author's; `data` are the names of its data sets."""
    found = explain(error)
    kind = found.kind if found.kind in ("oom", "disk") else "user_code"
    message = found.message
    if isinstance(error, SystemExit):
        message = f"The script ended with sys.exit({error.code!r})."
    elif not isinstance(error, RuntimeError | ValueError):
        message = f"{type(error).__name__}: {message}"
    return Failure(kind, message, found.frame, _advise_script(error, kind, data))


def _advise_script(error: BaseException, kind: str, data: Sequence[str]) -> str:
    if kind != "user_code":
        return ADVICE[kind]
    if is_refused_by_sandbox(error):
        return SANDBOX_ADVICE
    if isinstance(error, FileNotFoundError):
        named = ", ".join(f"data/{name}" for name in data) or "none: the spec names no `dataset`"
        return f"A script runs where what it saves is kept; the run's data sets are {named}."
    if isinstance(error, ImportError):
        return "Put the module's source into the package beside the script, or have it installed where Horngate runs."
    return "Mend the line that the frame shows, upload the package again, then train again."


def is_refused_by_sandbox(error: BaseException | None) -> bool:
    """Whether the kernel said no, to this error or to one that it came from."""
    if error is None:
        return False
    is_refusal = isinstance(error, PermissionError | tf.errors.PermissionDeniedError | socket.gaierror)
    return is_refusal or is_refused_by_sandbox(error.__cause__ or error.__context__)


def _kind(error: BaseException) -> str:
    match error:
        case DataFault():
            return "data"
        case NonFinite():
            return "non_finite"
        case MemoryError() | tf.errors.ResourceExhaustedError():
            return "oom"
        case OSError(errno=number) if number in FULL_DISK:
            return "disk"
        case _ if _users_frame(error) or _arose_in_keras(error):
            return "user_code"
        case _:
            return "internal"


def plain_message(error: BaseException) -> str:
    """The error's own words; tracebacks and graph node dumps that TensorFlow writes into them are left out."""
    text = str(error) or type(error).__name__
    for noise in (r"\n+Stack trace for op definition:.*", r"\n?Detected at node .*", r"\n+Arguments received by .*"):
        text = re.sub(noise, "", text, flags=re.DOTALL)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("  File ", "Traceback "))]
    return "\n".join(lines)[:LONGEST_MESSAGE] or type(error).__name__


def _arose_in_keras(error: BaseException) -> bool:
    """Whether Keras or TensorFlow refused what the spec asked for, rather than our own code failing."""
    for frame in _innermost_first(error):
        path = Path(frame.filename)
        if {"keras", "tensorflow"} & set(path.parts):
            return True
        if path.is_relative_to(OURS) and not _is_library(path):
            return False
    return False


def _users_frame(error: BaseException) -> str | None:
    """The innermost line of the user's own code, as a traceback shows it; a package by its name."""
    for frame in _innermost_first(error):
        path = Path(frame.filename)
        if path.is_absolute() and not path.is_relative_to(OURS) and not _is_library(path):
            file = path.parent.name if path.name == "__init__.py" else path.name
            return f"{file}, line {frame.lineno}, in {frame.name}\n    {frame.line}"
    return None


def _is_library(path: Path) -> bool:
    return any(path.is_relative_to(root) for root in LIBRARIES)


def _innermost_first(error: BaseException) -> Iterator[traceback.FrameSummary]:
    return reversed(traceback.extract_tb(error.__traceback__))
