"""Profiles of files as people have them."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from sklearn import datasets

from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset
from models_lib.data.read import read_table


def test_a_table_is_profiled_column_by_column(tmp_path: Path) -> None:
    path = tmp_path / "flats.csv"
    path.write_text("rooms,rent,place,sold,since\n2,700.5,bay,true,2020-01-02\n3,,bay,false,2020-01-03\n3,900,hill,,\n")

    profile = profile_dataset(path, "flats.csv")

    assert (profile.format, profile.rows) == ("csv", 3)
    found = {column.name: (column.dtype, column.missing, column.unique) for column in profile.columns}
    assert found == {
        "rooms": ("int64", 0, 2),
        "rent": ("float64", 1, 2),
        "place": ("string", 0, 2),
        "sold": ("bool", 1, 2),
        "since": ("date", 1, 2),
    }
    rent = profile.by_name["rent"]
    assert (rent.min, rent.max, rent.mean) == (700.5, 900.0, 800.25)
    assert profile.by_name["place"].top == [("bay", 2), ("hill", 1)]
    assert profile.by_name["since"].examples == ["2020-01-02", "2020-01-03"]


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("a;b;c\n1,5;x;3\n2,5;y;4\n", {"a": "float64", "b": "string", "c": "int64"}, 2),
        ("a|b\n1|2\n3|4\n", {"a": "int64", "b": "int64"}, 2),
        ("a\tb\r\n1\tx\r\n3\ty\r\n", {"a": "int64", "b": "string"}, 2),
        ('id,text\n1,"two\nlines, and a ""quote"""\n2,plain\n', {"id": "int64", "text": "string"}, 2),
        ("# made by hand\na,b\n1,2\n3,4\n", {"a": "int64", "b": "int64"}, 2),
        ("price\n1\n2\n", {"price": "int64"}, 2),
        ("a,b\n1,x\nNA,y\n?,z\n4,NaN\n", {"a": "int64", "b": "string"}, 4),
        ("zip,y\n01234,1\n90210,2\n", {"zip": "string", "y": "int64"}, 2),
        ("a,b,c\ntrue,Yes,t\nFalse,no,f\n", {"a": "bool", "b": "string", "c": "string"}, 2),
    ],
    ids=["semicolons and decimal commas", "pipes", "tabs and CRLF", "quoted newlines", "a comment above", "one column",
         "words for gaps", "leading zeros", "truths in other words"],
)  # fmt: skip
def test_a_dialect_is_found_out(tmp_path: Path, text: str, columns: dict[str, str], rows: int) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())

    profile = profile_dataset(path, "table.csv")

    assert {column.name: column.dtype for column in profile.columns} == columns
    assert profile.rows == rows


def test_a_late_row_of_another_type_decides_the_columns_type(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("a\n" + "1\n" * 60_000 + "x\n")

    assert profile_dataset(path, "late.csv").by_name["a"].dtype == "string"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_training_reads_the_words_that_were_profiled_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "words.csv"
    path.write_bytes("ville,n\nOrléans,1\nChâlons,2\n".encode(encoding))

    profile = profile_dataset(path, "words.csv")
    table = read_table(path, profile, ["ville"])

    assert table.values["ville"].tolist() == ["Orléans", "Châlons"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"a,b,c\n", "no rows"),
        (b"a,b,c\n1,2,3\n1,2\n4,5,6\n1,2,3,4\n", "2 rows do not have the header's 3 values: line 3 has 2, line 5"),
        (b"\x1f\x8b\x08abc", "gzip"),
        (b"\xd0\xcf\x11\xe0rest", "Excel"),
        (b"\x89HDF\r\n\x1a\nrest", "cannot be read as HDF5"),
        (b"abc\0\0\0def", "zero bytes"),
        (b"  \n\n\n", "no values"),
        (b"a,b,A\n1,2,3\n", "Columns share a name: 'a', 'A'"),
        (b"PAR1 and nothing else", "Parquet"),
        (b"PK\x03\x04 and nothing else", "NPZ"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_advice(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(DataFault, match=said) as refused:
        profile_dataset(path, "file")

    assert [fault.pointer for fault in refused.value.faults] == ["/file"]


@pytest.mark.parametrize("name", ["model.npz", "table.parquet"])
def test_bytes_that_are_not_what_their_name_says_are_no_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"hello\nworld\n")

    with pytest.raises(DataFault, match=f"{name} is no "):
        profile_dataset(path, name)


def test_a_refusal_tells_no_place_on_the_servers_disk(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    path.write_bytes(b"PAR1" + b"x" * 300)

    with pytest.raises(DataFault) as refused:
        profile_dataset(path, "cut.parquet")

    assert str(tmp_path) not in str(refused.value)
    assert "SELECT" not in str(refused.value)


def test_a_table_of_many_columns_is_profiled_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(f"c{at}" for at in range(450)), *[",".join(["1.5"] * 450)] * 3]))

    profile = profile_dataset(path, "wide.csv")

    assert [column.name for column in profile.columns] == [f"c{at}" for at in range(450)]
    assert {(column.mean, column.unique) for column in profile.columns} == {(1.5, 1)}


def test_parquet_keeps_its_types_and_counts_nan_as_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    table = pyarrow.table(
        {"n": pyarrow.array([1, 2, None], pyarrow.int32()), "x": [0.5, float("nan"), 1.5], "word": ["a", "b", None]}
    )
    pyarrow.parquet.write_table(table, path)

    profile = profile_dataset(path, "table.parquet")
    read = read_table(path, profile, ["n", "x"])

    assert {column.name: (column.dtype, column.missing) for column in profile.columns} == {
        "n": ("int64", 1),
        "x": ("float64", 1),
        "word": ("string", 1),
    }
    assert (read.count_gaps("n"), read.count_gaps("x")) == (1, 1)


def test_parquet_with_nested_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"n": [1], "tags": [{"a": 1}]}), path)

    with pytest.raises(DataFault, match="'tags' has type"):
        profile_dataset(path, "table.parquet")


def test_arrays_are_profiled_with_the_shape_of_a_row(tmp_path: Path) -> None:
    digits = datasets.load_digits()
    path = tmp_path / "digits.npz"
    np.savez(path, images=digits.images[:50].astype("uint8"), label=digits.target[:50])

    profile = profile_dataset(path, "digits.npz")

    images, label = profile.columns
    assert (profile.rows, images.dtype, images.shape, images.max) == (50, "uint8", (8, 8), 16)
    assert (label.dtype, label.shape, label.unique) == ("int64", (), 10)


def _zip_with(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _npz(**arrays: object) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    return packed.getvalue()


def _header_that_lies() -> bytes:
    packed = io.BytesIO()
    np.lib.format.write_array_header_1_0(packed, {"descr": "<f4", "fortran_order": False, "shape": (10**9, 10)})
    return _zip_with("x.npy", packed.getvalue())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_npz(x=np.array([{"a": 1}], dtype=object)), "no pickles"),
        (_npz(x=np.zeros(3), y=np.zeros(4)), "differ in their number of rows"),
        (_npz(x=np.zeros(3), n=np.float64(1)), "without rows"),
        (_zip_with("xl/workbook.xml", b"<x/>"), "another kind of archive"),
        (_header_that_lies(), "size that its header states"),
    ],
    ids=["pickles", "unequal rows", "a scalar", "a workbook", "a header that lies"],
)
def test_an_archive_that_is_no_good_npz_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "arrays.npz"
    path.write_bytes(content)

    with pytest.raises(DataFault, match=said):
        profile_dataset(path, "arrays.npz")


def test_a_file_that_changed_since_its_profile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a\n1\n2\n")
    profile = profile_dataset(path, "table.csv")
    path.write_text("a\n1\n")

    with pytest.raises(DataFault, match="has 1 rows where its profile has 2"):
        read_table(path, profile, ["a"])
