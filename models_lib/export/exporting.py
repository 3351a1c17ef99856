"""Every export that a run asks for: written, loaded again, compared, or reported as failed with the reason."""

import math
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models_lib.export.comparing import CLOSE, CLOSE_HALF, compare, measure_latency
from models_lib.export.exportable import Exportable, Loaded, Named, Writer
from models_lib.export.to_keras import write_h5, write_keras, write_weights
from models_lib.export.to_litert import write_litert
from models_lib.export.to_onnx import write_onnx
from models_lib.export.to_saved_model import write_saved_model
from models_lib.spec.exports import Export, Feed, Format
from models_lib.spec.faults import join_pointer

WRITERS: Mapping[Format, Writer] = {
    "keras": write_keras,
    "weights": write_weights,
    "h5": write_h5,
    "tf_saved_model": write_saved_model,
    "onnx": write_onnx,
    "litert": write_litert,
}
ENDINGS: Mapping[Format, str] = {
    "keras": ".keras",
    "weights": ".weights.h5",
    "h5": ".h5",
    "tf_saved_model": "_saved_model",
    "onnx": ".onnx",
    "litert": ".tflite",
}
STEMS: Mapping[Feed, str] = {"rows": "model", "tensors": "core"}
LONGEST_REASON = 600
QUOTED = "Exception encountered:"


@dataclass(frozen=True)
class Exported:
    """An export that was loaded again and says what the trained model says."""

    format: Format
    inputs: Feed
    path: str
    bytes: int
    max_difference: float
    latency_ms: float
    rows: int
    seconds: float
    tensors: dict[str, list[int | None]]
    rows_per_call: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def file(self) -> str:
        """The file that stands for the export: of a folder, the graph in it."""
        return f"{self.path}/saved_model.pb" if self.format == "tf_saved_model" else self.path


@dataclass(frozen=True)
class ExportFailed:
    """An export that was not made, and why; `pointer` leads to where the spec asks for it."""

    format: Format
    inputs: Feed
    pointer: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def file_name(export: Export) -> str:
    """What an export is called among the artifacts."""
    return STEMS[export.inputs] + ENDINGS[export.format]


def try_export(export: Export, source: Exportable, folder: Path, at: int) -> Exported | ExportFailed:
    """The `at`-th export of the spec; of one that failed no file stays."""
    path = folder / file_name(export)
    try:
        return export_one(export, source, path)
    except Exception as error:  # noqa: BLE001 - whatever a converter raises: the training is good all the same
        discard(path)
        return ExportFailed(export.format, export.inputs, join_pointer("/export", at), plain_reason(error))


def export_one(export: Export, source: Exportable, path: Path) -> Exported:
    """Write, load, compare; raises ExportDiffers, NotExportable, or what a converter raises."""
    started = time.monotonic()
    return judge(export, source, WRITERS[export.format](source, path), path, started=started)


def judge(export: Export, source: Exportable, loaded: Loaded, path: Path, *, started: float) -> Exported:
    """What there is to say of an export that was loaded again; raises ExportDiffers."""
    rows = {name: tensor.numpy() for name, tensor in source.rows.items()}
    wanted = source.predict()
    difference = compare(wanted, loaded.call(rows), close=closeness(source, wanted))
    return Exported(
        format=export.format,
        inputs=export.inputs,
        path=path.name,
        bytes=size_of(path),
        max_difference=difference,
        latency_ms=measure_latency(loaded, rows),
        rows=len(next(iter(rows.values()))),
        seconds=round(time.monotonic() - started, 2),
        tensors={name: list(spec.shape) for name, spec in source.inputs.items()},
        rows_per_call=loaded.rows_per_call,
    )


def closeness(source: Exportable, wanted: Named) -> float:
    """How near an export must come; a model that draws at random does not even agree with itself."""
    again = source.predict()
    if any(not np.array_equal(array, again[name], equal_nan=array.dtype.kind == "f") for name, array in wanted.items()):
        return math.inf
    layers = source.model._flatten_layers(include_self=True)
    return CLOSE_HALF if any("16" in layer.compute_dtype for layer in layers) else CLOSE


def size_of(path: Path) -> int:
    return sum(part.stat().st_size for part in ([path] if path.is_file() else path.rglob("*")) if part.is_file())


def discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def plain_reason(error: Exception) -> str:
    """The first words of whatever was raised; of an error that Keras quotes inside others, the innermost."""
    said = str(error).strip() or type(error).__name__
    return said.rpartition(QUOTED)[2].strip()[:LONGEST_REASON]
