"""Bounds of a whole document: what is refused before anything is read into it."""

from typing import Any

from models_lib.spec.constants import MAX_NUMBER, has_hidden_characters
from models_lib.spec.faults import Fault, SpecRefused, join_pointer

MAX_DEPTH = 40
MAX_VALUES = 100_000
MAX_TEXT = 20_000
MAX_KEY = 256
MAX_CONFIG = 2_000_000  # the text of model.to_json(), which is read and bounded by itself


def check_bounds(document: object) -> None:
    """Refuse a document that is no mapping, too deep or too large, or holds what no spec may hold."""
    if not isinstance(document, dict):
        message = "a run spec is a mapping with dataset, model, compile, …"
        raise SpecRefused((Fault(pointer="", message=message, code="wrong_type", found=type(document).__name__),))
    walk = _Walk()
    walk.visit(document, "", 0)
    if walk.faults:
        raise SpecRefused(tuple(walk.faults))


class _Walk:
    """Visits every value once; stops descending where a bound is met."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._values = 0

    def visit(self, value: Any, pointer: str, depth: int) -> None:
        self._values += 1
        if self._values == MAX_VALUES:
            self._refuse(pointer, "too_large", f"a spec holds at most {MAX_VALUES} values")
        if self._values >= MAX_VALUES:
            return
        match value:
            case dict() | list() | tuple() if depth >= MAX_DEPTH:
                self._refuse(pointer, "too_large", f"a spec is nested at most {MAX_DEPTH} deep")
            case dict():
                for key, member in value.items():
                    self._visit_member(key, member, pointer, depth)
            case list() | tuple():
                for index, member in enumerate(value):
                    self.visit(member, f"{pointer}/{index}", depth + 1)
            case _:
                self._visit_scalar(value, pointer)

    def _visit_member(self, key: Any, member: Any, pointer: str, depth: int) -> None:
        if isinstance(key, str) and (len(key) > MAX_KEY or has_hidden_characters(key)):
            self._refuse(pointer, "forbidden", f"keys have at most {MAX_KEY} visible characters", key[:80])
        elif not isinstance(key, str | int | float | bool):
            self._refuse(pointer, "wrong_type", "keys are strings", repr(key)[:80])
        else:
            self.visit(member, join_pointer(pointer, str(key)), depth + 1)

    def _visit_scalar(self, value: Any, pointer: str) -> None:
        match value:
            case None | bool():
                return
            case int() | float():
                if value != value or abs(value) > (MAX_NUMBER if isinstance(value, int) else 1e300):
                    self._refuse(pointer, "out_of_range", "numbers are finite and at most 2**53", str(value)[:40])
            case str():
                most = MAX_CONFIG if pointer.startswith("/model") and pointer.endswith("/config") else MAX_TEXT
                if len(value) > most:
                    self._refuse(pointer, "too_large", f"a text has at most {most} characters", value[:80])
                elif has_hidden_characters(value):
                    self._refuse(pointer, "forbidden", "control and invisible characters are not allowed", value[:80])
            case _:
                self._refuse(pointer, "wrong_type", "only JSON's types belong in a spec", type(value).__name__)

    def _refuse(self, pointer: str, code: Any, message: str, found: Any = None) -> None:
        if len(self.faults) < 100:
            self.faults.append(Fault(pointer=pointer, message=message, code=code, found=found))
