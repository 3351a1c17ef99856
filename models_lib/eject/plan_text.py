"""The part of the script that builds a model of layers, models inside it among them."""

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

import keras

from models_lib.build.applications import paths_of
from models_lib.build.graph import unpacks_list
from models_lib.build.model import InputTensor, bare
from models_lib.eject.calls import write_dict, write_object, write_structure, write_tuple
from models_lib.eject.names import NotEjectable, Page
from models_lib.spec.objects import KerasObject
from models_lib.spec.operations import operation_module
from models_lib.spec.plans import Application, Array, Operation, Plan, PlannedCall, PlannedLayer, Tensor


class PlanText:
    """Lines of one model; `made` is what the run built of it, which knows what a spec does not."""

    def __init__(self, plan: Plan, page: Page, made: Any, path: str = "") -> None:
        self._plan, self._page, self._made, self._path = plan, page, made, path
        self._inner = {
            part.name: PlanText(part.made_of, page, self._find(part.name), f"{path}{part.name}/")
            for part in plan.layers
            if isinstance(part.made_of, Plan)
        }
        self._is_joined = False

    def layer_lines(self) -> Iterator[str]:
        """Layers in the order of the spec, so that their seeds are drawn alike."""
        for part in self._plan.layers:
            match part.made_of:
                case Plan():
                    yield from self._inner[part.name].layer_lines()
                case Application():
                    yield from self._application_lines(part, part.made_of)
                case KerasObject():
                    yield f"{self._layer(part.name)} = {write_object('layer', part.made_of, name=part.name)}"
                    if not part.trainable:
                        yield f"{self._layer(part.name)}.trainable = False"

    def core_lines(self, inputs: Mapping[str, InputTensor], made_by: str = "keras.Model") -> Iterator[str]:
        """The whole run's model, closed; in lists where it was saved with lists."""
        listed = self._plan.listed
        declared = {part.name: part.dtype for part in self._plan.inputs}
        for name, tensor in inputs.items():
            dtype = declared.get(name) or tensor.dtype
            yield f"{self._symbol(name)} = keras.Input({tensor.shape!r}, dtype={dtype!r}, name={name!r})"
        yield from self.call_lines()
        outputs = {name: self._refer(tensor) for name, tensor in self._plan.outputs.items()}
        symbols = {part.name: self._symbol(part.name) for part in self._plan.inputs} if listed[0] else {}
        symbols = symbols or {name: self._symbol(name) for name in inputs}
        taken, given = (
            f"[{', '.join(named.values())}]" if is_list else write_structure(bare(named))
            for named, is_list in zip((symbols, outputs), listed, strict=True)
        )
        yield f'core = {made_by}({taken}, {given}, name="core")'

    def alone_lines(self, name: str) -> Iterator[str]:
        """A model that somebody's code is given, as a variable: on inputs of its own."""
        yield from self.layer_lines()
        for part in self._plan.inputs:
            yield f"{self._symbol(part.name)} = keras.Input({part.shape!r}, dtype={part.dtype!r}, name={part.name!r})"
        yield from self.call_lines()
        takes, gives = self._value(self._plan.takes), self._value(self._plan.outputs)
        yield f"{name} = keras.Model({takes}, {gives}, name={self._plan.name!r})"

    def call_lines(self) -> Iterator[str]:
        """Every call; a model inside is closed before it is first called."""
        for call in self._plan.calls:
            inner = self._inner.get(call.layer)
            if inner is not None:
                yield from inner.closing_lines(call, self)
            yield f"{self._symbol(call.key)} = {self._call(call)}"

    def closing_lines(self, call: PlannedCall, outer: "PlanText") -> Iterator[str]:
        """A model inside, on tensors like those of its first call."""
        if self._is_joined:
            return
        self._is_joined = True
        for part, reference in zip(self._plan.inputs, call.references, strict=True):
            tensor = outer._refer(reference)
            shape = f"{tensor}.shape[1:]" if part.shape is None else repr(part.shape)
            dtype = repr(part.dtype) if part.dtype else f"{tensor}.dtype"
            yield f"{self._symbol(part.name)} = keras.Input({shape}, dtype={dtype}, name={part.name!r})"
        yield from self.call_lines()
        takes, gives = self._value(self._plan.takes), self._value(self._plan.outputs)
        yield f"{outer._layer(call.layer)} = keras.Model({takes}, {gives}, name={self._plan.name!r})"

    def _application_lines(self, part: PlannedLayer, application: Application) -> Iterator[str]:
        """Made anew, for tensors of the shape that the run's has; its layers frozen as the globs say."""
        made, layer = self._find(part.name), self._layer(part.name)
        extra: dict[str, Any] = {"weights": None, "name": part.name}
        if made is not None and not application.described.config.get("input_shape"):
            extra["input_shape"] = made.input_shape[1:]
        yield f"{layer} = {write_object('application', application.described, **extra)}"
        known = {} if made is None else {path: inner.trainable for path, inner in paths_of(made)}
        frozen = [path.rpartition("/")[2] for path, trainable in known.items() if not trainable]
        trained = [path.rpartition("/")[2] for path, trainable in known.items() if trainable]
        if not frozen:
            return
        if set(frozen) & set(trained):
            raise NotEjectable(part.pointer, "Of its layers some are frozen whose names others have, too.")
        yield f"for inner in {self._page.use('layers_of')}({layer}):"
        yield f"    inner.trainable = {'False' if not trained else f'inner.name not in {frozen!r}'}"

    def _call(self, call: PlannedCall) -> str:
        part = self._plan.find(call.layer)
        made_of = part.made_of if part else None
        if isinstance(made_of, Operation):
            return self._operation(made_of, call)
        positional = [self._value(value) for value in call.positional]
        named = {name: self._value(value) for name, value in call.named.items()}
        if isinstance(made_of, Plan):
            given = dict(zip((part.name for part in made_of.inputs), call.references, strict=True))
            positional = [self._with(made_of.takes, given)]
        elif len(positional) > 1 and isinstance(made_of, KerasObject) and self._unpacks(call.layer):
            positional = [f"[{', '.join(positional)}]"]
        arguments = [*positional, *(f"{name}={value}" for name, value in named.items())]
        written = f"{self._layer(call.layer)}({', '.join(arguments)})"
        is_odd = isinstance(made_of, Plan) and isinstance(made_of.outputs, dict) and len(made_of.outputs) > 1
        return f"keras.tree.flatten({written})" if is_odd else written

    def _operation(self, operation: Operation, call: PlannedCall) -> str:
        """A function of `keras.ops`; where none is called alike the operation itself, which is not public."""
        positional = [self._value(value) for value in call.positional]
        named = [f"{name}={self._value(value)}" for name, value in call.named.items()]
        own = [f"{name}={value!r}" for name, value in operation.config.items()]
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation.class_name)[1:]
        function = getattr(keras.ops, name, None)
        if function is not None and set(operation.config) <= set(signature(function).parameters):
            return f"keras.ops.{name}({', '.join([*positional, *named, *own])})"
        made = f"keras.src.ops.{operation_module(operation.class_name)}.{operation.class_name}({', '.join(own)})"
        return f"{made}({', '.join([*positional, *named])})"

    def _unpacks(self, layer: str) -> bool:
        made = self._find(layer)
        return made is not None and unpacks_list(made)

    def _with(self, takes: Any, given: Mapping[str, Tensor]) -> str:
        """What a model inside is called on, in the structure that it takes."""
        match takes:
            case Tensor():
                return self._refer(given[takes.key])
            case dict():
                return write_dict({name: self._with(part, given) for name, part in takes.items()})
            case _:
                return f"[{', '.join(self._with(part, given) for part in takes)}]"

    def _value(self, value: Any) -> str:
        """An argument of a call."""
        match value:
            case Tensor():
                return self._refer(value)
            case Array():
                return f"np.array({value.values!r}, dtype={value.dtype!r})"
            case list():
                return f"[{', '.join(map(self._value, value))}]"
            case tuple():
                return write_tuple([self._value(part) for part in value])
            case dict():
                return write_dict({name: self._value(part) for name, part in value.items()})
            case _:
                return repr(value)

    def _layer(self, name: str) -> str:
        return self._page.variables.of("layer", f"{self._path}{name}")

    def _symbol(self, key: str) -> str:
        return self._page.variables.of("tensor", f"{self._path}{key}_out")

    def _refer(self, tensor: Tensor) -> str:
        """The tensor that is meant: `lstm:1` is the second output."""
        name = self._symbol(tensor.key)
        return f"{name}[{tensor.at}]" if self._gives_several(tensor.layer) else name

    def _gives_several(self, layer: str) -> bool:
        inner = self._inner.get(layer)
        if inner is not None:
            return isinstance(inner._plan.outputs, list | dict) and len(inner._plan.outputs) > 1
        made = self._find(layer)
        return made is not None and bool(made._inbound_nodes) and len(made._inbound_nodes[0].outputs) > 1

    def _find(self, name: str) -> Any:
        """What the run made of the layer; nothing where no output needs it."""
        return next((layer for layer in getattr(self._made, "layers", ()) if layer.name == name), None)
