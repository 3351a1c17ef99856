"""The part of the script that reads the data, parts its rows, and prepares tensors."""

from collections.abc import Iterator, Mapping

from models_lib.data.inputs import INDICATORS, ModelInput
from models_lib.data.loading import LoadedRows, columns_read
from models_lib.data.tables import select
from models_lib.data.targets import ModelTarget
from models_lib.eject.calls import NotEjectable, Variables, write_object
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.objects import KerasObject
from models_lib.spec.types import RunSpec

GAPS = {"float64": "np.nan", "int64": "0", "bool": "False", "string": '""'}
ADAPTED = frozenset({"Normalization", "StringLookup", "IntegerLookup", "TextVectorization", "Discretization"})


def read_lines(spec: RunSpec, data: LoadedRows) -> Iterator[str]:
    """`table` by column, and `gaps` where a column has any."""
    profile = data.profile
    if data.others:
        raise NotEjectable("Data sets of their own for validation or test are not written yet.")
    names = list(columns_read(spec, with_split=True))
    if profile.format == "tfrecord":
        raise NotEjectable("Reading TFRecord is not written yet: the same rows as Parquet can be ejected.")
    if profile.format == "npz":
        yield f"arrays = np.load(DATA)\ntable = {{name: arrays[name] for name in {names!r}}}"
        yield "gaps = {}"
    elif profile.reading.get("encoding", "utf-8").lower() not in ("utf-8", "utf8", "ascii"):
        raise NotEjectable("A file in another encoding than UTF-8 is not written yet.")
    else:
        dtypes = {name: profile.by_name[name].dtype for name in names}
        yield f'columns = duckdb.sql(f"""\n{query_text(profile, dtypes)}\n""").to_arrow_table()'
        yield "table, gaps = {}, {}"
        placeholders = ", ".join(f"{name!r}: {GAPS[dtype]}" for name, dtype in dtypes.items() if dtype in GAPS)
        yield f"placeholders = {{{placeholders}}}"
        yield "for name in columns.column_names:"
        yield "    gaps[name] = columns[name].is_null().to_numpy()"
        yield "    column = columns[name].fill_null(placeholders[name]) if name in placeholders else columns[name]"
        yield "    table[name] = np.asarray(column.to_numpy())"
    yield from drop_lines(spec, data)
    yield f"ROWS = {data.table.rows}"


def query_text(profile: DatasetProfile, dtypes: dict[str, str]) -> str:
    """The query by which the run read its file, as the inside of an f-string."""
    query = select("\0", profile.format, profile.reading, dtypes).replace("{", "{{").replace("}", "}}")
    if '"""' in query or "\\" in query:
        raise NotEjectable("Column names with quotes or backslashes are not written yet.")
    return query.replace(" FROM ", "\nFROM ").replace("'\0', ", "'{DATA}',\n    ").replace("\0", "{DATA}")


def drop_lines(spec: RunSpec, data: LoadedRows) -> Iterator[str]:
    named = [(binding.missing, binding.sources) for binding in spec.inputs.values()]
    named += [(target.missing, (target.source,)) for target in spec.targets.values()]
    dropped = sorted({source for missing, sources in named if missing == "drop" for source in sources})
    if dropped:
        yield "# Rows with a gap in these columns are left out."
        yield f"kept = ~np.any([gap_of(name) for name in {dropped!r}], axis=0)"
        yield "table = {name: column[kept] for name, column in table.items()}"
        yield "gaps = {name: found[kept] for name, found in gaps.items()}"


def split_lines(spec: RunSpec, data: LoadedRows) -> Iterator[str]:
    """`train`, `validation` and `test`: the numbers of their rows."""
    split, parts = spec.split, list(data.rows)
    if split.group or split.stratify:
        raise NotEjectable("A split by group or class is not written yet.")
    if split.column:
        yield f"part_of_row = table[{split.column!r}].astype(str)"
        for part in parts:
            yield f"{part} = np.flatnonzero(part_of_row == {part!r})"
        return
    ends, total = [], 0
    for part in parts[:-1]:
        total += len(data.rows[part])
        ends.append(total)
    names = ", ".join(parts) + ("," if len(parts) == 1 else "")
    if split.time:
        yield f'oldest_first = np.argsort(table[{split.time!r}], kind="stable")'
        yield f"{names} = np.split(oldest_first, {ends})"
    elif not split.shuffle:
        yield f"{names} = np.split(np.arange(ROWS), {ends})"
    else:
        yield "shuffled = np.random.default_rng(SEED).permutation(ROWS)"
        yield f"{names} = (np.sort(rows) for rows in np.split(shuffled, {ends}))"


def input_lines(
    name: str, part: ModelInput, layers: tuple[KerasObject, ...], data: LoadedRows, variables: Variables
) -> Iterator[str]:
    """The input's tensor: columns side by side, gaps filled, prepared by layers that learn from `train` alone."""
    tensor = variables.of("input", name)
    filled = [f"prepared({source!r}, {part.dtype!r}{fill_text(part, source)})" for source in part.sources]
    shaped = bool(data.table.values[part.sources[0]].ndim > 1)
    yield f"{tensor} = {filled[0]}" if shaped else f"{tensor} = np.stack([{', '.join(filled)}], axis=1)"
    for described, learned in zip(layers, part.layers, strict=True):
        extra = {}
        if described.class_name == "TextVectorization" and getattr(learned, "_output_sequence_length", None):
            extra["output_sequence_length"] = learned._output_sequence_length
        yield f"layer = {write_object('layer', described, **extra)}"
        if described.class_name in ADAPTED and not is_given(described):
            yield f"layer.adapt({tensor}[train])"
        cast = ', dtype="float32"' if getattr(learned, "output_mode", None) in INDICATORS else ""
        yield f"{tensor} = np.asarray(layer({tensor}){cast})"


def is_given(described: KerasObject) -> bool:
    """Whether the spec itself says what the layer would learn."""
    return any(described.config.get(name) is not None for name in ("mean", "vocabulary", "bin_boundaries"))


def fill_text(part: ModelInput, source: str) -> str:
    """What a gap is filled with, which was learned from the training rows."""
    return f", fill={part.fills[source]!r}" if source in part.fills else ""


def target_lines(name: str, target: ModelTarget, data: LoadedRows, variables: Variables) -> Iterator[str]:
    """The target as the loss is given it."""
    tensor, source = variables.of("target", name), target.source
    if target.labels:
        yield f"labels = {list(target.labels)!r}"
        words = ".astype(str)" if data.table.values[source].dtype == object else ""
        yield "place = {label: at for at, label in enumerate(labels)}"
        yield f"{tensor} = np.array([place.get(value, 0) for value in table[{source!r}]{words}.tolist()])"
        if target.coding == "one_hot":
            yield f'{tensor} = np.eye(len(labels), dtype="float32")[{tensor}]'
        elif target.coding == "zero_one":
            yield f'{tensor} = {tensor}[:, None].astype("float32")'
        return
    yield f"{tensor} = table[{source!r}]"
    if source in data.table.gaps:
        yield f"{tensor} = np.where(gap_of({source!r}), 0, {tensor})  # weighted 0"
    if target.dtype is not None:
        yield f"{tensor} = {tensor}.astype({target.dtype!r})"
        return
    if target.coding == "whole_numbers":
        yield f"{tensor} = {tensor}.astype(np.int64)"
        return
    if data.table.values[source].ndim == 1:
        yield f"{tensor} = {tensor}[:, None]"
    if target.is_standardised:
        yield f"known = table[{source!r}][train].astype(np.float64)"
        yield f"{tensor} = ({tensor}.astype(np.float64) - np.nanmean(known)) / np.nanstd(known)"
    yield f'{tensor} = {tensor}.astype("float32")'


def weight_lines(
    spec: RunSpec, targets: Mapping[str, ModelTarget], data: LoadedRows, variables: Variables
) -> Iterator[str]:
    """`weights` of all rows by output; class weights are not written yet."""
    if spec.fit.class_weight:
        raise NotEjectable("Class weights are not written yet.")
    shared = spec.fit.sample_weight
    if isinstance(shared, dict):
        raise NotEjectable("Weights of rows by output are not written yet.")
    ignored = {name for name, target in targets.items() if target.source in data.table.gaps}
    if not shared and not ignored:
        return
    base = f'table[{shared!r}].astype("float32")' if shared else 'np.ones(ROWS, dtype="float32")'
    for name, target in targets.items():
        known = f' * (~gap_of({target.source!r})).astype("float32")' if name in ignored else ""
        yield f"{variables.of('weight', f'{name}_weight')} = {base}{known}"
