"""A document into a run spec: every default written, every fault found at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models_lib.spec.bindings import Binding, Closed, Split, Target, Windows
from models_lib.spec.bounds import check_bounds
from models_lib.spec.columns import check_binding, check_other_dataset, check_split, check_target, check_weights_of_rows
from models_lib.spec.compiling import read_compile, unknown_output
from models_lib.spec.component_loops import take_loop
from models_lib.spec.component_models import (
    has_loop,
    has_open_curves,
    is_loss_free,
    joined_inputs,
    needs_no_targets,
    own_of,
    read_component_model,
    read_pins,
    settle_split,
    take_own_arguments,
)
from models_lib.spec.components import Components, FoundObject, Package
from models_lib.spec.data_reading import (
    INPUTS,
    SPLIT,
    TARGETS,
    WrittenTarget,
    is_tensor_name,
    read_inputs,
    read_split,
    read_targets,
)
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.engines import check_engine
from models_lib.spec.faults import Fault, SpecRefused, Warning
from models_lib.spec.fitting import read_fit
from models_lib.spec.given_weights import check_state, check_weights, holds_rows
from models_lib.spec.graph import check_graph, check_stack
from models_lib.spec.input_names import check_inputs
from models_lib.spec.kept_compile import has_kept_compile, read_kept_compile
from models_lib.spec.labels import settle_classes
from models_lib.spec.machines import check_machines
from models_lib.spec.model_reading import read_model
from models_lib.spec.models import ComponentModel, Functional, KerasModel, Model, Sequential, own_model
from models_lib.spec.monitors import curve_names, settle_monitors
from models_lib.spec.names import did_you_mean, nearest
from models_lib.spec.optimizers import check_optimizers, check_swapping
from models_lib.spec.places import Place
from models_lib.spec.preparing import columns_beside_inputs, inputs_by_type, prepare_binding
from models_lib.spec.run_reading import take_run, wrap_run
from models_lib.spec.sections import Reading
from models_lib.spec.starts import move_faults
from models_lib.spec.training import Compile, Fit
from models_lib.spec.types import RunSpec
from models_lib.spec.whole import read_whole, take_exports
from models_lib.spec.windows import check_windows, lift_windows, read_windows, split_in_time

SECTIONS: dict[str, type[Closed]] = {"compile": Compile, "fit": Fit, "split": Split, "windows": Windows}


@dataclass(frozen=True)
class Resolved:
    """A run spec that may be queued, and what its author may want to know."""

    spec: RunSpec
    warnings: tuple[Warning, ...]


def resolve_spec(
    document: object,
    profiles: Mapping[str, DatasetProfile] | None = None,
    *,
    components: Iterable[Package] = (),
    model_only: bool = False,
) -> Resolved:
    """Resolve a document against the profiles of the data sets it names, by the names it uses.

    Without profiles columns are not looked up. `components` are the packages that the document may use.
    `model_only` judges a model without its data: no data set, targets or loss are asked for. Raises SpecRefused with
    every fault.
    """
    check_bounds(document)
    assert isinstance(document, dict)
    return _Resolution(document, profiles, Components(components), model_only=model_only).resolve()


class _Resolution:
    """One document on its way; each step reads a section and reports what it finds."""

    def __init__(
        self,
        document: dict[str, Any],
        profiles: Mapping[str, DatasetProfile] | None,
        components: Components,
        *,
        model_only: bool,
    ) -> None:
        self._document = {str(key): value for key, value in document.items()}
        self._profiles = profiles
        self._model_only = model_only
        self._reading = Reading(components)
        self._reading.fields = SECTIONS
        self._reading.document = self._document

    def resolve(self) -> Resolved:
        reading, document = self._reading, take_exports(self._reading, self._document)
        profile = self._profile_of(document.get("dataset"), Place("/dataset"))
        document, begun = take_run(reading, lift_windows(reading, document))
        windows = read_windows(reading, document.get("windows"))
        split = split_in_time(reading, read_split(reading, document.get("split")), windows)
        targets = self._read_targets(document, profile)
        read_pins(reading, document.get("components"))
        model = self._read_model(document.get("model"), targets)
        check_weights(reading, model, self._profiles)
        outputs = model.output_names if model else ()
        bound = self._bind_targets(targets, model)
        own = own_of(reading, model)
        compiled = self._read_compile(document, model, own, is_targetless=needs_no_targets(document))
        split = settle_split(reading, split, document.get("split"), own, compiled)
        rest, loop = take_loop(reading, document.get("fit"))
        fit = read_fit(reading, rest, outputs).model_copy(update={"loop": loop})
        inputs = self._read_inputs(document, profile, model, beside=(bound, split, fit, windows))
        check_windows(reading, windows, profile, inputs, _named(bound))
        if isinstance(model, Functional) and (inputs or "inputs" in document):
            check_graph(reading, model, tuple(inputs), document["model"])
        elif isinstance(model, Sequential):
            check_stack(reading, model, tuple(inputs))
        elif isinstance(model, KerasModel):
            check_inputs(reading, model, tuple(inputs))
        columns = self._check_columns(bound, inputs, split, fit, profile)
        check_state(reading, model, compiled)
        if model and compiled:
            check_optimizers(reading, compiled, model, tuple(inputs))
            check_swapping(reading, compiled, fit)
            check_engine(reading, compiled, fit)
            bound = settle_classes(reading, bound, columns, model, compiled, fit)
            reading.has_open_curves = has_open_curves(model, compiled, fit)
            curves = curve_names(model, compiled, has_validation=split.has_validation)
            fit = settle_monitors(reading, fit, curves)
        parts = {
            "inputs": inputs,
            "targets": _named(bound),
            "split": split,
            "windows": windows,
            "compile": compiled,
            "fit": fit,
            "components": reading.objects.components.pins,
        }
        parts["model"] = wrap_run(reading, begun, own_model(model)) if begun else model
        reading.faults[:] = move_faults(parts["model"] if begun else None, reading.faults)
        spec = check_machines(reading, read_whole(reading, document, parts))
        return self._finish(spec)

    def _read_model(self, raw: Any, targets: list[WrittenTarget]) -> Model | None:
        if not isinstance(raw, dict) or raw.get("kind") != "component":
            return read_model(self._reading, raw, last_name=_single_name(targets))
        model = read_component_model(self._reading, raw)
        if model is None or model.outputs:
            return model
        names = tuple(str(written.output or "output") for written in targets)
        return model.model_copy(update={"outputs": tuple(name for name in names if is_tensor_name(name))})

    def _read_compile(
        self, document: dict[str, Any], model: Model | None, own: FoundObject | None, *, is_targetless: bool
    ) -> Compile | None:
        raw, outputs = document.get("compile"), model.output_names if model else ()
        if raw is None and isinstance(model, KerasModel) and has_kept_compile(document["model"]):
            return read_kept_compile(self._reading, document["model"], outputs)
        rest, taken = take_own_arguments(self._reading, raw, own)
        is_free = self._model_only or has_loop(self._document) or is_loss_free(own, is_targetless=is_targetless)
        compiled = read_compile(self._reading, rest, outputs, model_only=is_free)
        return compiled and compiled.model_copy(update={"own": taken})

    def _finish(self, spec: RunSpec | None) -> Resolved:
        faults = _without_doubles(self._reading.faults)
        if faults or spec is None:
            raise SpecRefused(faults)
        return Resolved(spec, tuple(self._reading.warnings))

    def _profile_of(self, name: Any, place: Place) -> DatasetProfile | None:
        if name is None:
            if not self._model_only:
                message = "dataset is missing: the name of an uploaded data set"
                self._reading.refuse(place.fault("missing", message, allowed="a name, name@version or id"))
            return None
        if self._profiles is None or not isinstance(name, str):
            return None
        if name not in self._profiles:
            near = nearest(name, self._profiles)
            message = f"there is no data set {name[:80]!r}{did_you_mean(near)}"
            self._reading.refuse(place.fault("bad_reference", message, found=name, did_you_mean=near))
        profile = self._profiles.get(name)
        return profile if profile is None or holds_rows(self._reading, name, profile, place) else None

    def _read_targets(self, document: dict[str, Any], profile: DatasetProfile | None) -> list[WrittenTarget]:
        raw = document.get("targets")
        if needs_no_targets(document):
            return []
        if raw is None or raw == {}:
            if not self._model_only:
                message = "targets is missing: the column to learn, e.g. targets: price"
                allowed = tuple(profile.by_name) if profile else "a column"
                self._reading.refuse(TARGETS.fault("missing", message, allowed=allowed))
            return []
        return read_targets(self._reading, raw, profile)

    def _bind_targets(self, targets: list[WrittenTarget], model: Model | None) -> list[WrittenTarget]:
        """Targets under the names of the model's outputs."""
        if model is None:
            return targets
        outputs = model.output_names
        if len(targets) == 1 and targets[0].output is None:
            if len(outputs) == 1:
                return [replace(targets[0], output=outputs[0])]
            message = (
                f"the model has {len(outputs)} outputs: write targets: {{{outputs[0]}: {targets[0].target.source}, …}}"
            )
            self._reading.refuse(TARGETS.fault("wrong_type", message, found=targets[0].target.source, allowed=outputs))
            return []
        for written in targets:
            if written.output not in outputs:
                self._reading.refuse(unknown_output(str(written.output), outputs, written.place))
        given = {written.output for written in targets}
        missing = [name for name in outputs if name not in given]
        if targets and missing and given <= set(outputs):
            message = f"output {', '.join(map(repr, missing))} has no target"
            self._reading.refuse(TARGETS.fault("missing", message, found=sorted(map(str, given)), allowed=outputs))
        return targets

    def _read_inputs(
        self,
        document: dict[str, Any],
        profile: DatasetProfile | None,
        model: Model | None,
        *,
        beside: tuple[list[WrittenTarget], Split, Fit, Windows | None],
    ) -> dict[str, Binding]:
        reading, raw = self._reading, document.get("inputs") or None
        bound, split, fit, windows = beside
        learned = [written.target.source for written in bound]
        if raw is not None:
            inputs = read_inputs(reading, raw, profile)
        elif profile is not None:
            taken = columns_beside_inputs(learned, split, fit.weight_columns, windows)
            is_own = isinstance(model, ComponentModel)
            inputs = (
                joined_inputs(reading, profile, taken) if is_own else inputs_by_type(reading, profile, taken, model)
            )
        else:
            if self._model_only:
                message = "inputs is missing: without a data set its columns must be named"
                reading.refuse(INPUTS.fault("missing", message, allowed="{name: {columns: […]}}"))
            return {}
        shown = [] if windows and windows.horizon > 0 else learned  # what comes after a window does not stand in it
        return {name: self._prepare(name, inputs[name], raw, profile, model, shown) for name in inputs}

    def _prepare(
        self,
        name: str,
        binding: Binding,
        raw: Any,
        profile: DatasetProfile | None,
        model: Model | None,
        learned: list[str],
    ) -> Binding:
        columns = check_binding(self._reading, name, binding, profile, written=raw is not None) if profile else []
        for source in binding.sources:
            if source in learned:
                message = f"{source!r} is an input and a target: the model can copy the answer"
                self._reading.warn(INPUTS.below(name), message)
        written = isinstance(raw, dict) and isinstance(raw.get(name), dict) and "preprocess" in raw[name]
        return prepare_binding(self._reading, name, binding, columns, model, written=written)

    def _check_columns(
        self,
        bound: list[WrittenTarget],
        inputs: dict[str, Binding],
        split: Split,
        fit: Fit,
        profile: DatasetProfile | None,
    ) -> dict[str, Column]:
        """The targets' columns by output."""
        if profile is None:
            return {}
        columns = {str(w.output): check_target(self._reading, w, profile) for w in bound}
        check_split(self._reading, split, profile)
        check_weights_of_rows(self._reading, fit, tuple(str(w.output) for w in bound), profile)
        sources = {w.target.source for w in bound} | {name for b in inputs.values() for name in b.sources}
        used = [profile.by_name[name] for name in sorted(sources) if name in profile.by_name]
        for part in ("validation_dataset", "test_dataset"):
            other = self._profile_of(getattr(split, part), SPLIT.below(part)) if getattr(split, part) else None
            if other is not None:
                check_other_dataset(self._reading, used, other, SPLIT.below(part))
        return {name: column for name, column in columns.items() if column is not None}


def _single_name(targets: list[WrittenTarget]) -> str | None:
    """The name that a single target gives to a stack's last layer."""
    name = targets[0].output if len(targets) == 1 else None
    return name if name is not None and is_tensor_name(name) else None


def _named(bound: list[WrittenTarget]) -> dict[str, Target]:
    return {str(written.output): written.target for written in bound}


def _without_doubles(faults: list[Fault]) -> tuple[Fault, ...]:
    unique: dict[tuple[str, str], Fault] = {}
    for fault in faults:
        unique.setdefault((fault.pointer, fault.message), fault)
    return tuple(unique.values())
