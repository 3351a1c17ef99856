"""Lengths of time as people write them: 30s, 5m, 1.5h, or a number of seconds."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h)")
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def read_duration(value: Any) -> Any:
    """Seconds; what is no duration goes on to be refused as no number."""
    found = WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) * SECONDS[found[2]] if found else value


Duration = Annotated[
    float,
    BeforeValidator(read_duration),
    Field(strict=True, gt=0, le=7 * 86400, allow_inf_nan=False),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 7 * 86400},
                {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(s|m|h)\s*$"},
            ]
        }
    ),
]
