"""Profiles: what an uploaded file holds, found out once."""

import codecs
import re
from pathlib import Path
from typing import Any

import duckdb

from models_lib.data.archives import profile_archive
from models_lib.data.dialect import refuse_doubled_names, refuse_ragged_rows, sniff_dialect
from models_lib.data.encodings import detect_encoding
from models_lib.data.faults import DataFault, data_fault
from models_lib.data.image_archives import holds_images, profile_images
from models_lib.data.parquet_archives import holds_parquet, is_archive, unpack_parquet
from models_lib.data.read import read_table
from models_lib.data.records import GZIP, as_parquet, begins_a_record, begins_packed_records
from models_lib.data.statistics import describe_columns, read_head
from models_lib.data.tables import dtype_of, name_in_sql, open_table, quote, select
from models_lib.data.weight_files import START as HDF5_START
from models_lib.data.weight_files import is_keras_archive, profile_weights
from models_lib.spec.dataset import DatasetFormat, DatasetProfile

MAX_COLUMNS = 10_000
MAX_NAME = 256
MAX_REASON = 300
IMAGE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
JSON_START = re.compile(rb"\s*(\[\s*)?\{\s*[\"}]")
TAKEN = ["csv", "parquet", "npz", "json lines", "tfrecord", "zip of images", "keras weights"]
FALSE_NAMES = {
    ".npz": "NPZ",
    ".parquet": "Parquet",
    ".tfrecord": "TFRecord",
    ".tfrecords": "TFRecord",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
}
KNOWN_STARTS = {
    b"\x1f\x8b": "This is a gzip archive: unpack it and upload what is in it (of gzip, TFRecord alone is taken).",
    b"\x93NUMPY": "This is a single NumPy array: save arrays with names as NPZ (numpy.savez).",
    b"\xd0\xcf\x11\xe0": "This is an Excel workbook: save it as CSV.",
    b"%PDF": "This is a PDF: upload CSV, Parquet or NPZ.",
    **dict.fromkeys(IMAGE_STARTS, "This is a single image: upload a zip of folders with images, one folder per class."),
}


def profile_dataset(path: Path, filename: str) -> DatasetProfile:
    """Columns, types, gaps and statistics of an uploaded file; raises DataFault."""
    match detect_format(path, filename):
        case "npz":
            return profile_archive(path)
        case "images":
            return profile_images(path, profile_table, read_table)
        case "weights":
            return profile_weights(path)
        case _:
            return profile_table(path, filename)


def profile_table(path: Path, filename: str) -> DatasetProfile:
    """The same of a file that must be a table."""
    match detect_format(path, filename):
        case "parquet" if is_archive(path):
            with unpack_parquet(path) as folder:
                return _profile_parquet(folder)
        case "parquet":
            return _profile_parquet(path)
        case "jsonl":
            return _profile_json(path)
        case "tfrecord":
            with as_parquet(path) as readable:
                return _profile_parquet(readable, "tfrecord")
        case _:
            return _profile_csv(path)


def detect_format(path: Path, filename: str) -> DatasetFormat:
    """By the content, not by the name: what is neither Parquet nor a zip archive is read as CSV."""
    start = read_start(path)
    if not start:
        raise DataFault(data_fault("/file", f"{filename} is empty."))
    if start.startswith(GZIP) and begins_packed_records(path):
        return "tfrecord"
    for known, advice in KNOWN_STARTS.items():
        if start.startswith(known):
            raise DataFault(data_fault("/file", advice, found=filename, allowed=TAKEN))
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(HDF5_START):
        return "weights"
    if start.startswith(b"PK"):
        return "npz" if filename.lower().endswith(".npz") else _kind_of_archive(path)
    if begins_a_record(start):
        return "tfrecord"
    if JSON_START.match(start):
        return "jsonl"
    _refuse_false_name(filename)
    return "csv"


def _kind_of_archive(path: Path) -> DatasetFormat:
    if is_keras_archive(path):
        return "weights"
    if holds_parquet(path):
        return "parquet"
    return "images" if holds_images(path) else "npz"


def read_start(path: Path) -> bytes:
    """The first bytes, without a byte order mark."""
    with path.open("rb") as file:
        return file.read(64).removeprefix(codecs.BOM_UTF8)


def _refuse_false_name(filename: str) -> None:
    """A name that says NPZ, Parquet or TFRecord over other bytes: a damaged file is no table of one column."""
    ending = Path(filename).suffix.lower()
    if ending in FALSE_NAMES:
        kind = FALSE_NAMES[ending]
        message = f"{filename} is no {kind} file: it does not begin as one."
        raise DataFault(data_fault("/file", message, found=filename, allowed=TAKEN))


def _profile_csv(path: Path) -> DatasetProfile:
    encoding = detect_encoding(path)
    try:
        with open_table(path, encoding) as (connection, readable):
            reading = sniff_dialect(connection, readable, encoding)
            refuse_ragged_rows(path, reading)
            refuse_doubled_names(path, reading)
            return _profile_table(connection, readable, "csv", reading)
    except duckdb.Error as error:
        raise _unreadable("CSV", error) from error


def _profile_parquet(path: Path, file_format: DatasetFormat = "parquet") -> DatasetProfile:
    try:
        with open_table(path) as (connection, readable):
            described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({quote(readable)})").fetchall()
            reading = {"types": {name: sql_type for name, sql_type, *_ in described}}
            return _profile_table(connection, readable, file_format, reading)
    except duckdb.Error as error:
        raise _unreadable("Parquet", error) from error


def _profile_json(path: Path) -> DatasetProfile:
    """JSON lines, or one list of objects."""
    layout = "array" if read_start(path).lstrip().startswith(b"[") else "newline_delimited"
    sniffed = f"format = '{layout}', sample_size = -1, map_inference_threshold = -1"
    try:
        with open_table(path) as (connection, readable):
            query = f"DESCRIBE SELECT * FROM read_json({quote(readable)}, {sniffed})"
            described = connection.execute(query).fetchall()
            types = {name: "VARCHAR" if sql_type == '"NULL"' else sql_type for name, sql_type, *_ in described}
            return _profile_table(connection, readable, "jsonl", {"layout": layout, "types": types})
    except duckdb.Error as error:
        raise _unreadable("JSON lines", error) from error


def _profile_table(
    connection: duckdb.DuckDBPyConnection, readable: str, file_format: DatasetFormat, reading: dict[str, Any]
) -> DatasetProfile:
    dtypes = _column_dtypes(reading)
    connection.execute(f"CREATE TEMP TABLE data AS {select(readable, file_format, reading, dtypes)}")
    _take_nan_for_gaps(connection, dtypes)
    (rows,) = connection.execute("SELECT count(*) FROM data").fetchone() or (0,)
    if not rows:
        raise DataFault(data_fault("/file", "The file has no rows.", found=list(dtypes)))
    columns = tuple(describe_columns(connection, dtypes, rows))
    if all(column.missing == rows for column in columns):
        raise DataFault(data_fault("/file", "The file holds no values.", found=list(dtypes)))
    return DatasetProfile(format=file_format, rows=rows, columns=columns, reading=reading, head=read_head(connection))


def _take_nan_for_gaps(connection: duckdb.DuckDBPyConnection, dtypes: dict[str, str]) -> None:
    """Not in the query that reads the file: DuckDB's isnan trusts a Parquet file's statistics, which leave NaN out."""
    numbers = [name_in_sql(name) for name, dtype in dtypes.items() if dtype == "float64"]
    if not numbers:
        return
    asked = ", ".join(f"bool_or(isnan({column}))" for column in numbers)
    found = connection.execute(f"SELECT {asked} FROM data").fetchone() or ()
    mended = ", ".join(
        f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END AS {column}"
        for column, has_nan in zip(numbers, found, strict=True)
        if has_nan
    )
    if mended:
        connection.execute(f"CREATE TEMP TABLE mended AS SELECT * REPLACE ({mended}) FROM data")
        connection.execute("DROP TABLE data")
        connection.execute("ALTER TABLE mended RENAME TO data")


def _column_dtypes(reading: dict[str, Any]) -> dict[str, str]:
    types: dict[str, str] = reading["types"]
    if len(types) > MAX_COLUMNS:
        raise DataFault(
            data_fault("/file", f"{len(types)} columns; at most {MAX_COLUMNS} are taken.", found=len(types))
        )
    faults = [
        data_fault("/file", f"Column {name[:80]!r} has type {sql_type}, which no column may have.", found=sql_type)
        for name, sql_type in types.items()
        if dtype_of(sql_type) is None
    ]
    long = [name[:80] for name in types if len(name) > MAX_NAME]
    if long:
        faults.append(data_fault("/file", f"Names of columns have at most {MAX_NAME} characters.", found=long))
    if faults:
        raise DataFault(*faults)
    return {name: dtype_of(sql_type) or "" for name, sql_type in types.items()}


def _unreadable(kind: str, error: duckdb.Error) -> DataFault:
    """DuckDB's reason without its query, its advice and the place where the file lies."""
    if isinstance(error, duckdb.OutOfMemoryException):
        message = f"The file is too wide or too large to be read as {kind}: split it, or save its values as NPZ."
    else:
        reason = re.sub(r" ?'?/\S*", "", str(error).split("\nLINE")[0].split("Possible")[0])
        message = f"The file cannot be read as {kind}. {' '.join(reason.split())[:MAX_REASON]}"
    return DataFault(data_fault("/file", message))
