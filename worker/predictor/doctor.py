"""Examining a component object by object, in children that may be lost over one and are replaced for the next."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker.predictor.children import AnswerFailed, AnsweringChild, ChildLost, ForbiddenCall, OutOfMemory, OutOfTime

OBJECT_SECONDS = 60.0
LOST_ADVICE = "Call it on small tensors, and look for endless loops, huge tensors and calls that end the process."
Open = Callable[[], AnsweringChild]


class Examination:
    """One component's examination; `open_child` gives a fresh child with the package in it."""

    def __init__(self, open_child: Open, package: str, names: Sequence[str]) -> None:
        self._open, self._package, self._names = open_child, package, names
        self._child: AnsweringChild | None = None
        self._report: dict[str, Any] = {"ok": True, "findings": [], "objects": [], "code": {}}

    def examine(self, config: Mapping[str, Any], code: Sequence[str]) -> dict[str, Any]:
        """The report over all objects."""
        try:
            for name in self._names:
                self._add(self._examine_object(name, config.get(name, {}), code))
        finally:
            self._close()
        return self._report

    def _examine_object(self, name: str, config: Any, code: Sequence[str]) -> dict[str, Any]:
        question = {"ask": "examine", "package": self._package, "object": name, "config": config, "code": list(code)}
        try:
            self._child = self._child or self._open()
            return dict(self._child.ask(question, seconds=OBJECT_SECONDS))
        except OutOfTime:
            return self._lost(name, "stalled", f"was not done within {OBJECT_SECONDS:.0f} seconds")
        except OutOfMemory:
            return self._lost(name, "memory", "needs more memory than the doctor may have, on tensors of a few rows")
        except ForbiddenCall as error:
            return self._lost(name, "forbidden-call", "was ended by the sandbox", advice=error.faults[0]["message"])
        except ChildLost:
            return self._lost(name, "crash", "ended the process that examined it")
        except AnswerFailed:
            return self._lost(
                name, "not-examined", "could not be examined: the predictor's log says why", severity="info"
            )

    def _lost(
        self, name: str, rule: str, what: str, *, severity: str = "error", advice: str = LOST_ADVICE
    ) -> dict[str, Any]:
        self._close()
        message = f"{name} {what}."
        finding = {"object": name, "rule": rule, "severity": severity, "line": None, "file": None}
        about: dict[str, Any] = {
            "name": name,
            "as_family": "",
            "checks": [],
            "xla": None,
            "eager_slowdown": None,
            "not_checked": what,
        }
        found = [finding | {"message": message, "advice": advice}, *self._read_source(name)]
        return {"findings": found, "objects": [about], "code": {}}

    def _read_source(self, name: str) -> list[Any]:
        """What is seen without running it, which may be why it was lost."""
        try:
            self._child = self._open()
            read = self._child.ask(
                {"ask": "read_source", "package": self._package, "object": name}, seconds=OBJECT_SECONDS
            )
        except (OutOfTime, OutOfMemory, ForbiddenCall, ChildLost, AnswerFailed):
            self._close()
            return []
        return list(read["findings"])

    def _add(self, part: Mapping[str, Any]) -> None:
        self._report["findings"] += part["findings"]
        self._report["objects"] += part["objects"]
        self._report["code"] |= part["code"]
        self._report["ok"] = not any(finding["severity"] == "error" for finding in self._report["findings"])

    def _close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None
