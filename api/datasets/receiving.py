"""An upload on its way to disk: counted and hashed while it comes in, never held in memory."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from api.problems import Fault, Problem, Refused, TooLarge, UnknownFormat
from store.settings import Settings

LONGEST_FIELD: Final = 2048
LONGEST_HEADER: Final = 8192
MOST_PARTS: Final = 8
FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "name": {"type": "string", "maxLength": 200, "description": "Left out: the file's own name."},
                        "project": {"type": "string", "maxLength": 200, "description": "Left out: the caller's own."},
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV, Parquet, JSON lines, NPZ, or a zip of images.",
                        },
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True)
class Upload:
    """A file that has come in whole; it is deleted when `receive_upload` ends."""

    path: Path
    filename: str
    fields: dict[str, str]
    bytes: int
    sha256: str


@asynccontextmanager
async def receive_upload(
    request: Request, settings: Settings, *, fields: tuple[str, ...] = ("name", "project")
) -> AsyncIterator[Upload]:
    """The form's file on disk, with the form's other fields; raises TooLarge, UnknownFormat, Refused."""
    boundary = boundary_of(request.headers.get("content-type", ""))
    folder = settings.home / "cache" / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / "upload"
        with path.open("wb") as file:
            form = FormReader(boundary, file, settings.upload_limit_bytes, fields)
            async for chunk in request.stream():
                await run_in_threadpool(form.read, chunk)
        yield form.finish(path)


def boundary_of(content_type: str) -> bytes:
    """What parts the form; raises UnknownFormat when it is no form."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise UnknownFormat("Send the file as multipart/form-data, in a part named `file`.", code="not_a_form")
    return options[b"boundary"]


class FormReader:
    """Reads a form piece by piece: the part `file` goes to the file, the others are kept."""

    def __init__(self, boundary: bytes, file: BinaryIO, limit: int, taken: tuple[str, ...]) -> None:
        self.file, self.limit, self.taken = file, limit, taken
        self.hash = hashlib.sha256()
        self.bytes = self.parts = 0
        self.is_whole = False
        self.filename: str | None = None
        self.fields: dict[str, bytearray] = {}
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self.begin_part,
                "on_header_field": self.add_to_header_name,
                "on_header_value": self.add_to_header,
                "on_header_end": self.end_header,
                "on_headers_finished": self.open_part,
                "on_part_data": self.add_to_part,
                "on_end": self.end_form,
            },
        )

    def read(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        try:
            self.parser.write(chunk)
        except FormParserError as error:
            raise Problem("The form is damaged: a multipart body was expected.", code="malformed_body") from error

    def begin_part(self) -> None:
        """A part begins: nothing is known of it yet."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise Problem(f"The form has more than {MOST_PARTS} parts.", code="malformed_body")
        self.header_name, self.header, self.disposition = bytearray(), bytearray(), b""
        self.part: str | None = None

    def add_to_header_name(self, data: bytes, start: int, end: int) -> None:
        """More of a header's name."""
        self.header_name += data[start:end]

    def add_to_header(self, data: bytes, start: int, end: int) -> None:
        """More of a header's value."""
        self.header += data[start:end]
        if len(self.header) > LONGEST_HEADER:
            raise Problem("A header of the form is too long.", code="malformed_body")

    def end_header(self) -> None:
        """Keep the one header that matters."""
        if self.header_name.lower() == b"content-disposition":
            self.disposition = bytes(self.header)
        self.header_name, self.header = bytearray(), bytearray()

    def open_part(self) -> None:
        """The headers are read: what part is this?"""
        _, options = parse_options_header(self.disposition)
        self.part = options.get(b"name", b"").decode(errors="replace")
        if self.part == "file":
            if self.filename is not None:
                raise refuse_part("file", "The form carries two files; send one at a time.")
            self.filename = options.get(b"filename", b"").decode(errors="replace")
        elif self.part not in self.taken:
            known = ", ".join(f"`{name}`" for name in ("file", *self.taken[:-1]))
            raise refuse_part(self.part, f"Unknown field {self.part!r}; {known} and `{self.taken[-1]}` are taken.")
        else:
            self.fields[self.part] = bytearray()

    def add_to_part(self, data: bytes, start: int, end: int) -> None:
        """More of the file, or of a field."""
        if self.part == "file":
            return self.add_to_file(data[start:end])
        field = self.fields[self.part or ""]
        field += data[start:end]
        if len(field) > LONGEST_FIELD:
            raise refuse_part(self.part or "", f"`{self.part}` is longer than {LONGEST_FIELD} bytes.")
        return None

    def add_to_file(self, data: bytes) -> None:
        """Count, hash, write."""
        self.bytes += len(data)
        if self.bytes > self.limit:
            raise TooLarge(f"The file is larger than the {self.limit:,} bytes that HORNGATE_UPLOAD_LIMIT_BYTES allows.")
        self.hash.update(data)
        self.file.write(data)

    def end_form(self) -> None:
        """The last boundary: nothing is missing."""
        self.is_whole = True

    def finish(self, path: Path) -> Upload:
        """What came in; raises Problem when the form broke off, Refused when it has no file."""
        if not self.is_whole:
            raise Problem("The form ended before its last boundary.", code="malformed_body")
        if not self.filename:
            raise refuse_part("file", "A part named `file`, with a file name, is missing.")
        fields = {name: value.decode(errors="replace") for name, value in self.fields.items()}
        return Upload(path, self.filename, fields, self.bytes, self.hash.hexdigest())


def refuse_part(part: str, message: str) -> Refused:
    """What is wrong with a part of the form."""
    return Refused(message, errors=[Fault(pointer=f"/{part}", message=message, code="bad_form")])
