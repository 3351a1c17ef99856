"""A zip of images as a table: folders per class, or a table whose column names the images."""

import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.data.picture_headers import FORMATS, BadPicture, read_picture
from models_lib.data.pictures import check_decodes
from models_lib.data.read import Table
from models_lib.data.statistics import EXAMPLES, HEAD, TOP
from models_lib.data.zips import open_zip, read_member, refused
from models_lib.spec.dataset import Column, DatasetProfile

MAX_IMAGE_BYTES = 64 << 20
MAX_TABLE_BYTES = 2 << 30
IMAGES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif"})
OTHER_IMAGES = frozenset({".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".svg", ".jp2", ".psd", ".ico"})
TABLES = frozenset({".csv", ".tsv", ".parquet"})
PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
IMAGE, LABEL, PART = "image", "label", "part"
ProfileTable = Callable[[Path, str], DatasetProfile]
ReadTable = Callable[[Path, DatasetProfile, list[str]], Table]


@dataclass(frozen=True)
class Contents:
    """The members of an archive by what they are."""

    images: dict[str, zipfile.ZipInfo]
    tables: tuple[zipfile.ZipInfo, ...]


def holds_images(path: Path) -> bool:
    """Whether this is an archive of images rather than of arrays; a name decides nothing else."""
    with open_zip(path) as (_, members):
        return any(_ending(member) in IMAGES | OTHER_IMAGES for member in members)


def profile_images(path: Path, profile_table: ProfileTable, read_table: ReadTable) -> DatasetProfile:
    """Every image is decoded once, so that none comes as a surprise in training; raises DataFault."""
    with open_zip(path) as (archive, members):
        contents = _sort(members)
        if contents.tables:
            return _profile_listed(archive, contents, profile_table, read_table)
        columns = folder_columns(list(contents.images))
        sizes = _check_images(archive, list(contents.images.values()))
        described = [_describe_images(IMAGE, list(contents.images), sizes)]
        described += [_describe_words(name, columns[name]) for name in columns if name != IMAGE]
    head = [list(row) for row in zip(*columns.values(), strict=True)][:HEAD]
    return DatasetProfile(format="images", rows=len(contents.images), columns=tuple(described), head=head)


def read_images(path: Path, profile: DatasetProfile, names: list[str], read_table: ReadTable) -> Table:
    """The table; images that are asked for are unpacked beside the run and stand in it as the paths of their files."""
    with open_zip(path) as (archive, members):
        contents = _sort(members)
        if contents.tables:
            table = _read_listed(archive, contents, profile, names, read_table)
        else:
            columns = folder_columns(list(contents.images))
            values: dict[str, NDArray[Any]] = {name: np.array(columns[name], dtype=object) for name in names}
            table = Table(len(contents.images), values, {})
        unpacked = {
            name: _unpack(archive, contents.images, table.values[name]) for name in _image_names(profile, names)
        }
    return Table(table.rows, {**table.values, **unpacked}, table.gaps)


def folder_columns(paths: list[str]) -> dict[str, list[str]]:
    """Columns by name from the folders: the part where the outer ones are called train and test, then the class.

    A folder that wraps all of it counts as nothing.
    """
    columns = {IMAGE: paths}
    folders = [list(PurePosixPath(path).parts[:-1]) for path in paths]
    while all(len(parts) > 1 for parts in folders) and len({parts[0] for parts in folders}) == 1:
        folders = [parts[1:] for parts in folders]
    if all(parts and parts[0].lower() in PARTS for parts in folders):
        columns[PART] = [PARTS[parts[0].lower()] for parts in folders]
        folders = [parts[1:] for parts in folders]
    if any(folders):
        loose = [path for path, parts in zip(paths, folders, strict=True) if not parts]
        if loose:
            message = f"{len(loose)} images lie beside the folders of the classes, {loose[0]!r} among them."
            raise refused(message, loose[:EXAMPLES])
        columns[LABEL] = [parts[0] for parts in folders]
    return columns


def _sort(members: list[zipfile.ZipInfo]) -> Contents:
    others = [member.filename for member in members if _ending(member) in OTHER_IMAGES]
    if others:
        message = f"{len(others)} images have a format that is not taken: save them as {', '.join(FORMATS)}."
        raise refused(message, others[:EXAMPLES])
    tables = tuple(member for member in members if _ending(member) in TABLES)
    if len(tables) > 1:
        message = "The archive holds several tables: one, with a column of the images' paths, is taken."
        raise refused(message, [member.filename for member in tables[:EXAMPLES]])
    images = {member.filename: member for member in members if _ending(member) in IMAGES}
    if not images:
        raise refused(f"The archive holds no images ({', '.join(FORMATS)}). Is this another kind of archive?")
    return Contents(images, tables)


def _ending(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).suffix.lower()


def _check_images(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Counter[str]:
    """How many images have each size; raises DataFault for the first that is no image."""
    sizes: Counter[str] = Counter()
    for member in members:
        content = read_member(archive, member, MAX_IMAGE_BYTES)
        try:
            picture = read_picture(content)
            check_decodes(content)
        except BadPicture as bad:
            raise refused(f"{member.filename!r}: {bad}.", member.filename) from bad
        sizes[f"{picture.height}x{picture.width}"] += 1
    return sizes


def _describe_images(name: str, paths: list[str], sizes: Counter[str], missing: int = 0) -> Column:
    return Column(
        name=name,
        dtype="image",
        missing=missing,
        unique=len(sizes),
        top=sizes.most_common(TOP),
        examples=paths[:EXAMPLES],
    )


def _describe_words(name: str, words: list[str]) -> Column:
    counts = sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))
    return Column(
        name=name,
        dtype="string",
        unique=len(counts),
        min=min(words),
        max=max(words),
        top=counts[:TOP],
        examples=words[:EXAMPLES],
    )


def _profile_listed(
    archive: zipfile.ZipFile, contents: Contents, profile_table: ProfileTable, read_table: ReadTable
) -> DatasetProfile:
    """The table's profile, with those columns as images whose every word is the path of one."""
    with tempfile.NamedTemporaryFile() as file:
        path = _unpack_table(archive, contents, file.name)
        inner = profile_table(path, contents.tables[0].filename)
        words = [column.name for column in inner.columns if column.is_text]
        table = read_table(path, inner, words)
    members = {name: _members_of(contents, table.values[name]) for name in words}
    found = {name: paths for name, paths in members.items() if any(paths)}
    if not found:
        message = f"No column of {contents.tables[0].filename!r} holds the paths of the archive's images."
        raise refused(message, {name: table.values[name][:2].tolist() for name in words})
    described = {name: _describe_listed(archive, contents, name, table, paths) for name, paths in found.items()}
    columns = tuple(described.get(column.name, column) for column in inner.columns)
    reading = {"table": inner.format, "reading": inner.reading}
    return inner.model_copy(update={"format": "images", "columns": columns, "reading": reading})


def _describe_listed(archive: zipfile.ZipFile, contents: Contents, name: str, table: Table, paths: list[str]) -> Column:
    gaps = table.gaps.get(name, np.zeros(table.rows, dtype=bool))
    lost = [word for word, path, gap in zip(table.values[name], paths, gaps, strict=True) if not (path or gap)]
    if lost:
        message = f"{len(lost)} rows of {name!r} name images that the archive does not hold: {lost[0]!r}."
        raise refused(message, lost[:EXAMPLES])
    used = list(dict.fromkeys(path for path in paths if path))
    sizes = _check_images(archive, [contents.images[path] for path in used])
    return _describe_images(name, used, sizes, int(gaps.sum()))


def _members_of(contents: Contents, words: NDArray[Any]) -> list[str]:
    """Each word's image: from the table's folder, or from the archive's root; none where there is none."""
    folder = PurePosixPath(contents.tables[0].filename).parent

    def find(word: str) -> str:
        tried = (str(folder / word), str(PurePosixPath(word)))
        return next((path for path in tried if path in contents.images), "") if word else ""

    return [find(str(word).replace("\\", "/")) for word in words]


def _read_listed(
    archive: zipfile.ZipFile, contents: Contents, profile: DatasetProfile, names: list[str], read_table: ReadTable
) -> Table:
    words = {
        column.name: column.model_copy(update={"dtype": "string"}) for column in profile.columns if column.is_image
    }
    columns = tuple(words.get(column.name, column) for column in profile.columns)
    update = {"format": profile.reading["table"], "reading": profile.reading["reading"], "columns": columns}
    with tempfile.NamedTemporaryFile() as file:
        table = read_table(_unpack_table(archive, contents, file.name), profile.model_copy(update=update), names)
    images = {
        name: np.array(_members_of(contents, table.values[name]), dtype=object) for name in words if name in names
    }
    return Table(table.rows, {**table.values, **images}, table.gaps)


def _unpack_table(archive: zipfile.ZipFile, contents: Contents, to: str) -> Path:
    Path(to).write_bytes(read_member(archive, contents.tables[0], MAX_TABLE_BYTES))
    return Path(to)


def _image_names(profile: DatasetProfile, names: list[str]) -> list[str]:
    return [name for name in names if profile.by_name[name].is_image]


def _unpack(archive: zipfile.ZipFile, images: dict[str, zipfile.ZipInfo], paths: NDArray[Any]) -> NDArray[Any]:
    """The paths of the unpacked files; they are called by number, whatever the archive calls them."""
    folder = Path(tempfile.mkdtemp(prefix="images"))
    unpacked = {"": ""}
    for path in dict.fromkeys(paths):
        if path:
            file = folder / str(len(unpacked))
            file.write_bytes(read_member(archive, images[path], MAX_IMAGE_BYTES))
            unpacked[path] = str(file)
    return np.array([unpacked[path] for path in paths], dtype=object)
