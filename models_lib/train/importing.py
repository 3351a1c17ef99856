"""A model that was trained elsewhere, as what a run leaves: served, weighed, exported, begun with.

The archive is never given to Keras' own loader: its config is read by the catalog, its weights array by array.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models_lib.build.given_weights import as_written
from models_lib.build.model import InputTensor, build_core
from models_lib.build.stored_weights import load_weights
from models_lib.build.summary import summarise_core
from models_lib.data.faults import DataFault, data_fault
from models_lib.data.inputs import ModelInput
from models_lib.data.kept import write_kept
from models_lib.data.loading import LoadedRows
from models_lib.data.read import Table
from models_lib.data.weight_files import CONFIG, WEIGHTS, profile_weights
from models_lib.data.weight_files import START as HDF5_START
from models_lib.data.zips import open_zip, read_member, refused
from models_lib.export.artifacts import export_model
from models_lib.export.exporting import ExportFailed
from models_lib.spec.components import Components, Package
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import Fault, SpecRefused, join_pointer
from models_lib.spec.keras_reading import read_keras
from models_lib.spec.places import Place
from models_lib.spec.plans import PlannedInput
from models_lib.spec.resolve import resolve_spec
from models_lib.spec.sections import Reading
from models_lib.spec.starts import PREPROCESSING
from models_lib.spec.training import Checkpoint
from models_lib.spec.types import RunSpec
from models_lib.train.checkpoints import CheckpointFolder, Standing
from models_lib.train.imported_names import advise, name_model, read_shapes
from models_lib.train.state import take_state

TRIED_ROWS = 4
MAX_CONFIG = 32 << 20
METADATA, ASSETS = "metadata.json", "assets/"
COMPILED = "compile_config"
LEGACY = "This is a legacy .h5 file: save it as .keras: keras.models.load_model('m.h5').save('m.keras')."
NO_ARCHIVE = "This is no .keras file, as model.save('name.keras') writes one."


@dataclass(frozen=True)
class Imported:
    """`files` lie beneath `out/artifacts`; `checkpoints` are as a trainer reports them."""

    spec: RunSpec
    summary: dict[str, Any]
    files: list[str]
    checkpoints: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "spec": self.spec.model_dump(mode="json")}


@dataclass(frozen=True)
class Extras:
    """What a request names beside the file: packages, whose sources lie in the folder, and exports."""

    packages: tuple[Package, ...] = ()
    export: tuple[str, ...] = ()
    components: Path | None = None


NOTHING_MORE = Extras()


def import_model(path: Path, name: str, folder: Path, extras: Extras = NOTHING_MORE) -> Imported:
    """Judge the archive, build what its config says, load its weights, try it; raises DataFault."""
    config = read_config(path)
    spec, inputs = _resolve(config, name, extras)
    profile = profile_weights(path, may_be_empty=True)
    keras.utils.set_random_seed(0)
    tensors = {part.name: InputTensor(part.raw_shape, part.dtype) for part in inputs.values()}
    try:
        core = build_core(spec.model, tensors)
    except Exception as error:  # whatever Keras raises for a config whose parts do not fit together
        raise DataFault(data_fault("/file", f"The model cannot be built: {str(error)[:500]}")) from error
    load_weights(as_written(core, spec.model), path, profile, "/file")
    artifacts = folder / "out" / "artifacts"
    write_kept(artifacts / PREPROCESSING, spec, inputs, {})
    result = export_model(
        core,
        inputs,
        {},
        spec=spec,
        data=_tried_on(inputs),
        history={},
        out=folder / "out",
        components=extras.components if spec.components else None,
    )
    _refuse_failed([export for export in result.exports if isinstance(export, ExportFailed)], extras)
    reports: list[dict[str, Any]] = []
    kept = CheckpointFolder(folder / "out", Checkpoint(), lambda report: reports.append(dict(report)))
    kept.keep(take_state(core, []), epoch=0, metrics={}, standing=Standing(is_best=True))
    summary = summarise_core(core, optimizers=spec.compile.optimizers.values(), batch_size=spec.fit.batch_size)
    return Imported(spec, summary, result.files, reports)


def read_config(path: Path) -> dict[str, Any]:
    """The archive's config, after its members were judged; raises DataFault."""
    with path.open("rb") as file:
        start = file.read(len(HDF5_START))
    if not start.startswith(b"PK"):
        raise refused(LEGACY if start == HDF5_START else NO_ARCHIVE)
    with open_zip(path) as (archive, members):
        held = {member.filename: member for member in members}
        missing = [name for name in (CONFIG, WEIGHTS) if name not in held]
        if missing:
            raise refused(f"{NO_ARCHIVE} It holds no {' and no '.join(missing)}.", list(held)[:20])
        assets = [name for name in held if name.startswith(ASSETS)]
        if assets:
            message = "The model has files of its own, such as vocabularies: write them into its config (vocabulary=…)."
            raise refused(message, assets[:20])
        strange = sorted(set(held) - {CONFIG, WEIGHTS, METADATA})
        if strange:
            raise refused("The archive holds what no .keras file holds.", strange[:20])
        content = read_member(archive, held[CONFIG], MAX_CONFIG)
    try:
        config = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise refused(f"{CONFIG} is no JSON: {str(error)[:200]}") from error
    if not isinstance(config, dict):
        raise refused(f"{CONFIG} is no mapping.")
    return config


def _refuse_failed(failed: list[ExportFailed], extras: Extras) -> None:
    """A model that cannot be written, or not as it was asked for, makes no run."""
    for export in failed:
        if export.format not in extras.export:
            raise DataFault(data_fault("/file", f"The model cannot be saved again: {export.reason}"))
        pointer = join_pointer("/export", extras.export.index(export.format))
        message = f"The model cannot be exported as {export.format}: {export.reason}"
        raise DataFault(data_fault(pointer, message, found=export.format))


def _resolve(config: dict[str, Any], name: str, extras: Extras) -> tuple[RunSpec, dict[str, ModelInput]]:
    """The spec of the model alone; what it was compiled with is left out where that is not Keras' own."""
    model = name_model(config, extras.packages)
    inputs = {part.name: _input_of(part) for part in _read_inputs(model, config, extras)}
    bindings = {n: {"array": n, "preprocess": None, "dtype": part.dtype} for n, part in inputs.items()}
    document = {
        "name": name,
        "inputs": bindings,
        "model": model,
        "export": list(dict.fromkeys([*extras.export, "keras"])),
    }
    try:
        return resolve_spec(document, model_only=True, components=extras.packages).spec, inputs
    except SpecRefused as refusal:
        others = [fault for fault in refusal.faults if f"/{COMPILED}" not in fault.pointer]
        if others or COMPILED not in config:
            raise DataFault(*map(_in_file, others or refusal.faults)) from refusal
    return _resolve({key: value for key, value in config.items() if key != COMPILED}, name, extras)


def _read_inputs(model: dict[str, Any], config: dict[str, Any], extras: Extras) -> tuple[PlannedInput, ...]:
    """Of a class of the user's own, which says nothing of types, what it was built with."""
    if model["kind"] == "component":
        shapes = {name: tuple(shape[1:]) for name, shape in read_shapes(config).items()}
        return tuple(PlannedInput(name, shape, "float32") for name, shape in shapes.items())
    reading = Reading(Components(extras.packages))
    read = read_keras(reading, model, Place("/model"))
    if read is None or reading.faults:
        raise DataFault(*map(_in_file, reading.faults))
    return read.plan.inputs


def _in_file(fault: Fault) -> Fault:
    """At its place in the archive's config."""
    pointer = fault.pointer.replace("/model/config", f"/file/{CONFIG}", 1)
    return advise(fault.model_copy(update={"pointer": pointer, "patch": None}))


def _input_of(part: PlannedInput) -> ModelInput:
    """A tensor as it comes; an open size could not be told in a row."""
    if part.shape is None or None in part.shape:
        message = f"Input {part.name!r} has the shape {part.shape}: give every axis but the batch a size, save again."
        raise DataFault(data_fault("/file", message, found=part.shape and list(part.shape)))
    shape = tuple(size for size in part.shape if size is not None)
    return ModelInput(part.name, (part.name,), part.dtype or "float32", shape, {}, ())


def _tried_on(inputs: Mapping[str, ModelInput]) -> LoadedRows:
    """Rows for no purpose but to try what is saved."""
    columns = tuple(
        Column(name=name, dtype="str" if part.dtype == "string" else part.dtype, shape=part.raw_shape)
        for name, part in inputs.items()
    )
    profile = DatasetProfile(format="npz", rows=TRIED_ROWS, columns=columns)
    return LoadedRows(profile, Table(TRIED_ROWS, dict(_drawn(inputs)), {}), {"train": np.arange(TRIED_ROWS)}, {})


def _drawn(inputs: Mapping[str, ModelInput]) -> Iterator[tuple[str, Any]]:
    generator = np.random.default_rng(0)
    for name, part in inputs.items():
        shape = (TRIED_ROWS, *part.raw_shape)
        if part.dtype == "string":
            yield name, np.full(shape, "a", dtype=object)
        else:
            is_whole = np.dtype(part.dtype).kind in "iub"
            yield name, (np.zeros(shape) if is_whole else generator.random(shape)).astype(part.dtype)
