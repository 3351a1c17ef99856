"""A component's source: some files of Python text, checked before anything is made of them, kept as canonical JSON."""

import hashlib
import json
import keyword
import re
import stat
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from models_lib.spec.faults import Fault, FaultCode

MOST_BYTES: Final = 1_000_000
MOST_FILES: Final = 200
MOST_DEPTH: Final = 8
MOST_RATIO: Final = 200
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
LEFT_OUT: Final = frozenset({".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".typed", ".pyc", ""})
RESERVED: Final = frozenset({"components", "horngate", "keras", "tensorflow", "numpy", "models_lib", "worker", "store"})
INIT: Final = "__init__.py"

Files = dict[str, str]
"""Text by path below the package's folder; `__init__.py` is always there."""


class PackageRefused(Exception):
    """The source cannot be kept as a component; `faults` say why."""

    def __init__(self, message: str, *, code: FaultCode = "bad_data", pointer: str = "/file") -> None:
        super().__init__(message)
        self.faults = (Fault(pointer=pointer, message=message, code=code),)


def check_name(name: str) -> str:
    """The name, under which Python will import it; raises PackageRefused."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        message = f"a component is named as a Python module is: letters, digits and _, not {name[:80]!r}"
        raise PackageRefused(message, code="wrong_type", pointer="/name")
    if name in RESERVED or name in sys.stdlib_module_names:
        message = f"{name!r} is the name of a module that exists: choose another"
        raise PackageRefused(message, code="forbidden", pointer="/name")
    return name


def pack(files: Mapping[str, str]) -> bytes:
    """The bytes that are kept: equal files have equal bytes, whatever they were sent as."""
    return json.dumps({"files": dict(files)}, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def unpack(packed: bytes) -> Files:
    """The files of what `pack` made."""
    files: Files = json.loads(packed)["files"]
    return files


def hash_packed(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Lay the package out as a folder that Python can import."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read_files(folder: Path) -> Files:
    """What `write_files` has laid out."""
    files = sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).as_posix())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def module_name(package: str, file: str) -> str:
    """`pack.inner.layers` of `inner/layers.py`."""
    path = PurePosixPath(package, file)
    return ".".join((path.parent if path.name == INIT else path.with_suffix("")).parts)


def check_files(files: Mapping[str, str]) -> Files:
    """The files, whose paths and sizes are what they must be; raises PackageRefused."""
    if sum(len(text.encode(errors="surrogatepass")) for text in files.values()) > MOST_BYTES:
        raise PackageRefused(f"a component has at most {MOST_BYTES} bytes of source", code="too_large")
    if len(files) > MOST_FILES:
        raise PackageRefused(f"a component has at most {MOST_FILES} files", code="too_large")
    for name, text in files.items():
        _check_path(name)
        _check_text(text, name)
    if INIT not in files and len(files) == 1:
        return {INIT: next(iter(files.values()))}
    return {INIT: "", **files}


def name_files(name: str, filename: str, files: Files, sent: Mapping[str, str] | None) -> tuple[str, ...]:
    """The files by the names that their author gave them: a single module may have come under any."""
    if files.keys() != {INIT}:
        return tuple(file for file in sorted(files) if file != INIT or files[INIT])
    given = [*(sent or {}), PurePosixPath(filename.replace("\\", "/")).name, f"{name}.py"]
    return (next(file for file in given if file.endswith(".py") and file != INIT),)


def read_source(data: bytes, filename: str) -> Files:
    """The one file of a component that is a single module."""
    if len(data) > MOST_BYTES:
        raise PackageRefused(f"a component has at most {MOST_BYTES} bytes of source", code="too_large")
    return {INIT: _decode(data, filename)}


def read_upload(path: Path, filename: str) -> Files:
    """The files of a .py or a .zip, told apart by how they begin; raises PackageRefused."""
    if zipfile.is_zipfile(path):
        return read_zip(path)
    if not filename.endswith(".py"):
        raise PackageRefused(f"{filename[:200]!r} is neither a .py file nor a .zip of some")
    return read_source(path.read_bytes(), filename)


def read_zip(path: Path) -> Files:
    """The modules of a zipped package, whose folder may be in the zip or not; raises PackageRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = list(_list_members(archive))
            files = {name: _decode(_read_member(archive, info), name) for name, info in members}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise PackageRefused(f"this is no zip file that can be read: {error}") from error
    if not files:
        raise PackageRefused("the zip holds no Python source: a component is made of .py files")
    return check_files(_without_root(files))


def _list_members(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The modules by path; everything about every member is checked before any is read."""
    infos = archive.infolist()
    if len(infos) > 10 * MOST_FILES:
        raise PackageRefused(f"the zip has {len(infos)} members: at most {MOST_FILES} files", code="too_large")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise PackageRefused(f"the zip unpacks to more than {MOST_BYTES} bytes", code="too_large")
    seen: set[str] = set()
    for info in infos:
        _check_member(info)
        if info.filename.lower() in seen:
            raise PackageRefused(f"the zip has two members {info.filename!r}")
        seen.add(info.filename.lower())
    for info in infos:
        path = PurePosixPath(info.filename)
        is_hidden = any(part.startswith(".") or part in ("__pycache__", "__MACOSX") for part in path.parts)
        if info.is_dir() or is_hidden or path.suffix in LEFT_OUT:
            continue
        if path.suffix != ".py":
            raise PackageRefused(f"{info.filename!r} is no Python source: a component holds .py files alone")
        yield info.filename, info


def _check_member(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in info.filename:
        raise PackageRefused(f"the zip's member {info.filename[:200]!r} leads out of its folder", code="forbidden")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise PackageRefused(f"the zip's member {info.filename[:200]!r} is a link or a device", code="forbidden")
    if info.flag_bits & 0x1:
        raise PackageRefused(f"the zip's member {info.filename[:200]!r} is encrypted")
    if info.file_size > MOST_RATIO * max(info.compress_size, 64):
        raise PackageRefused(f"the zip's member {info.filename[:200]!r} unpacks to too much", code="too_large")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """No more than the member says that it has, which was counted."""
    with archive.open(info) as member:
        return member.read(info.file_size)


def _without_root(files: Files) -> Files:
    """Paths below the package's own folder: a zip may hold it, or what is in it."""
    roots = {PurePosixPath(name).parts[0] for name in files}
    if len(roots) != 1 or any(len(PurePosixPath(name).parts) == 1 for name in files):
        return files
    return _without_root(
        {PurePosixPath(*PurePosixPath(name).parts[1:]).as_posix(): text for name, text in files.items()}
    )


def _check_path(name: str) -> None:
    path = PurePosixPath(name)
    parts = [*path.parts[:-1], path.stem]
    if path.suffix != ".py" or path.as_posix() != name or len(parts) > MOST_DEPTH:
        raise PackageRefused(f"{name[:200]!r} is no path of a module within a package", code="forbidden")
    for part in parts:
        if not part.isidentifier() or not part.isascii():
            raise PackageRefused(f"{name[:200]!r} cannot be imported: {part[:80]!r} is no name of a module")


def _decode(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackageRefused(f"{name} is no UTF-8 text: byte {error.start} is none of a character's") from error
    _check_text(text, name)
    return text.replace("\r\n", "\n")


def _check_text(text: str, name: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise PackageRefused(f"{name[:200]} holds a NUL or half a character: it is no source")
