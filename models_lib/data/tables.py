"""A locked-down DuckDB that can see one file, and the SQL that reads CSV and Parquet from it."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from models_lib.data.encodings import as_utf8
from models_lib.spec.dataset import DatasetFormat

MEMORY_LIMIT = "2GB"
# Read as gaps: what spreadsheets and pandas write for them.
GAP_WORDS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "?")
DTYPES = {
    "BOOLEAN": "bool",
    "DATE": "date",
    "VARCHAR": "string",
    "BLOB": "image",
    "TIME": "string",
    "UUID": "string",
    "FLOAT": "float64",
    "DOUBLE": "float64",
    "HUGEINT": "float64",
    "UHUGEINT": "float64",
    "UBIGINT": "float64",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "int64"),
}
# How a column of each dtype is read, whatever its type in the file.
CASTS = {
    "int64": "CAST({0} AS BIGINT)",
    "float64": "CAST({0} AS DOUBLE)",
    "bool": "{0}",
    "string": "CAST({0} AS VARCHAR)",
    "date": "CAST({0} AS DATE)",
    "timestamp": "CAST({0} AS TIMESTAMP)",
    "image": "{0}",
}
# How Hugging Face's data sets keep images in Parquet.
IMAGE_STRUCT = re.compile(r'STRUCT\("?bytes"? BLOB, "?path"? VARCHAR\)')
LIST_CASTS = {"int64": "BIGINT", "float64": "DOUBLE", "string": "VARCHAR", "bool": "BOOLEAN"}
CASTS |= {f"list[{items}]": f"CAST({{0}} AS {sql_type}[])" for items, sql_type in LIST_CASTS.items()}


@contextmanager
def open_table(
    path: Path, encoding: str = "utf-8", *, memory_limit: str = MEMORY_LIMIT
) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A connection that can read this file (or the Parquet files of this folder) and touch nothing else, and its path
    for SQL."""
    with as_utf8(path.resolve(), encoding) as readable:
        kind = "directories" if readable.is_dir() else "paths"
        threads = (os.cpu_count() or 1) if memory_limit == MEMORY_LIMIT else 1
        connection = duckdb.connect(":memory:", config={"memory_limit": memory_limit, "threads": threads})
        try:
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute(f"SET temp_directory = {quote(tempfile.gettempdir())}")
            connection.execute(f"SET allowed_{kind} = [{quote(str(readable))}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection, str(readable / "*.parquet" if kind == "directories" else readable)
        finally:
            connection.close()


def dtype_of(sql_type: str) -> str | None:
    """The profile's word for a DuckDB type; None for what no column of a table may be."""
    if sql_type.startswith("TIMESTAMP"):
        return "timestamp"
    if IMAGE_STRUCT.fullmatch(sql_type):
        return "image"
    if sql_type.endswith("]"):
        items = dtype_of(sql_type[: sql_type.rindex("[")])
        return f"list[{items}]" if items in LIST_CASTS else None
    if sql_type.startswith("DECIMAL"):
        return "float64"
    return "string" if sql_type.startswith("ENUM") else DTYPES.get(sql_type)


def select(path: str, file_format: DatasetFormat, reading: dict[str, Any], columns: dict[str, str]) -> str:
    """The query for these columns (name → dtype), in the file's order of rows."""
    inner = {name: ".bytes" for name, kind in reading["types"].items() if IMAGE_STRUCT.fullmatch(kind)}
    chosen = ", ".join(
        f"{CASTS[dtype].format(name_in_sql(name))}{inner.get(name, '')} AS {name_in_sql(name)}"
        for name, dtype in columns.items()
    )
    return f"SELECT {chosen} FROM {_source(path, file_format, reading)}"


def _source(path: str, file_format: DatasetFormat, reading: dict[str, Any]) -> str:
    match file_format:
        case "csv":
            return read_csv(path, reading)
        case "jsonl":
            return read_json(path, reading)
        case _:
            return f"read_parquet({quote(path)})"


def read_json(path: str, reading: dict[str, Any]) -> str:
    """DuckDB's `read_json` of the columns that the profile settled."""
    types = ", ".join(f"{name_in_sql(name)}: {quote(sql_type)}" for name, sql_type in reading["types"].items())
    return f"read_json({quote(path)}, format = {quote(reading['layout'])}, columns = {{{types}}})"


def read_csv(path: str, reading: dict[str, Any]) -> str:
    """DuckDB's `read_csv` of a dialect that the profile settled; nothing is sniffed again."""
    types = ", ".join(f"{quote(name)}: {quote(sql_type)}" for name, sql_type in reading["types"].items())
    options = {
        "delim": quote(reading["delimiter"]),
        "quote": quote(reading["quote"]),
        "escape": quote(reading["escape"]),
        "comment": quote(reading["comment"]),
        "skip": str(reading["skip"]),
        "header": str(reading["header"]).lower(),
        "decimal_separator": quote(reading["decimal"]),
        "nullstr": word_list(GAP_WORDS),
        "columns": f"{{{types}}}",
    }
    for name in ("dateformat", "timestampformat"):
        if reading.get(name):
            options[name] = quote(reading[name])
    listed = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"read_csv({quote(path)}, auto_detect = false, {listed})"


def quote(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def name_in_sql(name: str) -> str:
    """A SQL name."""
    return '"' + name.replace('"', '""') + '"'


def word_list(words: tuple[str, ...]) -> str:
    """A SQL list of strings."""
    return "[" + ", ".join(quote(word) for word in words) + "]"
