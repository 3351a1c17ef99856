"""Files that mean harm: small ones that unpack to more than there is, lie about themselves, or lead elsewhere."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ZEROS = 400_000_000
"""Bytes to which a bomb unpacks."""


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def npy(shape: Any, descr: Any = "<f4", data: bytes = b"", *, fortran: bool = False) -> bytes:
    packed = io.BytesIO()
    np.lib.format.write_array_header_1_0(packed, {"descr": descr, "fortran_order": fortran, "shape": shape})
    return packed.getvalue() + data


def npy_text(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def npz(**arrays: bytes) -> bytes:
    return zipped(*((f"{name}.npy", content) for name, content in arrays.items()))


def gzip_bomb(head: bytes) -> bytes:
    """A line, and then the same byte without end, packed a thousand to one."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b"1" * 10_000_000
    return (
        deflate.compress(head) + b"".join(deflate.compress(piece) for _ in range(ZEROS // len(piece))) + deflate.flush()
    )


def deflated_zeros(name: str) -> bytes:
    deflate, check, piece = zlib.compressobj(9, zlib.DEFLATED, -15), 0, bytes(10_000_000)
    packed = b""
    for _ in range(ZEROS // len(piece)):
        packed, check = packed + deflate.compress(piece), zlib.crc32(piece, check)
    packed += deflate.flush()
    head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, check, len(packed), ZEROS, len(name), 0)
    local = b"PK\x03\x04" + head + name.encode() + packed
    central = b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name.encode()
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def hdf5(write: Callable[[h5py.File], Any]) -> bytes:
    packed = io.BytesIO()
    with h5py.File(packed, "w") as file:
        write(file)
    return packed.getvalue()


def parquet_of_zeros(rows: int) -> bytes:
    """Many rows that take no room: one value, repeated."""
    packed = io.BytesIO()
    column = pa.array(np.zeros(10_000_000, "int8"))
    with pq.ParquetWriter(packed, pa.schema([("a", pa.int8()), ("b", pa.int8())]), compression="zstd") as writer:
        for _ in range(rows // len(column)):
            writer.write_table(pa.table({"a": column, "b": column}))
    return packed.getvalue()


def parquet_that_lies() -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2, 3]}), packed)
    whole = packed.getvalue()
    return whole[:-8] + struct.pack("<I", 2**31 - 1) + whole[-4:]


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info, target.encode()


def keras_archive(**changes: bytes) -> bytes:
    config = {"class_name": "Sequential", "module": "keras", "config": {"name": "m", "layers": []}}
    members = {"metadata.json": b'{"keras_version": "3.15.1"}', "config.json": json.dumps(config).encode()}
    return zipped(*{**members, **changes}.items())


DATASETS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an empty file": ("a.csv", lambda: b""),
    "only a header": ("a.csv", lambda: b"a,b\n"),
    "bytes of no text": ("a.csv", lambda: bytes(range(256)) * 50),
    "NUL characters": ("a.csv", lambda: b"a,b\n" + b"\0,\0\n" * 50),
    "a line of megabytes": ("a.csv", lambda: b"a,b\n1," + b"2" * 8_000_000 + b"\n"),
    "a hundred thousand columns": (
        "a.csv",
        lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b"1," * 99_999 + b"1\n",
    ),
    "rows of all lengths": ("a.csv", lambda: b"a,b\n" + b"\n".join(b"1," * n for n in range(1, 200))),
    "doubled columns of nothing": ("a.csv", lambda: b",,,\n,,,\n"),
    "HTML": ("a.csv", lambda: b"<html><script>alert(1)</script></html>"),
    "a pickle": ("a.csv", lambda: pickle.dumps({"a": [1, 2]})),
    "a pickle called NPZ": ("a.npz", lambda: pickle.dumps({"a": [1, 2]})),
    "a program": ("a.csv", lambda: b"\x7fELF" + bytes(5000)),
    "a gzip bomb": ("a.csv.gz", lambda: gzip_bomb(b"a,b\n1,")),
    "a gzip bomb called CSV": ("a.csv", lambda: gzip_bomb(b"a,b\n1,")),
    "a bzip2 file": ("a.csv.bz2", lambda: bz2.compress(b"a,b\n1,2\n" * 50)),
    "an xz file": ("a.csv.xz", lambda: lzma.compress(b"a,b\n1,2\n" * 50)),
    "half a gzip": ("a.csv.gz", lambda: gzip.compress(b"a,b\n1,2\n" * 5000)[:40]),
    "JSON lines nested without end": ("a.jsonl", lambda: b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"),
    "JSON lines that are no objects": ("a.jsonl", lambda: b"1\n2\n3\n"),
    "JSON lines with doubled names": ("a.jsonl", lambda: b'{"a": 1, "a": 2, "b": {"c": [[[1]]]}}\n' * 3 + b"{"),
    "JSON lines with huge numbers": ("a.jsonl", lambda: b'{"a": ' + b"9" * 100_000 + b"}\n{"),
    "a zip of nothing": ("a.zip", lambda: zipped()),
    "a zip bomb": ("a.zip", lambda: deflated_zeros("a/1.png")),
    "a zip in a zip": ("a.zip", lambda: zipped(("a/b.zip", zipped(("c.png", png(8, 8)))))),
    "a picture of a million million pixels": ("a.zip", lambda: zipped(("a/1.png", png(2**20, 2**20)))),
    "a link in a zip": ("a.zip", lambda: zipped(link("a/1.png", "/etc/passwd"))),
    "a way out of a zip": ("a.zip", lambda: zipped(("../../a/1.png", png(8, 8)))),
    "an absolute name in a zip": ("a.zip", lambda: zipped(("/a/1.png", png(8, 8)))),
    "a drive in a zip": ("a.zip", lambda: zipped(("C:/a/1.png", png(8, 8)))),
    "scripts in a zip": ("a.zip", lambda: zipped(("a/1.py", b"import os"))),
    "five thousand empty members": ("a.zip", lambda: zipped(*((f"a/{n}.png", b"") for n in range(5_000)))),
    "an npz bomb": ("a.npz", lambda: deflated_zeros("a.npy")),
    "an npz of objects": ("a.npz", lambda: npz(a=npy((3,), "|O", pickle.dumps([1, 2, 3])))),
    "an npz whose header lies": ("a.npz", lambda: npz(a=npy((10**12,)))),
    "an npz with a negative shape": (
        "a.npz",
        lambda: npz(a=npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}\n")),
    ),
    "an npz with code for a header": ("a.npz", lambda: npz(a=npy_text("__import__('os').system('id')\n"))),
    "an npz with a header without end": ("a.npz", lambda: npz(a=npy_text("(" * 60_000))),
    "an npz with a shape of many axes": ("a.npz", lambda: npz(a=npy((1,) * 64, data=bytes(4)))),
    "an npz of records": ("a.npz", lambda: npz(a=npy((2,), [("x", "<f4"), ("y", "<i4")], bytes(16)))),
    "an npz of void": ("a.npz", lambda: npz(a=npy((2,), "|V8", bytes(16)))),
    "an npz that leads out": ("a.npz", lambda: zipped(("../a.npy", npy((2,), data=bytes(8))))),
    "an npz without arrays": ("a.npz", lambda: zipped(("readme.txt", b"hello"))),
    "an npz of unequal rows": ("a.npz", lambda: npz(a=npy((2,), data=bytes(8)), b=npy((3,), data=bytes(12)))),
    "a bare npy of objects": ("a.npy", lambda: npy((3,), "|O", pickle.dumps([1, 2, 3]))),
    "half a Parquet": ("a.parquet", lambda: parquet_of_zeros(10_000_000)[:-200]),
    "a Parquet whose footer lies": ("a.parquet", parquet_that_lies),
    "a Parquet of text": ("a.parquet", lambda: b"PAR1 hello PAR1"),
    "a TFRecord of noise": ("a.tfrecord", lambda: bytes(range(256)) * 20),
    "a TFRecord whose length lies": ("a.tfrecord", lambda: struct.pack("<Q", 2**62) + bytes(100)),
    "an HDF5 file of nothing": ("a.weights.h5", lambda: hdf5(lambda file: None)),
    "an HDF5 link outside": (
        "a.weights.h5",
        lambda: hdf5(lambda file: file.__setitem__("a", h5py.ExternalLink("/etc/passwd", "/"))),
    ),
    "an HDF5 circle": ("a.weights.h5", lambda: hdf5(lambda file: file.create_group("a").__setitem__("a", file["/"]))),
    "an HDF5 soft link to nothing": (
        "a.weights.h5",
        lambda: hdf5(lambda file: file.__setitem__("a", h5py.SoftLink("/b"))),
    ),
    "HDF5 bytes outside": (
        "a.weights.h5",
        lambda: hdf5(lambda file: file.create_dataset("a", (5,), external=[("/etc/passwd", 0, 20)])),
    ),
    "HDF5 of a million million": (
        "a.weights.h5",
        lambda: hdf5(lambda file: file.create_dataset("a", (10**6, 10**6), chunks=(1000, 1000), compression="gzip")),
    ),
    "HDF5 of words": ("a.weights.h5", lambda: hdf5(lambda file: file.create_dataset("a", data=["x", "y"]))),
    "HDF5 noise": ("a.weights.h5", lambda: b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 8),
    "half an HDF5": ("a.weights.h5", lambda: hdf5(lambda file: file.create_dataset("a", data=np.zeros(5000)))[:900]),
}
MODELS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a pickle": lambda: pickle.dumps({"a": 1}),
    "HDF5 noise": lambda: b"\x89HDF\r\n\x1a\n" + bytes(500),
    "an archive of nothing": lambda: zipped(),
    "a bomb": lambda: deflated_zeros("config.json"),
    "a config that is none": lambda: keras_archive(**{"config.json": b"{"}),
    "a config nested without end": lambda: keras_archive(**{"config.json": b'{"a":' * 50_000}),
    "code in a Lambda": lambda: keras_archive(
        **{
            "config.json": json.dumps(
                {
                    "class_name": "Lambda",
                    "module": "keras.layers",
                    "config": {"function": {"class_name": "__lambda__", "config": {"code": "4w=="}}},
                }
            ).encode()
        }
    ),
    "a foreign module": lambda: keras_archive(
        **{"config.json": b'{"class_name": "system", "module": "os", "config": {}}'}
    ),
    "a file for a vocabulary": lambda: keras_archive(
        **{
            "config.json": json.dumps(
                {
                    "class_name": "Sequential",
                    "module": "keras",
                    "config": {
                        "name": "m",
                        "layers": [{"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}],
                    },
                }
            ).encode()
        }
    ),
    "a way out": lambda: keras_archive(**{"../../x": b"1"}),
    "weights that lead outside": lambda: keras_archive(
        **{"model.weights.h5": hdf5(lambda file: file.__setitem__("layers", h5py.ExternalLink("/etc/passwd", "/")))}
    ),
}
COMPONENTS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "an archive of nothing": lambda: zipped(),
    "a bomb": lambda: deflated_zeros("__init__.py"),
    "a way out": lambda: zipped(("../x.py", b"a = 1")),
    "an absolute name": lambda: zipped(("/x.py", b"a = 1")),
    "a link": lambda: zipped(link("__init__.py", "/etc/passwd")),
    "compiled code": lambda: zipped(("__init__.pyc", b"\x00" * 99)),
    "a library": lambda: zipped(("__init__.py", b"a = 1"), ("x.so", b"\x7fELF")),
    "no text": lambda: zipped(("__init__.py", b"\xff\xfe\x00")),
    "NUL in the source": lambda: zipped(("__init__.py", b"a = '\0'")),
    "brackets without end": lambda: zipped(("__init__.py", b"(" * 50_000)),
    "ten thousand files": lambda: zipped(*((f"m{n}.py", b"a = 1") for n in range(10_000))),
}
