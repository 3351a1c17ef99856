"""How a CSV file is written: sniffed over the whole file, so that no late row comes as a surprise in training."""

import csv
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

from models_lib.data.encodings import as_utf8
from models_lib.data.faults import DataFault, data_fault
from models_lib.data.tables import GAP_WORDS, name_in_sql, quote, read_csv, word_list

DELIMITERS = ",;\t|"
SNIFFED = "Delimiter, Quote, Escape, Comment, SkipRows, HasHeader, DateFormat, TimestampFormat, Columns"
SHOWN_LINES = 5


def sniff_dialect(connection: duckdb.DuckDBPyConnection, path: str, encoding: str) -> dict[str, Any]:
    """The dialect and the column types, as `DatasetProfile.reading` keeps them.

    A comma is read as the decimal mark where that makes more columns numbers.
    """
    point = _sniff(connection, path, ".")
    dialect = point
    if point["delimiter"] != "," and "VARCHAR" in point["types"].values():
        comma = _sniff(connection, path, ",")
        dialect = max(point, comma, key=_count_numbers)
    dialect["types"] |= dict.fromkeys(_truths_in_other_words(connection, path, dialect), "VARCHAR")
    return {"encoding": encoding, **dialect}


def _truths_in_other_words(connection: duckdb.DuckDBPyConnection, path: str, dialect: dict[str, Any]) -> list[str]:
    """Columns that DuckDB takes for booleans though they say yes and no, or t and f: those stay words."""
    truths = [name for name, sql_type in dialect["types"].items() if sql_type == "BOOLEAN"]
    as_words = dialect | {"types": dialect["types"] | dict.fromkeys(truths, "VARCHAR")}
    said = ", ".join(f"bool_and(lower({name_in_sql(name)}) IN ('true', 'false'))" for name in truths)
    if not truths:
        return []
    plain = connection.execute(f"SELECT {said} FROM {read_csv(path, as_words)}").fetchone() or ()
    return [name for name, is_plain in zip(truths, plain, strict=True) if not is_plain]


def _sniff(connection: duckdb.DuckDBPyConnection, path: str, decimal: str) -> dict[str, Any]:
    query = (
        f"SELECT {SNIFFED} FROM sniff_csv({quote(path)}, sample_size = -1, "
        f"nullstr = {word_list(GAP_WORDS)}, decimal_separator = {quote(decimal)})"
    )
    found = connection.execute(query).fetchone()
    assert found is not None, "sniff_csv answers with one row"
    names = ("delimiter", "quote", "escape", "comment", "skip", "header", "dateformat", "timestampformat")
    dialect = {name: "" if value == "(empty)" else value for name, value in zip(names, found, strict=False)}
    return {**dialect, "decimal": decimal, "types": {column["name"]: column["type"] for column in found[-1]}}


def _count_numbers(dialect: dict[str, Any]) -> int:
    return sum(sql_type == "DOUBLE" for sql_type in dialect["types"].values())


def refuse_ragged_rows(path: Path, dialect: dict[str, Any]) -> None:
    """Names the lines that are longer or shorter than the header, where they led the sniffer astray.

    It then takes the file for one column, or for a preamble without a header behind it.
    """
    with as_utf8(path, dialect["encoding"]) as readable, readable.open(encoding="utf-8-sig", newline="") as file:
        header = next(file, "")
        delimiter = max(DELIMITERS, key=header.count)
        is_astray = len(dialect["types"]) == 1 or (dialect["skip"] > 0 and not dialect["header"])
        if not is_astray or delimiter not in header:
            return
        width = len(next(csv.reader([header], delimiter=delimiter)))
        lines = csv.reader(file, delimiter=delimiter)
        ragged = [(lines.line_num + 1, len(row)) for row in lines if row and len(row) != width]
    if not ragged:
        return
    shown = ", ".join(f"line {line} has {count}" for line, count in ragged[:SHOWN_LINES])
    message = f"{len(ragged)} rows do not have the header's {width} values: {shown}."
    raise DataFault(data_fault("/file", message, found=[line for line, _ in ragged[:SHOWN_LINES]], allowed=width))


def refuse_doubled_names(path: Path, dialect: dict[str, Any]) -> None:
    """Names the columns that have one name, which DuckDB would rename without a word (case does not count to it)."""
    names = _header(path, dialect) if dialect["header"] else []
    counts = Counter(name.strip().lower() for name in names if name.strip())
    doubled = [name for name in names if counts[name.strip().lower()] > 1]
    if doubled:
        message = f"Columns share a name: {', '.join(map(repr, doubled[:SHOWN_LINES]))}. Rename them."
        raise DataFault(data_fault("/file", message, found=doubled[:SHOWN_LINES]))


def _header(path: Path, dialect: dict[str, Any]) -> list[str]:
    width = len(dialect["types"])
    with as_utf8(path, dialect["encoding"]) as readable, readable.open(encoding="utf-8-sig", newline="") as file:
        lines = itertools.islice(file, dialect["skip"], None)
        rows = csv.reader(lines, delimiter=dialect["delimiter"], quotechar=dialect["quote"] or None)
        return next((row for row in rows if len(row) == width), [])
