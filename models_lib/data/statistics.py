"""Statistics of columns and arrays, in values that JSON can carry."""

import datetime
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.picture_headers import BadPicture, read_picture
from models_lib.data.pictures import check_decodes
from models_lib.data.tables import name_in_sql
from models_lib.spec.dataset import Column

TOP = 20
BUCKETS = 30
EXAMPLES = 5
IMAGES_AT_ONCE = 64
HEAD = 20
LONGEST = 200
NUMBERS = ("int64", "float64")
# A query costs time for every column that its table has.
WIDTH = 100


def describe_columns(connection: duckdb.DuckDBPyConnection, dtypes: dict[str, str], rows: int) -> Iterator[Column]:
    """Each column of the table `data`, a few columns at a time."""
    kind = "TABLE" if len(dtypes) > WIDTH else "VIEW"
    for start in range(0, len(dtypes), WIDTH):
        names = list(dtypes)[start : start + WIDTH]
        connection.execute(f"CREATE TEMP {kind} part AS SELECT {', '.join(map(name_in_sql, names))} FROM data")
        for name in names:
            yield _describe_column(connection, name, dtypes[name], rows)
        connection.execute(f"DROP {kind} part")


def read_head(connection: duckdb.DuckDBPyConnection) -> list[list[Any]]:
    """The first rows of the table `data`."""
    rows = connection.execute(f"SELECT * FROM data LIMIT {HEAD}").fetchall()
    return [[as_json(value) for value in row] for row in rows]


def _describe_lists(connection: duckdb.DuckDBPyConnection, name: str, dtype: str, rows: int) -> Column:
    """Statistics of the items of all rows, and the length of the longest row."""
    column = name_in_sql(name)
    asked = f"SELECT count({column}), max(len({column})) FROM part"
    known, longest = connection.execute(asked).fetchone() or (0, 0)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE items AS SELECT unnest({column}) AS item FROM part")
    asked = "SELECT count(DISTINCT item), min(item), max(item) FROM items"
    unique, least, most = connection.execute(asked).fetchone() or (0, None, None)
    top = connection.execute(
        f"SELECT item, count(*) AS n FROM items WHERE item IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT {TOP}"
    ).fetchall()
    connection.execute("DROP TABLE items")
    examples = connection.execute(f"SELECT {column} FROM part WHERE {column} IS NOT NULL LIMIT {EXAMPLES}").fetchall()
    return Column(
        name=name,
        dtype=dtype,
        missing=rows - known,
        unique=unique,
        min=as_json(least),
        max=as_json(most),
        top=[(as_json(value), count) for value, count in top],
        examples=[as_json(value) for (value,) in examples],
        longest=longest or 0,
    )


def _describe_column(connection: duckdb.DuckDBPyConnection, name: str, dtype: str, rows: int) -> Column:
    if dtype.startswith("list["):
        return _describe_lists(connection, name, dtype, rows)
    if dtype == "image":
        return _describe_images(connection, name, rows)
    column = name_in_sql(name)
    moments = f"avg({column}), stddev_pop({column})" if dtype in NUMBERS else "NULL, NULL"
    finite = f" WHERE isfinite({column})" if dtype == "float64" else ""
    counts = connection.execute(f"SELECT count({column}), count(DISTINCT {column}) FROM part").fetchone() or (0, 0)
    least, most, mean, std = connection.execute(
        f"SELECT min({column}), max({column}), {moments} FROM part{finite}"
    ).fetchone() or (None, None, None, None)
    top = connection.execute(
        f"SELECT {column}, count(*) AS n FROM part WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT {TOP}"
    ).fetchall()
    examples = connection.execute(f"SELECT {column} FROM part WHERE {column} IS NOT NULL LIMIT {EXAMPLES}").fetchall()
    return Column(
        name=name,
        dtype=dtype,
        missing=rows - counts[0],
        unique=counts[1],
        min=as_json(least),
        max=as_json(most),
        mean=mean,
        std=std,
        top=[(as_json(value), count) for value, count in top],
        histogram=_histogram(connection, column, least, most) if dtype in NUMBERS else None,
        examples=[as_json(value) for (value,) in examples],
    )


def _describe_images(connection: duckdb.DuckDBPyConnection, name: str, rows: int) -> Column:
    """Every image is decoded once, so that none comes as a surprise in training; raises DataFault."""
    found = connection.execute(f"SELECT {name_in_sql(name)} FROM part")
    sizes: Counter[str] = Counter()
    row = 0
    while some := found.fetchmany(IMAGES_AT_ONCE):
        for (content,) in some:
            if content is not None:
                sizes[_size_of(content, name, row)] += 1
            row += 1
    top = sizes.most_common(TOP)
    return Column(name=name, dtype="image", missing=rows - sizes.total(), unique=len(sizes), top=top)


def _size_of(content: bytes, name: str, row: int) -> str:
    try:
        picture = read_picture(content)
        check_decodes(content)
    except BadPicture as bad:
        message = f"Column {name!r} holds bytes that are no image in row {row}: {bad}."
        raise DataFault(data_fault("/file", message, found=row)) from bad
    return f"{picture.height}x{picture.width}"


def _histogram(connection: duckdb.DuckDBPyConnection, column: str, least: Any, most: Any) -> dict[str, Any] | None:
    if least is None:
        return None
    width = (float(most) - float(least)) / BUCKETS
    if not width or not math.isfinite(width):
        return None
    bucket = f"least({BUCKETS - 1}, floor(({column} - {float(least)!r}) / {width!r}))::INTEGER"
    found = dict(
        connection.execute(
            f"SELECT {bucket}, count(*) FROM part WHERE {column} BETWEEN {least!r} AND {most!r} GROUP BY 1"
        ).fetchall()
    )
    edges = [float(least) + width * step for step in range(BUCKETS)] + [float(most)]
    return {"edges": edges, "counts": [found.get(step, 0) for step in range(BUCKETS)]}


def describe_array(name: str, array: NDArray[Any]) -> Column:
    """One array; `missing` counts rows that hold a NaN anywhere, statistics run over all values."""
    column = Column(name=name, dtype=array.dtype.name, shape=array.shape[1:], examples=_first_rows(array))
    if not np.issubdtype(array.dtype, np.number):
        return column.model_copy(update=_describe_values(array))
    numbers = array.astype(np.float64) if array.dtype == np.float16 else array
    gaps = np.isnan(numbers).reshape(len(array), -1).any(axis=1) if array.dtype.kind == "f" else np.zeros(0, bool)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return column.model_copy(update={"missing": int(gaps.sum())})
    moments = {"mean": float(finite.mean(dtype=np.float64)), "std": float(finite.std(dtype=np.float64))}
    counts, edges = np.histogram(finite, bins=BUCKETS)
    found = {
        "missing": int(gaps.sum()),
        "min": finite.min().item(),
        "max": finite.max().item(),
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        **moments,
    }
    return column.model_copy(update=found | (_describe_values(array) if array.ndim == 1 else {}))


def _describe_values(array: NDArray[Any]) -> dict[str, Any]:
    values, counts = np.unique(array, return_counts=True)
    often = np.argsort(-counts, kind="stable")[:TOP]
    return {"unique": len(values), "top": [(as_json(values[at].item()), int(counts[at])) for at in often]}


def _first_rows(array: NDArray[Any]) -> list[Any]:
    return [as_json(value.item()) for value in array[:EXAMPLES]] if array.ndim == 1 else []


def as_json(value: Any) -> Any:
    """A value that JSON can carry: times as ISO text, long text cut, no NaN."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case bytes():
            return _shown_bytes(value)
        case datetime.date():
            return value.isoformat()
        case str():
            return value[:LONGEST]
        case list():
            return [as_json(item) for item in value[:TOP]]
        case _:
            return value


def _shown_bytes(value: bytes) -> str:
    """Text as it is, of anything else how much there is."""
    try:
        return value.decode()[:LONGEST]
    except UnicodeDecodeError:
        return f"({len(value):,} bytes)"
