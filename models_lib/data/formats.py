"""Rows of any format that a data set may have."""

from pathlib import Path

from models_lib.data.image_archives import read_images
from models_lib.data.read import Table, check_rows, read_table
from models_lib.spec.dataset import DatasetProfile


def read_rows(path: Path, profile: DatasetProfile, names: list[str]) -> Table:
    """The named columns in the file's order of rows; raises DataFault where the file is not as profiled."""
    match profile.format:
        case "images":
            return check_rows(read_images(path, profile, names, read_table), profile)
        case _:
            return read_table(path, profile, names)
