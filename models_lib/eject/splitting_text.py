"""The part of the script that says which rows train, validate and test."""

from collections.abc import Iterator

from models_lib.data.loading import LoadedRows
from models_lib.eject.names import Page
from models_lib.spec.bindings import Split, Windows
from models_lib.spec.types import RunSpec


def split_lines(spec: RunSpec, data: LoadedRows, page: Page) -> Iterator[str]:
    """`train`, `validation` and `test`: the numbers of their rows."""
    split, parts = spec.split, list(data.rows)
    names = ", ".join(parts) + ("," if len(parts) == 1 else "")
    ends = [int(end) for end in _ends(data)]
    if split.column:
        yield f"part_of_row = table[{split.column!r}].astype(str)"
        for part in parts:
            yield f"{part} = np.flatnonzero(part_of_row == {part!r})"
    elif split.time:
        yield f'oldest_first = np.argsort(table[{split.time!r}], kind="stable")'
        yield f"{names} = np.split(oldest_first, {ends})"
    elif split.group:
        page.use("group_parts")
        wanted = {part: size for part, size in _sizes(data.table.rows, split).items() if part != "train"}
        ordered = {part: wanted[part] for part in ("test", "validation") if part in wanted}
        yield f"{names} = group_parts({comparable(data, split.group)}, {ordered!r}, {parts!r})"
    elif split.stratify:
        page.use("stratified_parts")
        shares = {"test": split.test, "validation": split.validation or 0.0}
        shares = {part: share for part, share in shares.items() if part in parts}
        yield f"{names} = stratified_parts({comparable(data, split.stratify)}, {shares!r}, {parts!r})"
    elif spec.windows is not None or not split.shuffle:
        yield f"{names} = np.split(np.arange(ROWS), {ends})"
    else:
        yield "shuffled = np.random.default_rng(SEED).permutation(ROWS)"
        yield f"{names} = (np.sort(rows) for rows in np.split(shuffled, {ends}))"


def _ends(data: LoadedRows) -> Iterator[int]:
    total = 0
    for part in list(data.rows)[:-1]:
        total += len(data.rows[part])
        yield total


def _sizes(rows: int, split: Split) -> dict[str, int]:
    """Rows of each part that is held back, which a group may miss."""
    shares = {"validation": split.validation or 0.0, "test": split.test}
    return {part: max(1, round(rows * share)) for part, share in shares.items() if share}


def comparable(data: LoadedRows, column: str) -> str:
    """A column whose values can be sorted."""
    return f"table[{column!r}]" + (".astype(str)" if data.table.values[column].dtype == object else "")


def window_lines(windows: Windows, data: LoadedRows, page: Page) -> Iterator[str]:
    """Windows are cut from the rows of each part; a window's target is a row of its own."""
    page.use("cut_windows")
    parts = [*data.rows, *data.others]
    sizes = [data.table.rows, *(table.rows for table in data.others.values())]
    yield "windows = cut_windows("
    yield f"    {{{', '.join(f'{part!r}: {part}' for part in parts)}}},"
    yield f"    time={f'table[{windows.time!r}]' if windows.time else 'np.arange(ROWS)'},"
    yield f"    series={comparable(data, windows.by) if windows.by else 'np.zeros(ROWS)'},"
    yield f"    file=np.repeat(range({len(sizes)}), {sizes!r}),"
    yield f"    steps={windows.sampling_rate} * np.arange({windows.sequence_length}),"
    yield f"    reach={windows.reach},"
    yield f"    stride={windows.sequence_stride},"
    yield ")"
    for part in parts:
        yield f"{part}_steps, {part}_targets = windows[{part!r}]"
