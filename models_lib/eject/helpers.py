"""Functions that stand in the script where it needs them, each in the plainest Keras and NumPy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models_lib.eject.loop_helpers import LOOP
from models_lib.eject.table_helpers import AS_PARQUET, DATE_PARTS, MATRIX, UNPACKED, WEIGHTS_FILE


@dataclass(frozen=True)
class Helper:
    """A function's text, and the modules that it needs."""

    text: str
    modules: tuple[str, ...] = ()


READ_TABLE = '''

def read_table(path, query):
    """The file's columns by name, and which of their rows have no value."""
    columns = duckdb.sql(query, params=[str(path)]).to_arrow_table()
    table, gaps = {}, {}
    for name in columns.column_names:
        column = columns[name]
        filler = {"double": np.nan, "int64": 0, "bool": False, "string": ""}.get(str(column.type))
        values = np.asarray((column if filler is None else column.fill_null(filler)).to_numpy())
        gaps[name] = np.isnan(values) if values.dtype.kind == "f" else column.is_null().to_numpy()
        table[name] = values
    return table, gaps
'''
READ_ARRAYS = '''

def read_arrays(table):
    """Arrays by name, and which of their rows have a NaN anywhere."""
    gaps = {
        name: np.isnan(array).reshape(len(array), -1).any(axis=1)
        if array.dtype.kind == "f"
        else np.zeros(len(array), dtype=bool)
        for name, array in table.items()
    }
    return table, gaps
'''
AS_UTF8 = '''

def as_utf8(path, encoding):
    """A copy of the text in UTF-8, which is all that DuckDB reads."""
    copy = Path(tempfile.mkdtemp()) / "text.csv"
    copy.write_bytes(Path(path).read_bytes().decode(encoding).encode())
    return copy
'''
BEHIND = '''

def behind(first, second):
    """The rows of two files, one after the other, in the columns of the second one."""
    return [{name: np.concatenate([one[name], other[name]]) for name in other} for one, other in zip(first, second)]
'''
IMAGE_FILES = '''

def image_files(archive):
    """The names of the images in a zip, sorted; what desktops leave there is no image."""
    paths = [PurePosixPath(name) for name in sorted(archive.namelist())]
    kinds = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif")
    junk = [path for path in paths if "__MACOSX" in path.parts or path.name.startswith("._")]
    return [str(path) for path in paths if path.suffix.lower() in kinds and path not in junk]
'''
MEMBER_OF = '''

def member_of(word):
    """The image that a word of the table names: in the table's folder, or from the archive's root."""
    names = archive.NameToInfo
    [table] = [name for name in names if name.lower().endswith((".csv", ".tsv", ".parquet"))]
    path = word.replace("\\\\", "/")
    tried = (str(PurePosixPath(table).parent / path), str(PurePosixPath(path)))
    return next(name for name in tried if name in names) if word else ""
'''
PICTURES = '''

def pictures(files, size, channels, interpolation, crop):
    """Images as pixels from 0 to 255, black where a row has none."""

    @tf.function(input_signature=[tf.TensorSpec((), "string")], autograph=False)
    def decode(content):
        image = tf.image.decode_image(content, channels=channels, expand_animations=False)
        if crop:
            image = keras.preprocessing.image.smart_resize(
                image, size, interpolation=interpolation, data_format="channels_last"
            )
        else:
            image = tf.image.resize(image, size, method=interpolation)
        return tf.ensure_shape(tf.cast(image, "float32"), (*size, channels))

    black = np.zeros((*size, channels), dtype="float32")
    return np.stack([decode(content).numpy() if content else black for content in files])
'''
PADDED = '''

def padded(rows, dtype, delimiter, **options):
    """Lists, or words between delimiters, as rows of one length."""

    def read(row):
        if row is None:
            return []
        if isinstance(row, str):
            row = row.split(delimiter) if delimiter else []
            row = [word.strip() for word in row if word.strip()]
        if dtype == "string":
            return [str(item) for item in row]
        return [int(item) if dtype.startswith("int") else float(item) for item in map(float, row)]

    kind = object if dtype == "string" else dtype
    return keras.utils.pad_sequences([read(row) for row in rows], dtype=kind, **options)
'''
PREPARED = '''

def prepared(name, dtype, fill=None):
    """A column in the tensor's type, its gaps filled."""
    values, missing = table[name], gaps[name]
    if dtype != "string":
        values = values.astype(dtype)
    elif values.dtype.kind == "b":
        values = np.where(values, "true", "false").astype(object)
    elif values.dtype != object:
        values = values.astype(str).astype(object)
    if values.ndim > 1:
        missing = np.isnan(values)
    return values if fill is None else np.where(missing, np.asarray(fill, dtype=values.dtype), values)
'''
POSITIONS = '''

def positions(name, labels):
    """Each row's place among the labels; 0 in gaps."""
    place = {label: at for at, label in enumerate(labels)}
    column = table[name].astype(str) if table[name].dtype == object else table[name]
    return np.where(gaps[name], 0, [place.get(value, 0) for value in column.tolist()])
'''
GROUP_PARTS = '''

def group_parts(column, sizes, parts):
    """Whole groups in random order: the test part takes those that bring it nearer to its size, then validation."""
    _, group, counts = np.unique(column, return_inverse=True, return_counts=True)
    left = np.random.default_rng(SEED).permutation(len(counts)).tolist()
    chosen = {}
    for part, size in sizes.items():
        chosen[part], taken = [], 0
        for one in left:
            if taken + counts[one] / 2 <= size:
                chosen[part].append(one)
                taken += counts[one]
        chosen[part] = chosen[part] or sorted(left, key=lambda one: counts[one])[:1]
        left = [one for one in left if one not in chosen[part]]
    chosen["train"] = left
    return [np.flatnonzero(np.isin(group, chosen[part])) for part in parts]
'''
STRATIFIED_PARTS = '''

def stratified_parts(column, shares, parts):
    """Every class is cut by the same shares; one with too few rows for all parts goes to train first."""
    generator = np.random.default_rng(SEED)
    _, codes = np.unique(column, return_inverse=True)
    chosen = {part: [] for part in parts}
    for code in range(codes.max() + 1):
        rows = generator.permutation(np.flatnonzero(codes == code))
        left = 1.0
        for part, share in shares.items():
            count = min(round(len(rows) * share / left), max(0, len(rows) - 1))
            chosen[part].append(rows[:count])
            rows = rows[count:]
            left = 1.0 - shares.get("test", 0.0)
        chosen["train"].append(rows)
    return [np.sort(np.concatenate(chosen[part])) for part in parts]
'''
CUT_WINDOWS = '''

def cut_windows(parts, time, series, file, steps, reach, stride):
    """By part the rows of each window, and the row of its target; none straddles a part or a series."""
    place = np.full(ROWS, -1)
    for number, rows in enumerate(parts.values()):
        place[rows] = number
    series = np.unique(series, return_inverse=True)[1]
    order = np.lexsort((time, series, file))
    borders = np.flatnonzero((np.diff(series[order]) != 0) | (np.diff(place[order]) != 0)) + 1
    edges = [0, *borders.tolist(), ROWS]
    firsts = {number: [] for number in range(-1, len(parts))}
    for start, end in zip(edges, edges[1:]):
        firsts[place[order[start]]].append(np.arange(start, end - reach, stride))
    first = [np.concatenate(firsts[number]) for number in range(len(parts))]
    return {part: (order[at[:, None] + steps], order[at + reach]) for part, at in zip(parts, first)}
'''
LAYERS_OF = '''

def layers_of(model):
    """Its layers, and those of models inside it."""
    for layer in model.layers:
        yield from layers_of(layer) if isinstance(layer, keras.Model) else [layer]
'''
BATCHES = '''

def batches(part, size, order=None, fixed=False):
    """Batches that follow `order`, which may be set anew before each epoch; the last one may be smaller.

    `fixed`: where all have one size, graphs know it.
    """
    part = tf.nest.map_structure(tf.constant, part)
    count = len(tf.nest.flatten(part)[0])
    order = tf.range(count) if order is None else order

    def take(step):
        chosen = order[step * size : tf.minimum(step * size + size, count)]
        if fixed and count % size == 0:
            chosen = tf.ensure_shape(chosen, (size,))
        return tf.nest.map_structure(lambda tensor: tf.gather(tensor, chosen), part)

    return tf.data.Dataset.range(-(-count // size)).map(take).prefetch(8)
'''
ROUNDS = '''

def rounds(part, size, seed, first, fixed=False):
    """Batches without end: the rows come round again and again, from a seed each time in an order of its own."""
    part = tf.nest.map_structure(tf.constant, part)
    count = len(tf.nest.flatten(part)[0])

    def draw(number):
        return np.arange(count) if seed is None else np.random.default_rng([seed, int(number)]).permutation(count)

    def one_round(number):
        order = tf.ensure_shape(tf.numpy_function(draw, [number], tf.int64), (count,))

        def take(step):
            chosen = order[step * size : tf.minimum(step * size + size, count)]
            if fixed and count % size == 0:
                chosen = tf.ensure_shape(chosen, (size,))
            return tf.nest.map_structure(lambda tensor: tf.gather(tensor, chosen), part)

        return tf.data.Dataset.range(-(-count // size)).map(take)

    return tf.data.Dataset.range(first, 2**31).flat_map(one_round).prefetch(8)
'''
HELPERS: dict[str, Helper] = {
    "read_table": Helper(READ_TABLE, ("duckdb",)),
    "matrix": Helper(MATRIX),
    "read_arrays": Helper(READ_ARRAYS),
    "as_utf8": Helper(AS_UTF8, ("tempfile",)),
    "unpacked": Helper(UNPACKED, ("tempfile", "zipfile")),
    "as_parquet": Helper(AS_PARQUET, ("tempfile", "pyarrow")),
    "behind": Helper(BEHIND),
    "image_files": Helper(IMAGE_FILES),
    "member_of": Helper(MEMBER_OF),
    "pictures": Helper(PICTURES),
    "padded": Helper(PADDED),
    "prepared": Helper(PREPARED),
    "date_parts": Helper(DATE_PARTS),
    "positions": Helper(POSITIONS),
    "group_parts": Helper(GROUP_PARTS),
    "stratified_parts": Helper(STRATIFIED_PARTS),
    "cut_windows": Helper(CUT_WINDOWS),
    "layers_of": Helper(LAYERS_OF),
    "weights_file": Helper(WEIGHTS_FILE, ("tempfile", "zipfile", "h5py")),
    "batches": Helper(BATCHES),
    "rounds": Helper(ROUNDS),
    "loop": Helper(LOOP),
}


def helper_texts(used: Iterable[str]) -> Iterator[str]:
    """Those that are used, in one order for all scripts."""
    wanted = set(used)
    return (helper.text for name, helper in HELPERS.items() if name in wanted)


def modules_of(used: Iterable[str]) -> set[str]:
    """The modules that the functions import."""
    return {module for name in used for module in HELPERS[name].modules}
