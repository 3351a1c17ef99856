"""Rows to predict, from the command line, a file or standard input."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from horngate.errors import UsageError

Types = Callable[[], Mapping[str, str]]


def read_rows(rows: str, types: Types) -> list[Any]:
    """`rows` is JSON, the name of a file, or `-`; `types` gives a CSV file's columns their types."""
    if rows.lstrip().startswith(("{", "[")):
        return parse_json(rows, "the rows given")
    if rows == "-":
        return parse_text(sys.stdin.read(), "standard input", types)
    file = Path(rows).expanduser()
    if not file.is_file():
        raise UsageError(
            f"There is no file {rows}. Rows are JSON, a file (.json, .jsonl, .csv), or - for standard input."
        )
    text = file.read_text(encoding="utf-8-sig")
    return parse_csv(text, types()) if file.suffix == ".csv" else parse_json(text, rows)


def parse_text(text: str, source: str, types: Types) -> list[Any]:
    return parse_json(text, source) if text.lstrip().startswith(("{", "[")) else parse_csv(text, types())


def parse_json(text: str, source: str) -> list[Any]:
    """One row, a list of rows, `{"instances": [...]}`, or a row a line."""
    try:
        value = json.loads(text)
    except ValueError as error:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise UsageError(f"{source} is not JSON: {error}.") from None
    if isinstance(value, dict) and isinstance(value.get("instances"), list):
        return list(value["instances"])
    return value if isinstance(value, list) else [value]


def parse_csv(text: str, types: Mapping[str, str]) -> list[Any]:
    """The rows of a table with a header; columns that the model does not take are left out."""
    reader = csv.DictReader(text.splitlines())
    names = [name for name in reader.fieldnames or () if not types or name in types]
    if not names:
        raise UsageError(f"The table has none of the columns that the model takes: {', '.join(types)}.")
    return [{name: typed(row[name], types.get(name), where=name) for name in names} for row in rows_of(reader)]


def rows_of(reader: Iterable[Mapping[str, str]]) -> Iterable[Mapping[str, str]]:
    return (row for row in reader if any(row.values()))


def typed(value: str | None, dtype: str | None, *, where: str) -> Any:
    """A cell as the data set's column has it; an empty one is missing."""
    if value is None or value == "":
        return None
    try:
        match dtype:
            case "int64":
                return int(value)
            case "float64":
                return float(value)
            case "bool":
                return {"true": True, "false": False, "1": True, "0": False}[value.lower()]
    except (ValueError, KeyError):
        raise UsageError(f"Column {where} is {dtype}, but one row has {value!r} there.") from None
    return value
