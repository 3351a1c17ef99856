"""HDF5 files are judged by their structure, object by object, before an array is read."""

from typing import Any

import h5py
import numpy as np

from models_lib.data.zips import refused

MAX_OBJECTS = 100_000
MAX_DEPTH = 64
MAX_BYTES = 16 << 30
MAX_NAMES = 20_000
MAX_NAME = 1024
# Of deflate, shuffle and fletcher32: others would load code, or are nobody's default.
FILTERS = frozenset({1, 2, 3})
MAX_RATIO, RATIO_FROM = 900, 1 << 20
NUMBERS = "fiub"
BFLOAT16_BYTES = 2


def judge_file(file: h5py.File) -> None:
    """Refuse what leads out of the file, loads code, or declares more than it holds; raises DataFault."""
    _Judge(file).judge()


class _Judge:
    """One walk over all objects; each may be reached by one name alone."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._seen: set[int] = set()
        self._declared = 0
        self._stored = 0

    def judge(self) -> None:
        waiting: list[tuple[h5py.Group, int]] = [(self._file, 1)]
        self._meet(self._file)
        while waiting:
            group, depth = waiting.pop()
            if depth > MAX_DEPTH:
                raise refused(f"Groups of the file are nested more than {MAX_DEPTH} deep.")
            for name in group:
                member = self._follow(group, name)
                if isinstance(member, h5py.Group):
                    waiting.append((member, depth + 1))
                else:
                    self._judge_array(member)
        if self._stored > self._file.id.get_filesize():
            raise refused("The file's arrays share their bytes: together they would be longer than the file.")

    def _follow(self, group: h5py.Group, name: str) -> Any:
        """The object behind a name, which must be a plain one of this file."""
        where = f"{group.name.rstrip('/')}/{name}"[:200]
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise refused(f"{where!r} is a link: a file of weights holds its arrays itself.", where)
        member = group[name]
        if not isinstance(member, h5py.Group | h5py.Dataset):
            raise refused(f"{where!r} is neither a group nor an array.", where)
        self._meet(member)
        return member

    def _meet(self, member: Any) -> None:
        address = h5py.h5o.get_info(member.id).addr
        if address in self._seen:
            raise refused(f"{member.name[:200]!r} is reached by two names.", member.name[:200])
        self._seen.add(address)
        if len(self._seen) > MAX_OBJECTS:
            raise refused(f"The file holds more than {MAX_OBJECTS:,} objects.", MAX_OBJECTS)

    def _judge_array(self, array: h5py.Dataset) -> None:
        reason = _why_refused(array)
        if reason:
            raise refused(f"Array {array.name[:200]!r} {reason}.", array.name[:200])
        self._declared += array.size * array.dtype.itemsize
        self._stored += array.id.get_storage_size()
        if self._declared > MAX_BYTES:
            raise refused(f"The arrays would take {self._declared:,} bytes; at most {MAX_BYTES:,} are taken.")


def _why_refused(array: h5py.Dataset) -> str | None:
    if array.is_virtual or array.external:
        return "has its bytes in another file"
    if array.shape is None:
        return "has no shape"
    if array.dtype.kind not in NUMBERS and not _is_bfloat16(array):
        return f"has type {str(array.dtype)[:80]}: weights are numbers"
    plan = array.id.get_create_plist()
    filters = {plan.get_filter(n)[0] for n in range(plan.get_nfilters())}
    if filters - FILTERS:
        return "is packed in a way that is not taken: save it plain, or packed by gzip"
    declared, stored = array.size * array.dtype.itemsize, array.id.get_storage_size()
    if declared > stored and (not filters or declared > max(RATIO_FROM, stored * MAX_RATIO)):
        return f"declares {declared:,} bytes and holds {stored:,}"
    return None


def _is_bfloat16(array: h5py.Dataset) -> bool:
    """HDF5 knows no such number: Keras writes its two bytes, and says so beside them."""
    is_two_bytes = array.dtype.kind == "V" and array.dtype.itemsize == BFLOAT16_BYTES and array.dtype.names is None
    return is_two_bytes and read_text(array, "dtype") == "bfloat16"


def read_text(item: Any, name: str) -> str:
    """A short text among an object's attributes; nothing where there is none."""
    if name not in item.attrs or item.attrs.get_id(name).shape != ():
        return ""
    value = _plain(item.attrs[name])
    return value if value is not None and len(value) <= MAX_NAME else ""


def read_names(group: Any, name: str) -> list[str]:
    """A list of names among an object's attributes, which Keras parts where it is long; raises DataFault."""
    parts = [name] if name in group.attrs else []
    while not parts or parts[-1] != name:
        if f"{name}{len(parts)}" not in group.attrs:
            break
        parts.append(f"{name}{len(parts)}")
    names: list[str] = []
    for part in parts:
        shape = group.attrs.get_id(part).shape
        if shape is None or len(shape) != 1 or len(names) + shape[0] > MAX_NAMES:
            raise refused(f"The attribute {part!r} is no list of at most {MAX_NAMES:,} names.", part)
        read = [_plain(value) for value in np.asarray(group.attrs[part]).ravel()]
        if any(value is None or len(value) > MAX_NAME for value in read):
            raise refused(f"The attribute {part!r} holds what is no name.", part)
        names += [value for value in read if value is not None]
    return names


def _plain(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value) if isinstance(value, str) else None
