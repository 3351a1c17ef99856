"""TFRecord files of `tf.train.Example`: frames are judged first, then it is read as the Parquet file it could be."""

import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import pyarrow
import pyarrow.parquet
import tensorflow as tf
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no types in protobuf

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.picture_headers import BadPicture, read_picture
from models_lib.data.zips import MAX_BYTES, MAX_RATIO, RATIO_FROM

HEADER, FOOTER = 12, 4
MOST_BYTES = 64 << 20
"""Of one record: images are as large, rows are not."""
MOST_FEATURES = 10_000
ROWS_AT_ONCE = 1024
KINDS = {"int64_list": pyarrow.int64(), "float_list": pyarrow.float32(), "bytes_list": pyarrow.string()}
CASTAGNOLI = 0x82F63B78
GZIP = b"\x1f\x8b"
CHUNK = 1 << 20


def begins_a_record(start: bytes) -> bool:
    """Whether a file begins with a record's length and the right checksum of it."""
    if len(start) < HEADER:
        return False
    said: int = struct.unpack_from("<I", start, 8)[0]
    return said == masked_checksum(start[:8])


def masked_checksum(data: bytes) -> int:
    """CRC-32C as TFRecord writes it; for the few bytes of a length."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (CASTAGNOLI if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def is_gzip(path: Path) -> bool:
    """Whether the file is packed as a whole, as `TFRecordOptions("GZIP")` writes it."""
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def begins_packed_records(path: Path) -> bool:
    """Whether what is packed begins with a record."""
    try:
        with gzip.open(path) as file:
            return begins_a_record(file.read(HEADER))
    except (OSError, EOFError, zlib.error):
        return False


@contextmanager
def as_parquet(path: Path) -> Iterator[Path]:
    """The records as a table, for the time of the block: one column per feature; raises DataFault.

    A feature of at most one value is a column of it, any other a column of lists; one that is absent or empty is a gap.
    """
    if not is_gzip(path):
        with _as_table(path) as table:
            yield table
        return
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "records"
        _unpack(path, plain)
        with _as_table(plain) as table:
            yield table


def _unpack(path: Path, plain: Path) -> None:
    """Bytes are counted while they come: a bomb is dropped long before it fills the disk."""
    most = min(MAX_BYTES, max(RATIO_FROM, path.stat().st_size * MAX_RATIO))
    try:
        with gzip.open(path) as packed, plain.open("wb") as file:
            while chunk := packed.read(CHUNK):
                file.write(chunk)
                if file.tell() > most:
                    raise _refused(f"What is packed takes more than {most:,} bytes, which are not taken.", most)
    except (OSError, EOFError, zlib.error) as error:
        raise _refused(f"The file is packed (gzip) and damaged: {str(error)[:200]}") from error


@contextmanager
def _as_table(path: Path) -> Iterator[Path]:
    _check_frames(path)
    types = _infer_types(path)
    with NamedTemporaryFile(suffix=".parquet") as file:
        schema = pyarrow.schema(list(types.items()))
        with pyarrow.parquet.ParquetWriter(file.name, schema) as writer:
            for rows in _batches(path):
                columns = [[_plain(row.get(name), kind) for row in rows] for name, kind in types.items()]
                arrays = [pyarrow.array(values, kind) for values, kind in zip(columns, types.values(), strict=True)]
                writer.write_table(pyarrow.table(arrays, schema=schema))
        yield Path(file.name)


def _check_frames(path: Path) -> None:
    """Every record lies within the file: what a length claims is never made room for."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            start = file.read(HEADER)
            if not begins_a_record(start):
                raise _refused(f"The file is damaged at byte {at:,}: no record begins there.", at)
            (length,) = struct.unpack_from("<Q", start)
            if length > MOST_BYTES or at + HEADER + length + FOOTER > size:
                message = f"The record at byte {at:,} claims {length:,} bytes: more than there are, or than are taken."
                raise _refused(message, at)
            at += HEADER + length + FOOTER


def _batches(path: Path) -> Iterator[list[dict[str, Any]]]:
    """The values of each record's features by name, some records at a time."""
    try:
        for batch in tf.data.TFRecordDataset(str(path)).batch(ROWS_AT_ONCE):
            yield [_values(record) for record in batch.numpy()]
    except tf.errors.DataLossError as error:
        raise _refused("A record is damaged: its checksum is wrong.") from error


def _values(record: bytes) -> dict[str, Any]:
    try:
        features = tf.train.Example.FromString(record).features.feature
    except DecodeError as error:
        raise _refused("A record is no tf.train.Example.") from error
    if len(features) > MOST_FEATURES:
        raise _refused(f"A record has {len(features):,} features; at most {MOST_FEATURES:,} are taken.")
    kinds = {name: feature.WhichOneof("kind") for name, feature in features.items()}
    return {name: (kind, getattr(features[name], kind).value) for name, kind in kinds.items() if kind is not None}


def _infer_types(path: Path) -> dict[str, pyarrow.DataType]:
    """What each feature is, from every record."""
    found: dict[str, tuple[str, int, bool]] = {}
    for rows in _batches(path):
        for row in rows:
            for name, (kind, values) in row.items():
                known, longest, is_binary = found.get(name, (kind, 0, False))
                if known != kind:
                    raise _refused(f"Feature {name[:80]!r} is a {known} in some records and a {kind} in others.", name)
                is_binary = is_binary or (kind == "bytes_list" and any(_is_binary(name, value) for value in values))
                found[name] = (kind, max(longest, len(values)), is_binary)
    if not any(longest for _, longest, _ in found.values()):
        raise _refused("The records have no features.")
    return {name: _type_of(name, *told) for name, told in sorted(found.items())}


def _type_of(name: str, kind: str, longest: int, is_binary: bool) -> pyarrow.DataType:
    plain = pyarrow.binary() if is_binary else KINDS[kind]
    if longest <= 1:
        return plain
    if is_binary:
        raise _refused(f"Feature {name[:80]!r} holds several images in one record: give each its own feature.", name)
    return pyarrow.list_(plain)


def _is_binary(name: str, value: bytes) -> bool:
    """Whether it is an image rather than text; raises DataFault where it is neither."""
    try:
        value.decode()
    except UnicodeDecodeError:
        try:
            read_picture(value)
        except BadPicture as bad:
            message = (
                f"Feature {name[:80]!r} holds bytes that are neither text (UTF-8) nor an image ({bad}): write numbers "
                "as a float_list or an int64_list."
            )
            raise _refused(message, name) from bad
        return True
    return False


def _plain(told: tuple[str, Any] | None, kind: pyarrow.DataType) -> Any:
    """A value, a list, or none."""
    values = list(told[1]) if told is not None else []
    if told is not None and told[0] == "bytes_list" and not pyarrow.types.is_binary(kind):
        values = [value.decode() for value in values]
    if pyarrow.types.is_list(kind):
        return values or None
    return values[0] if values else None


def _refused(message: str, found: Any = None) -> DataFault:
    return DataFault(data_fault("/file", message, found=found))
