"""The trainer's one way to the outside: JSON lines over a pipe."""

import json
import os
import threading
from collections.abc import Mapping
from typing import Any


class ReportPipe:
    """Writes one report a line; waits when the supervisor is slower than the training."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def __call__(self, report: Mapping[str, Any]) -> None:
        rest = json.dumps(report, separators=(",", ":"), default=_plain).encode() + b"\n"
        with self._lock:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]


def _plain(value: Any) -> Any:
    """A NumPy number or array as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a report cannot carry a {type(value).__name__}")
