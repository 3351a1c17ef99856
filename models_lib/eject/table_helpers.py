"""Texts of functions for what few scripts read: TFRecord, images inside a table, dates, weights that were given."""

AS_PARQUET = '''

def as_parquet(path, features, compression=""):
    """A copy of the records as a table: of each feature its value, or the list of its values."""
    columns = {name: [] for name in features}
    for record in tf.data.TFRecordDataset(str(path), compression):
        example = tf.train.Example.FromString(record.numpy()).features.feature
        for name, kind in features.items():
            held = example[name].WhichOneof("kind") if name in example else None
            values = list(getattr(example[name], held).value) if held else []
            if "string" in kind:
                values = [value.decode() for value in values]
            columns[name].append((values if "[]" in kind else values[0]) if values else None)
    kinds = {name: pa.type_for_alias(kind.removesuffix("[]")) for name, kind in features.items()}
    kinds = {name: pa.list_(kind) if "[]" in features[name] else kind for name, kind in kinds.items()}
    copy = Path(tempfile.mkdtemp()) / "records.parquet"
    pq.write_table(pa.table({name: pa.array(columns[name], kind) for name, kind in kinds.items()}), copy)
    return copy
'''
UNPACKED = '''

def unpacked(path):
    """The Parquet files of a zip, to be read as one table in the order of their names."""
    folder, archive = Path(tempfile.mkdtemp()), zipfile.ZipFile(path)
    for at, name in enumerate(sorted(name for name in archive.namelist() if name.endswith(".parquet"))):
        (folder / f"{at:06d}.parquet").write_bytes(archive.read(name))
    return folder / "*.parquet"
'''
WEIGHTS_FILE = '''

def weights_file(path, ending, moved=None):
    """A copy under a name by which Keras knows what it is; of each layer `moved` says where the file has it."""
    folder = Path(tempfile.mkdtemp())
    if zipfile.is_zipfile(path):
        path = zipfile.ZipFile(path).extract("model.weights.h5", folder)
    copy = folder / f"given{ending}"
    if moved is None:
        copy.symlink_to(Path(path).resolve())
        return copy
    with h5py.File(path) as held, h5py.File(copy, "w") as file:
        for place, found in moved.items():
            held.copy(found, file, name=place)
    return copy
'''
MATRIX = '''

def matrix(arrays, start, kind):
    """A sparse matrix as scipy.sparse.save_npz writes it, opened; its arrays have names that begin with `start`."""
    data = arrays[f"{start}data"]
    whole = np.zeros(tuple(arrays[f"{start}shape"]), dtype="float32" if data.dtype.kind == "f" else data.dtype)
    if kind == "coo":
        places = (arrays[f"{start}row"], arrays[f"{start}col"])
    else:
        ends, inner = arrays[f"{start}indptr"], arrays[f"{start}indices"]
        lines = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        places = (lines, inner) if kind == "csr" else (inner, lines)
    np.add.at(whole, places, data.astype(whole.dtype))
    return whole
'''
DATE_PARTS = '''

def date_parts(name, parts, fill=None, ends=()):
    """Numbers made of dates; what comes again is a sine and a cosine, so that December is next to January."""
    moments = table[name].astype("datetime64[s]")
    if fill is not None:
        moments = np.where(gaps[name], np.datetime64(fill), moments)
    days, months, years = (moments.astype(f"datetime64[{unit}]") for unit in "DMY")
    seconds = (moments - days).astype(int)
    since_1970 = days.astype(int)
    share = seconds.astype("float32") / np.float32(86400)
    day_of_year = (days - years).astype(int) + 1
    weekday = (since_1970 + 3) % 7
    numbers = {
        "days": since_1970.astype("float32") + share,
        "year": years.astype(int) + 1970,
        "month": months.astype(int) % 12 + 1,
        "day": (days - months).astype(int) + 1,
        "weekday": weekday,
        "day_of_year": day_of_year,
        "hour": seconds // 3600,
        "minute": seconds // 60 % 60,
        "second": seconds % 60,
    }
    turns = {
        "yearly": (day_of_year - 1).astype("float32") / np.float32(365.2425),
        "weekly": (weekday.astype("float32") + share) / np.float32(7),
        "daily": share,
    }
    columns, waves = [], (keras.ops.sin, keras.ops.cos)
    for part in parts:
        if part in turns:
            angle = turns[part] * np.float32(2 * np.pi)
            pieces = np.split(angle, ends)
            columns += [np.concatenate([np.asarray(wave(piece)) for piece in pieces]) for wave in waves]
        else:
            columns.append(numbers[part].astype("float32"))
    return np.stack(columns, axis=1)
'''
