"""Rows of any format that a data set may have, in memory or beside it."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from models_lib.data.image_archives import read_images
from models_lib.data.pictures import picture_shape
from models_lib.data.read import Table, check_rows, read_table, spool_table
from models_lib.data.spool import fits
from models_lib.spec.bindings import Binding
from models_lib.spec.dataset import DatasetProfile

NUMBER_BYTES = 8


def read_rows(
    path: Path, profile: DatasetProfile, names: list[str], inputs: Mapping[str, Binding] | None = None
) -> Table:
    """The named columns in the file's order of rows; raises DataFault where the file is not as profiled.

    Where the `inputs` that will be made of them do not fit into memory, the table is one on disk.
    """
    is_small = fits(bytes_held(profile, names, inputs or {}))
    match profile.format:
        case "images":
            table = check_rows(read_images(path, profile, names, read_table), profile)
            return table if is_small else replace(table, on_disk=True)
        case "npz":
            return read_table(path, profile, names)
        case _:
            return read_table(path, profile, names) if is_small or not names else spool_table(path, profile, names)


def bytes_held(profile: DatasetProfile, names: list[str], inputs: Mapping[str, Binding]) -> int:
    """About what the rows take in memory once."""
    columns = sum(math.prod(profile.by_name[name].shape) * NUMBER_BYTES for name in names)
    pixels = sum(math.prod(picture_shape(part).shape) * 4 for part in inputs.values() if part.image)
    return profile.rows * (columns + pixels)
