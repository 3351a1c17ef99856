"""FastAPI's validation errors in the words of our faults."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.problems import Fault
from models_lib.spec.faults import join_pointer

CODES: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "literal_error": "unknown_name",
    "enum": "unknown_name",
    "json_invalid": "syntax",
}
BOUNDS: Final = ("greater_than", "less_than", "too_long", "too_short", "too_large")
SHORT: Final = 200


def list_faults(errors: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Each error as a fault. What stands in the query points into /query, what in the body from its root on."""
    return [_fault_of(error) for error in errors]


def is_no_json(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a body came that does not say that it is JSON."""
    return any(tuple(error["loc"]) == ("body",) and isinstance(error.get("input"), bytes) for error in errors)


def _fault_of(error: Mapping[str, Any]) -> Fault:
    where, *path = error["loc"]
    context = error.get("ctx", {})
    if error["type"] == "json_invalid":
        return Fault(pointer="", message=f"The body is no JSON: {context['error']}.", code="syntax")
    name = ".".join(str(part) for part in path) or str(where)
    found = error.get("input")
    return Fault(
        pointer=join_pointer("" if where == "body" else f"/{where}", *path),
        message=f"{name}: {error['msg'][:1].lower()}{error['msg'][1:]}.",
        code=_code_of(error["type"]),
        found=found if isinstance(found, int | float) or (isinstance(found, str) and len(found) <= SHORT) else None,
        allowed=_allowed(context.get("expected")),
    )


def _code_of(kind: str) -> str:
    if kind in CODES:
        return CODES[kind]
    return "out_of_range" if any(bound in kind for bound in BOUNDS) else "wrong_type"


def _allowed(expected: object) -> list[str] | None:
    """Pydantic writes `'a', 'b' or 'c'`."""
    if not isinstance(expected, str):
        return None
    return [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
