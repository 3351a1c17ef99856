"""Text in other encodings: found out, and turned into UTF-8, which is all that the table reader takes."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from models_lib.data.faults import DataFault, data_fault

CHUNK = 1 << 20
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def detect_encoding(path: Path) -> str:
    """The byte order mark's encoding, else UTF-8 if all of it is, else Windows' Western one, else Latin-1."""
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding
    if b"\0" in start:
        fault = data_fault("/file", "This is no text: it holds zero bytes. Upload CSV, Parquet or NPZ.")
        raise DataFault(fault)
    return next(encoding for encoding in ("utf-8", "cp1252", "latin-1") if _decodes(path, encoding))


def _decodes(path: Path, encoding: str) -> bool:
    try:
        for _ in _read_text(path, encoding):
            pass
    except DataFault:
        return False
    return True


@contextmanager
def as_utf8(path: Path, encoding: str) -> Iterator[Path]:
    """The file itself where it is UTF-8, else a copy in UTF-8 for the time of the block."""
    if encoding in ("utf-8", "utf-8-sig"):
        yield path
        return
    with NamedTemporaryFile("wb", suffix=".csv") as copy:
        for text in _read_text(path, encoding):
            copy.write(text.encode())
        copy.flush()
        yield Path(copy.name)


def _read_text(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield decoder.decode(chunk)
            yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise DataFault(data_fault("/file", f"The text is not valid {encoding}: {error}.")) from error
