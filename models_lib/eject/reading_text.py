"""The part of the script that reads files into columns."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from models_lib.data.image_archives import IMAGE, IMAGES, LABEL, PART, PARTS, TABLES, folder_columns
from models_lib.data.loading import LoadedRows, PartFile, columns_read
from models_lib.data.parquet_archives import is_archive
from models_lib.data.records import is_gzip
from models_lib.data.sparse_arrays import find_matrices
from models_lib.data.tables import select
from models_lib.data.zips import open_zip
from models_lib.eject.calls import write_dict
from models_lib.eject.names import NotEjectable, Page
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.types import RunSpec

READ_AS_THEY_ARE = ("utf-8", "utf-8-sig", "utf8", "ascii")
POINTERS = {"train": "/dataset", "validation": "/split/validation_dataset", "test": "/split/test_dataset"}


def read_lines(spec: RunSpec, data: LoadedRows, file: PartFile, page: Page) -> Iterator[str]:
    """`table` by column, and `gaps`: which of its rows have no value there."""
    yield from _read_file("train", file, list(columns_read(spec, with_split=True)), page)
    yield from _drop_lines(spec)
    yield f"ROWS = {data.table.rows}"


def other_lines(spec: RunSpec, data: LoadedRows, files: Mapping[str, PartFile], page: Page) -> Iterator[str]:
    """Data sets of their own for a part: their rows stand behind those of the run's own data set."""
    _refuse_unlike(spec, files)
    names = list(columns_read(spec, with_split=False))
    for part, table in data.others.items():
        yield "own = (table, gaps)"
        yield from _read_file(part, files[part], names, page)
        yield from _drop_lines(spec)
        yield f"table, gaps = {page.use('behind')}(own, (table, gaps))"
        yield f"{part} = np.arange(ROWS, ROWS + {table.rows})"
        yield f"ROWS += {table.rows}"


def _refuse_unlike(spec: RunSpec, files: Mapping[str, PartFile]) -> None:
    """Columns of two types in two files would become one type when they are put behind one another."""
    own = files["train"].profile
    for part, file in files.items():
        for name in columns_read(spec, with_split=False):
            if file.profile.by_name[name].dtype != own.by_name[name].dtype:
                reason = f"Column {name!r} has another type there than in the run's own data set."
                raise NotEjectable(POINTERS[part], reason)
        if part != "train" and file.profile.format != own.format and "npz" in (file.profile.format, own.format):
            raise NotEjectable(POINTERS[part], "It has another format than the run's own data set.")


def _read_file(part: str, file: PartFile, names: list[str], page: Page) -> Iterator[str]:
    profile = file.profile
    match profile.format:
        case "npz":
            yield from _array_lines(part, file, names, page)
        case "csv" | "parquet" | "jsonl":
            path = f"FILES[{part!r}]"
            encoding = profile.reading.get("encoding", "utf-8").lower()
            if encoding not in READ_AS_THEY_ARE:
                path = f"{page.use('as_utf8')}({path}, {encoding!r})"
            if profile.format == "parquet" and is_archive(file.path):
                path = f"{page.use('unpacked')}({path})"
            yield from _query_lines(path, profile, names, page)
        case "tfrecord":
            yield from _query_lines(_records_text(part, file, names, page), profile, names, page)
        case "images":
            yield from _image_lines(part, file, names, page)
        case _:
            raise NotEjectable(POINTERS[part], f"A file of the format {profile.format} is not written yet.")


def _array_lines(part: str, file: PartFile, names: list[str], page: Page) -> Iterator[str]:
    """Arrays, and sparse matrices among them, which are opened."""
    with np.load(file.path, allow_pickle=False) as arrays:
        sparse = {
            name: (members["format"].removesuffix("format"), str(arrays[members["format"]].astype(str)))
            for name, members in find_matrices(list(arrays.files)).items()
        }
    texts = {name: f"arrays[{name!r}]" for name in names}
    for name in (name for name in names if name in sparse):
        start, kind = sparse[name]
        texts[name] = f"{page.use('matrix')}(arrays, {start!r}, {kind!r})"
    yield f"arrays = np.load(FILES[{part!r}])"
    yield f"table, gaps = {page.use('read_arrays')}({write_dict(texts)})"


def _records_text(part: str, file: PartFile, names: list[str], page: Page) -> str:
    """The records as the table that the query is asked of."""
    types: Mapping[str, str] = file.profile.reading["types"]
    features = {name: FEATURES[types[name].removesuffix("[]")] + "[]" * types[name].endswith("[]") for name in names}
    packed = ', compression="GZIP"' if is_gzip(file.path) else ""
    return f"{page.use('as_parquet')}(FILES[{part!r}], {features!r}{packed})"


# Arrow's names for what a feature may be, by DuckDB's.
FEATURES = {"BIGINT": "int64", "FLOAT": "float", "VARCHAR": "string", "BLOB": "binary"}


def _query_lines(path: str, profile: DatasetProfile, names: list[str], page: Page) -> Iterator[str]:
    page.use("read_table")
    dtypes = {name: profile.by_name[name].dtype for name in names} or {profile.columns[0].name: "string"}
    yield f"table, gaps = read_table({path}, {_as_text(query_text(profile, dtypes))})"


def query_text(profile: DatasetProfile, dtypes: dict[str, str]) -> str:
    """The query by which the run read its file, whose path is its one parameter."""
    query = select("\0", profile.format, profile.reading, dtypes)
    if "\n" in query:
        return query.replace("'\0'", "?")
    for before, after in BREAKS:
        query = query.replace(before, after)
    return query


BREAKS = (
    ("SELECT CAST", "SELECT\n    CAST"),
    (', CAST("', ',\n    CAST("'),
    (" FROM read_", "\nFROM read_"),
    ("'\0', ", "?,\n    "),
    ("'\0'", "?"),
    (", nullstr = [", ",\n    nullstr = ["),
    (", columns = {", ",\n    columns = {"),
)


def _as_text(query: str) -> str:
    """Over several lines, unless something in it cannot be read so."""
    return repr(query) if '"""' in query or "\\" in query or query.endswith('"') else f'"""\n{query}\n"""'


def _image_lines(part: str, file: PartFile, names: list[str], page: Page) -> Iterator[str]:
    """Images stand in the table as the names of the archive's members."""
    page.modules |= {"zipfile", "PurePosixPath"}
    if part != "train":
        raise NotEjectable(POINTERS[part], "Images of a second archive are not written yet.")
    yield f"archive = zipfile.ZipFile(FILES[{part!r}])"
    tables = [name for name in _members(file.path) if PurePosixPath(name).suffix.lower() in TABLES]
    if tables:
        yield from _listed_lines(tables[0], file.profile, names, page)
    else:
        yield from _folder_lines(file.path, names, page)


def _members(path: Path) -> list[str]:
    with open_zip(path) as (_, members):
        return [member.filename for member in members]


def _listed_lines(table: str, profile: DatasetProfile, names: list[str], page: Page) -> Iterator[str]:
    """The archive's own table; the words in it lead from its folder, or from the archive's root, to the images."""
    page.modules.add("tempfile")
    words = [column.model_copy(update={"dtype": "string"}) if column.is_image else column for column in profile.columns]
    inner = profile.model_copy(
        update={"format": profile.reading["table"], "reading": profile.reading["reading"], "columns": tuple(words)}
    )
    encoding = inner.reading.get("encoding", "utf-8").lower()
    path = f"archive.extract({table!r}, tempfile.mkdtemp())"
    if encoding not in READ_AS_THEY_ARE:
        path = f"{page.use('as_utf8')}({path}, {encoding!r})"
    yield from _query_lines(path, inner, names, page)
    for name in (name for name in names if profile.by_name[name].is_image):
        page.use("member_of")
        yield f"table[{name!r}] = np.array([member_of(word) for word in table[{name!r}]], dtype=object)"


def _folder_lines(path: Path, names: list[str], page: Page) -> Iterator[str]:
    """Folders that tell an image's class, and its part where the outer ones are called train and test."""
    paths = [name for name in _members(path) if PurePosixPath(name).suffix.lower() in IMAGES]
    columns = folder_columns(paths)
    page.use("image_files")
    yield "images = image_files(archive)"
    yield "table, gaps = {}, {}"
    if IMAGE in names:
        yield f"table[{IMAGE!r}] = np.array(images, dtype=object)"
    if LABEL in names:
        at = _depth(paths, columns[LABEL], {})
        yield f"table[{LABEL!r}] = np.array([PurePosixPath(path).parts[{at}] for path in images], dtype=object)"
    if PART in names:
        at = _depth(paths, columns[PART], PARTS)
        said = {PurePosixPath(path).parts[at].lower() for path in paths}
        yield f"part_of = { ({word: PARTS[word] for word in sorted(said)})!r}"
        yield f"folders = [PurePosixPath(path).parts[{at}].lower() for path in images]"
        yield f"table[{PART!r}] = np.array([part_of[folder] for folder in folders], dtype=object)"
    yield "gaps = {name: np.zeros(len(images), dtype=bool) for name in table}"


def _depth(paths: list[str], words: list[str], known: Mapping[str, str]) -> int:
    """Which folder from the outside tells them."""
    parts = [PurePosixPath(path).parts for path in paths]
    for at in range(min(map(len, parts))):
        said = [part[at] for part in parts]
        if [known.get(word.lower(), "") if known else word for word in said] == words:
            return at
    raise NotEjectable("/dataset", "The folders of its images are not all as deep.")


def _drop_lines(spec: RunSpec) -> Iterator[str]:
    named = [(binding.missing, binding.sources) for binding in spec.inputs.values()]
    named += [(target.missing, (target.source,)) for target in spec.targets.values()]
    dropped = sorted({source for missing, sources in named if missing == "drop" for source in sources})
    if dropped:
        yield "# Rows with a gap in these columns are left out."
        yield f"kept = ~np.any([gaps[name] for name in {dropped!r}], axis=0)"
        yield "table = {name: column[kept] for name, column in table.items()}"
        yield "gaps = {name: found[kept] for name, found in gaps.items()}"
