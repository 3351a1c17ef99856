"""The second half of a spec's check: Keras builds the model symbolically and says what does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.build.arrangement import output_shapes
from models_lib.build.component_model import build_component
from models_lib.build.direction import settle_mode
from models_lib.build.given_weights import weighted_models
from models_lib.build.graph import connect_calls
from models_lib.build.indices import Extent, refuse_indices
from models_lib.build.model import InputTensor, close_core, construct_layers, make_inputs, make_symbols, own_class
from models_lib.build.objects import construct
from models_lib.build.optimizers import assign_optimizers
from models_lib.build.probing import ProbedOutput, probe_output
from models_lib.build.refusals import NUMBERS, refuse_call, refuse_component, refuse_construction, refuse_inputs
from models_lib.build.sampling import guess_profile, in_windows, prepared_shape
from models_lib.build.stored_weights import compare_weights
from models_lib.build.summary import summarise_core
from models_lib.build.weightless import without_weights
from models_lib.data.faults import DataFault
from models_lib.data.targets import choose_coding
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import Fault, Warning, join_pointer
from models_lib.spec.labels import CATEGORICAL
from models_lib.spec.models import ComponentModel, own_model
from models_lib.spec.objects import KerasObject
from models_lib.spec.planning import plan_model
from models_lib.spec.plans import Plan, PlannedCall, PlannedLayer
from models_lib.spec.starts import move_faults
from models_lib.spec.types import RunSpec


@dataclass(frozen=True)
class Checked:
    """What Keras says of a spec; without a summary where the model cannot be built."""

    summary: dict[str, Any] | None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Warning, ...] = ()


def check_model(spec: RunSpec, profiles: Mapping[str, DatasetProfile] | None) -> Checked:
    """Shapes of a resolved spec, by Keras; `profiles` by the data sets' names in the spec, None for a model alone.

    No weight of the model is allocated.
    """
    keras.config.set_dtype_policy("float32")
    check = _Check(spec, profiles)
    check.run()
    return Checked(check.summary, tuple(move_faults(spec.model, check.faults)), tuple(check.warnings))


@dataclass
class _Check:
    spec: RunSpec
    profiles: Mapping[str, DatasetProfile] | None
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    summary: dict[str, Any] | None = None

    def run(self) -> None:
        inputs = self.prepare_inputs()
        if self.faults or not inputs:
            return
        core = self.build(inputs)
        if core is None:
            return
        self.summary = summarise_core(
            core, optimizers=self.spec.compile.optimizers.values(), batch_size=self.spec.fit.batch_size
        )
        self.check_weights(core)
        self.check_optimizer(core)
        self.check_monitor()
        if self.profile is not None and self.profiles is not None:
            self.check_outputs(core)

    @property
    def model(self) -> Any:
        """Of a model that begins with another run's weights, that run's."""
        return own_model(self.spec.model)

    @property
    def profile(self) -> DatasetProfile | None:
        return (self.profiles or {}).get(self.spec.dataset or "")

    def prepare_inputs(self) -> dict[str, InputTensor]:
        """Each input's shape behind its preprocessing, which may refuse the column's values."""
        profile = self.profile or guess_profile(self.spec.inputs)
        tensors = {}
        for name, binding in self.spec.inputs.items():
            if self.profile is None and binding.array:
                message = "The shape of an array is known from its data set alone: shapes were not checked."
                self.warnings.append(Warning(pointer=join_pointer("/inputs", name), message=message))
                return {}
            try:
                tensors[name] = in_windows(prepared_shape(name, binding, profile), self.spec.windows)
            except DataFault as error:
                self.faults.extend(error.faults)
            except Exception as error:  # noqa: BLE001 - whatever a preprocessing layer raises for such values
                pointer = join_pointer("/inputs", name, "preprocess")
                self.faults.append(refuse_construction(pointer, f"The preprocessing of {name!r}", error))
        self.refuse_joined_words(tensors)
        return tensors

    def refuse_joined_words(self, tensors: Mapping[str, InputTensor]) -> None:
        """Several inputs of a stack are concatenated, and Keras refuses words there only when it trains."""
        if self.model.kind == "sequential" and len(tensors) > 1:
            for name in (name for name, tensor in tensors.items() if tensor.dtype == "string"):
                message = (
                    f"Input {name!r} holds words, which a stack cannot join with its other inputs: it needs {NUMBERS}"
                )
                pointer = join_pointer("/inputs", name, "preprocess")
                self.faults.append(Fault(pointer=pointer, message=message, code="bad_shape", allowed=NUMBERS))

    def build(self, inputs: Mapping[str, InputTensor]) -> keras.Model | None:
        """The core without weights; None where any layer was refused."""
        keras.config.set_dtype_policy(self.spec.compile.dtype_policy)
        try:
            with without_weights():
                return self._connect(inputs)
        finally:
            keras.config.set_dtype_policy("float32")

    def _connect(self, inputs: Mapping[str, InputTensor]) -> keras.Model | None:
        if isinstance(self.model, ComponentModel):
            return self._build_component(self.model, make_symbols(inputs))
        plan = plan_model(self.model, tuple(inputs))
        self.faults += refuse_inputs(plan, inputs)
        layers = construct_layers(plan, {name: part.shape for name, part in inputs.items()}, self._refuse_layer)
        dtypes = {name: part.dtype for name, part in inputs.items()}
        self.faults += refuse_indices(plan, layers, dtypes, self.raw_extent)
        if self.faults:
            return None
        tensors = make_inputs(plan, inputs)

        def refuse(call: PlannedCall, layer: Any, got: list[Any], error: Exception) -> None:
            self.faults.append(refuse_call(call.pointer, layer, got, error))

        results = connect_calls(plan, layers, tensors, refuse)
        return None if self.faults else self._close(plan, tensors, results)

    def _close(self, plan: Plan, tensors: Mapping[str, Any], results: Mapping[str, Any]) -> keras.Model | None:
        try:
            return close_core(plan, tensors, results, own_class(self.spec.model))
        except Exception as error:  # noqa: BLE001 - an output that there is not, or that no input reaches
            self.faults.append(refuse_construction("/model", "The model", error))
            return None

    def _refuse_layer(self, part: PlannedLayer, error: Exception) -> None:
        named = f"{part.class_name} {part.name!r}"
        self.faults.append(refuse_construction(part.pointer, named, error))

    def _build_component(self, model: ComponentModel, tensors: dict[str, keras.KerasTensor]) -> keras.Model | None:
        try:
            return build_component(model, tensors)[0]
        except Exception as error:  # noqa: BLE001 - whatever the component's own code raises
            self.faults.append(refuse_component("/model/class_name", model.class_name, error))
            return None

    def raw_extent(self, name: str) -> Extent | None:
        """Of an input whose numbers reach the model as they are."""
        binding = self.spec.inputs[name]
        if self.profile is None or binding.preprocess:
            return None
        columns = [self.profile.by_name[source] for source in binding.sources]
        ends = [float(end) for column in columns for end in (column.min, column.max) if isinstance(end, int | float)]
        return (min(ends), max(ends)) if ends else None

    def check_weights(self, core: keras.Model) -> None:
        """Files of weights that do not fit; of one that holds more, a warning."""
        for given, model in weighted_models(core, self.spec.model):
            profile = (self.profiles or {}).get(given.reference)
            if profile is None:
                continue
            compared = compare_weights(model, profile, given.pointer)
            self.faults += compared.faults
            if compared.unused:
                count, first = len(compared.unused), compared.unused[0]
                message = f"{count} variables of the file are none of the model's, {first} among them."
                self.warnings.append(Warning(pointer=given.pointer, message=message))

    def check_optimizer(self, core: keras.Model) -> None:
        described = self.spec.compile.optimizer
        if not isinstance(described, KerasObject):
            self.faults += assign_optimizers(core, described).faults
        for name, optimizer in self.spec.compile.optimizers.items():
            try:
                construct("optimizer", optimizer)
            except Exception as error:  # noqa: BLE001 - whatever a constructor raises for its arguments
                place = () if isinstance(described, KerasObject) else (name, "use")
                pointer = join_pointer("/compile/optimizer", *place)
                self.faults.append(refuse_construction(pointer, optimizer.class_name, error))

    def check_monitor(self) -> None:
        monitor, mode = self.spec.fit.monitor, self.spec.fit.mode
        if monitor is not None and self.spec.compile.loss and settle_mode(self.spec, monitor, mode) == "auto":
            message = f"Whether more or less of {monitor!r} is better cannot be told from its name: say mode."
            allowed = ["min", "max"]
            self.faults.append(Fault(pointer="/fit/mode", message=message, code="missing", found=mode, allowed=allowed))

    def check_outputs(self, core: keras.Model) -> None:
        shapes = output_shapes(core, tuple(self.spec.targets))
        outputs = {name: keras.KerasTensor(shape) for name, shape in shapes.items()}
        for name in self.spec.targets:
            if outputs and name in self.spec.compile.loss and name not in outputs:
                message = f"the loss of {name!r} has no output to judge: call returns {', '.join(outputs)}"
                pointer = join_pointer("/targets", name)
                self.faults.append(
                    Fault(pointer=pointer, message=message, code="bad_reference", found=name, allowed=list(outputs))
                )
            if name not in self.spec.compile.loss or name not in outputs:
                continue  # the component's model says itself what it makes smaller
            target = self.sample_target(name, outputs[name])
            probed = ProbedOutput(name, tuple(outputs[name].shape[1:]), target, self.holds_classes(name))
            faults = list(probe_output(probed, self.spec.compile, is_single=len(outputs) == 1))
            self.faults += faults
            if not faults:
                self.warn_of_stretching(probed)

    def holds_classes(self, name: str) -> bool:
        """Whether the target is one whole number a row that nobody called a number of a class."""
        assert self.profile is not None, "asked for with a profile alone"
        target, column = self.spec.targets[name], self.profile.by_name[self.spec.targets[name].source]
        return target.classes is None and not column.shape and column.dtype.lstrip("u").startswith("int")

    def sample_target(self, name: str, output: keras.KerasTensor) -> NDArray[Any]:
        """Two rows of the target as the loss is given it; of classes by position the last one."""
        target = self.spec.targets[name]
        assert self.profile is not None, "asked for with a profile alone"
        column = self.profile.by_name[target.source]
        loss = self.spec.compile.loss[name].class_name
        coding = choose_coding(has_labels=target.classes is not None, loss=loss, width=output.shape[-1])
        labels = len(target.classes) if isinstance(target.classes, tuple) else column.unique or 2
        match coding:
            case "one_hot":
                return np.eye(labels, dtype=np.float32)[[0, labels - 1]]
            case "positions":
                return np.array([0, labels - 1])
            case "whole_numbers":
                return np.broadcast_to(np.array(int(column.max or 0)), (2, *column.shape))
            case _:
                alone = () if target.dtype is not None else (1,)  # a dtype keeps the array's own shape
                return np.zeros((2, *(column.shape or alone)), dtype=np.float32)

    def warn_of_stretching(self, probed: ProbedOutput) -> None:
        """Keras compares an output of three units with a target of one without a word."""
        wanted, given = probed.shape, probed.target.shape[1:]
        if probed.target.dtype == np.float32 and wanted != given and None not in wanted:
            message = (
                f"Output {probed.name!r} has the shape {(None, *wanted)} and its target {(None, *given)}: Keras will "
                "stretch one to the other. Give them equal shapes if that is not meant."
            )
            if probed.holds_classes and self.spec.compile.loss[probed.name].class_name in CATEGORICAL:
                message += " Numbers of classes are one-hot with classes: auto."
            self.warnings.append(Warning(pointer=join_pointer("/targets", probed.name), message=message))
