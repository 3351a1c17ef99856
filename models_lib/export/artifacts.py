"""The files of a result: the model for raw rows, what it takes to load it, its curves and its spec."""

import io
import json
import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ruamel.yaml import YAML

from models_lib.build.arrangement import arrangement_of
from models_lib.build.component_model import can_be_called
from models_lib.data.inputs import ModelInput
from models_lib.data.loading import LoadedRows
from models_lib.data.picture_headers import read_picture
from models_lib.data.pictures import PictureShape
from models_lib.data.read import Table
from models_lib.data.targets import ModelTarget
from models_lib.export.comparing import CLOSE_HALF, ExportDiffers
from models_lib.export.components import keep_compiled, lay_components, load_objects, load_saved
from models_lib.export.exportable import Exportable, core_exportable, rows_exportable
from models_lib.export.exporting import Exported, ExportFailed, discard, judge, plain_reason, try_export
from models_lib.export.mapping import describe_model
from models_lib.export.serving import build_serving
from models_lib.export.snippet import write_snippet
from models_lib.export.tensors import ColumnTensor, list_tensors
from models_lib.export.to_keras import calling
from models_lib.spec.bindings import Windows
from models_lib.spec.exports import Export, list_exports
from models_lib.spec.types import RunSpec

VERIFIED_ROWS = 32
CLOSE = 1e-5
MODEL = Export(format="keras")
WEIGHTS = Export(format="weights", inputs="tensors")


@dataclass(frozen=True)
class Result:
    """What `out/artifacts/` holds: the names of all files, and what became of each export."""

    files: list[str]
    exports: list[Exported | ExportFailed]


def export_model(
    core: keras.Model,
    inputs: Mapping[str, ModelInput],
    targets: Mapping[str, ModelTarget],
    *,
    spec: RunSpec,
    data: LoadedRows,
    history: Mapping[str, list[Any]],
    out: Path,
    components: Path | None = None,
) -> Result:
    """Write `out/artifacts/`; every model there was loaded again and compared on real rows.

    `components` is the folder of the packages that the run pins: they are laid beside the model.
    """
    folder = out / "artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    if components is not None:
        lay_components(components, spec, folder)
    (folder / "history.json").write_text(json.dumps(history))
    (folder / "spec.yaml").write_text(to_yaml(spec))
    exports: list[Exported | ExportFailed] = []
    if can_be_called(core):
        exports = export_called(core, inputs, targets, spec=spec, data=data, folder=folder)
    else:
        core.built = True  # its models are, and Keras asks it alone
        exports = save_core(core, folder / "core.keras")
        core.save_weights(folder / "core.weights.h5")
    (folder / "exports.json").write_text(json.dumps([export.to_json() for export in exports], indent=1))
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return Result(files, exports)


def save_core(core: keras.Model, path: Path) -> list[Exported | ExportFailed]:
    """A core without a `call`, as it is; what stands in the way, where Keras cannot write it."""
    try:
        core.save(path)
    except Exception as error:  # noqa: BLE001 - whatever a model raises when it is saved: the training is good
        discard(path)
        return [ExportFailed("keras", "rows", "/export", plain_reason(error))]
    return []


def export_called(
    core: keras.Model,
    inputs: Mapping[str, ModelInput],
    targets: Mapping[str, ModelTarget],
    *,
    spec: RunSpec,
    data: LoadedRows,
    folder: Path,
) -> list[Exported | ExportFailed]:
    """Every export of a core that predicts, and what it takes to load the model for raw rows."""
    tensors = list_tensors(inputs, data.profile)
    table = data.examples(VERIFIED_ROWS)
    serving = build_serving(core, inputs, targets, tensors, spec.compile.loss)
    if load_objects(folder) is not None:
        keep_compiled(serving, core, spec, targets)
    mapping = describe_model(serving, inputs, targets, tensors, data.profile.by_name, spec.windows)
    (folder / "inputs.json").write_text(mapping.model_dump_json(indent=1))
    shown = example_instance(tensors, table, folder, spec.windows)
    snippet = write_snippet(mapping, shown, has_components=bool(spec.components))
    (folder / "load_model.py").write_text(snippet)
    names = [output.name for output in mapping.outputs]
    whole = rows_exportable(serving, tensors, names, to_tensors(tensors, table))

    def prepare() -> Exportable:
        prepared = {name: part.prepare(part.gather(table)) for name, part in inputs.items()}
        return core_exportable(core, prepared, names)

    return list(make_exports(spec, whole, core, prepare, folder))


def make_exports(
    spec: RunSpec, whole: Exportable, core: keras.Model, prepare: Callable[[], Exportable], folder: Path
) -> Iterator[Exported | ExportFailed]:
    """The model that predictions are made with first, asked for or not; then each export of the spec.

    Where that model cannot be saved its weights are.

    `prepare` gives the core with prepared tensors to try it on.
    """
    asked = list_exports(spec.export)
    made = save_model(whole, core, folder / "model.keras", asked)
    yield made
    if isinstance(made, ExportFailed) and WEIGHTS not in asked and spec.windows is None:
        yield try_export(WEIGHTS, prepare(), folder, len(asked))  # what was learned is not lost with the model
    for at, export in enumerate(asked):
        if export.inputs == "tensors" and spec.windows is not None:
            reason = "Over windows only models that take raw rows are exported: leave `inputs: tensors` out."
            yield ExportFailed(export.format, export.inputs, f"/export/{at}", reason)
        elif export != MODEL:
            yield try_export(export, whole if export.inputs == "rows" else prepare(), folder, at)


def save_model(whole: Exportable, core: keras.Model, path: Path, asked: list[Export]) -> Exported | ExportFailed:
    started = time.monotonic()
    try:
        whole.model.save(path)
        loaded = verify_model(path, whole.model, core, whole.rows)
        return judge(MODEL, whole, calling(whole, loaded), path, started=started)
    except Exception as error:  # noqa: BLE001 - whatever a layer raises when it is saved: the training is good
        discard(path)
        pointer = f"/export/{asked.index(MODEL)}" if MODEL in asked else "/export"
        return ExportFailed("keras", "rows", pointer, plain_reason(error))


def verify_model(path: Path, serving: keras.Model, core: keras.Model, rows: Mapping[str, Any]) -> keras.Model:
    """The saved model, loaded as its user will load it; raises ExportDiffers."""
    loaded = load_saved(path.parent)
    trained = core.get_weights()
    saved = find_core(loaded, core).get_weights()
    if not all(np.array_equal(one, other) for one, other in zip(trained, saved, strict=True)):
        raise ExportDiffers("The saved weights are not those that were trained.")
    # Layers that a component makes itself come back in 32 bits: Keras saves no policy of theirs.
    close = CLOSE_HALF if arrangement_of(core) and "16" in core.compute_dtype else CLOSE
    if not _predict_alike(serving, loaded, rows, close) and _predict_alike(serving, serving, rows, close):
        raise ExportDiffers("The saved model's predictions differ from the trained one's.")
    return loaded


def find_core(loaded: keras.Model, core: keras.Model) -> keras.Model:
    """The core inside; a component's class that takes no name has another one after it was loaded."""
    alike = [layer for layer in loaded.layers if layer.name == core.name]
    return (alike or [layer for layer in loaded.layers if type(layer).__name__ == type(core).__name__])[-1]


def _predict_alike(one: keras.Model, other: keras.Model, rows: Mapping[str, Any], close: float) -> bool:
    """Whether two models give equal outputs; a component that draws at random does not even agree with itself."""
    outputs = (keras.tree.flatten(model(dict(rows), training=False)) for model in (one, other))
    pairs = zip(*outputs, strict=True)
    return all(np.allclose(first, second, rtol=close, atol=close, equal_nan=True) for first, second in pairs)


def to_tensors(tensors: list[ColumnTensor], table: Table) -> dict[str, tf.Tensor]:
    """Raw rows as the saved model takes them."""
    return {tensor.name: tf.constant(tensor.gather(table), dtype=tensor.dtype) for tensor in tensors}


def example_instance(
    tensors: list[ColumnTensor], table: Table, folder: Path, windows: Windows | None
) -> dict[str, Any] | list[dict[str, Any]]:
    """The first row, or the rows of the first window, with the images that they name put into the folder."""
    images = example_images(tensors, table, folder)
    if windows is None:
        return example_row(tensors, table) | images
    return [example_row(tensors, table, at) | images for at in range(windows.sequence_length)]


def example_row(tensors: list[ColumnTensor], table: Table, at: int = 0) -> dict[str, Any]:
    """A row by column, as the data set has it; a gap as the model takes it."""
    row = table.take(np.array([at]))
    plain = {tensor.column: row.values[tensor.column].tolist()[0] for tensor in tensors}
    whole = {name: _in_json(value) for name, value in plain.items()}
    gaps = [tensor for tensor in tensors if row.count_gaps(tensor.column) and row.values[tensor.column].ndim == 1]
    return whole | {tensor.column: "" if tensor.dtype == "string" else math.nan for tensor in gaps}


def _in_json(value: Any) -> Any:
    """Lists as lists, dates as their ISO text."""
    if isinstance(value, date):
        return value.isoformat()
    return value.tolist() if isinstance(value, np.ndarray) else value


def example_images(tensors: list[ColumnTensor], table: Table, folder: Path) -> dict[str, str]:
    """The first row's images, put beside the model so that its snippet runs; their files' names by column."""
    names = {}
    for tensor in (tensor for tensor in tensors if isinstance(tensor.shaped, PictureShape)):
        path = table.values[tensor.column][0]
        if path:
            names[tensor.column] = f"example_{tensor.name}.{read_picture(Path(path).read_bytes()).kind.lower()}"
            shutil.copyfile(path, folder / names[tensor.column])
    return names


def to_yaml(spec: RunSpec) -> str:
    """The resolved spec as people read it."""
    text = io.StringIO()
    YAML().dump(spec.model_dump(mode="json"), text)
    return text.getvalue()
