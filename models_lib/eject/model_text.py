"""The part of the script that makes the core model and compiles it."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import keras

from models_lib.build.arrangement import arrange_inputs, arrange_outputs, arrangement_of
from models_lib.build.compiling import taken_arguments
from models_lib.build.component_model import can_be_called
from models_lib.build.component_objects import construct_graph
from models_lib.build.model import InputTensor
from models_lib.build.optimizers import assign_optimizers
from models_lib.components.importing import home_of
from models_lib.eject.calls import call_text, write_component, write_object, write_open, write_structure
from models_lib.eject.names import Page, component_text
from models_lib.eject.plan_text import PlanText
from models_lib.spec.keras_plans import plan_keras
from models_lib.spec.models import ComponentModel, KerasModel, own_model
from models_lib.spec.objects import KerasObject
from models_lib.spec.open_arguments import GRAPHS
from models_lib.spec.planning import plan_model
from models_lib.spec.training import Compile, NamedOptimizer
from models_lib.spec.types import RunSpec


def model_lines(spec: RunSpec, core: keras.Model, inputs: Mapping[str, InputTensor], page: Page) -> Iterator[str]:
    """`core`, made in the order in which the run made it."""
    model = own_model(spec.model)
    if isinstance(model, ComponentModel):
        yield from component_lines(model, core, inputs, page)
        return
    text = PlanText(plan_model(model, tuple(inputs)), page, core)
    yield from text.layer_lines()
    own = model.class_name if isinstance(model, KerasModel) else None
    yield from text.core_lines(inputs, component_text(home_of(own), own) if own else "keras.Model")


def component_lines(
    model: ComponentModel, core: keras.Model, inputs: Mapping[str, InputTensor], page: Page
) -> Iterator[str]:
    """A subclassed model, which has its weights when it was called once."""
    yield from made_lines(model, page)
    if not can_be_called(core):
        return
    symbols = {
        name: f"keras.Input({tensor.shape!r}, dtype={tensor.dtype!r}, name={name!r})" for name, tensor in inputs.items()
    }
    yield f"core({write_structure(arrange_inputs(core, symbols))})  # makes its weights"
    arrangement = arrangement_of(core)
    if arrangement is not None and arrangement.outputs == "tuple":
        yield f"core.output_names = {list(arrangement.output_names)!r}  # Keras names the curves by them"


def made_lines(model: ComponentModel, page: Page) -> Iterator[str]:
    """Its construction; where it is given models of layers, each argument is a line, so that seeds are drawn alike."""
    made = KerasObject(class_name=model.class_name, config=model.config)
    if not any(map(_holds_graph, model.config.values())):
        yield f"core = {write_component(made, {})}"
        return
    lines: list[str] = []
    numbers = count(1)

    def write_graph(described: KerasObject) -> str:
        path = f"{described.config.get('name') or 'inner'} {next(numbers)}/"
        plan = plan_keras(described.model_dump(mode="json"), "/model/config")
        name = page.variables.of("model", path)
        lines.extend(PlanText(plan, page, construct_graph(described), path).alone_lines(name))
        return name

    given = {}
    for argument, value in model.config.items():
        text, given[argument] = write_open(argument, value, write_graph), page.variables.of("argument", argument)
        yield from lines
        lines.clear()
        yield f"{given[argument]} = {text}"
    public = component_text(home_of(model.class_name), model.class_name)
    yield f"core = {call_text(public, given)}"


def _holds_graph(value: Any) -> bool:
    match value:
        case KerasObject():
            return value.class_name in GRAPHS or any(map(_holds_graph, value.config.values()))
        case list() | tuple():
            return any(map(_holds_graph, value))
        case dict():
            return any(map(_holds_graph, value.values()))
    return False


def compile_lines(described: Compile, core: keras.Model, page: Page) -> Iterator[str]:
    """`jit_compile` is never left to Keras, so that every machine computes the same."""
    if isinstance(described.optimizer, KerasObject):
        optimizer = write_object("optimizer", described.optimizer)
    else:
        yield from optimizer_lines(described.optimizer, core, page)
        optimizer = "optimizer"
    given: dict[str, Any] = {"optimizer": optimizer, "loss": None, "loss_weights": None}
    if described.loss:
        losses = {name: write_object("loss", loss) for name, loss in described.loss.items()}
        given["loss"] = write_structure(arrange_outputs(core, losses))
    if described.loss_weights:
        weights = {name: repr(described.loss_weights.get(name, 1.0)) for name in described.loss}
        given["loss_weights"] = write_structure(arrange_outputs(core, weights))
    for kind in ("metrics", "weighted_metrics"):
        listed: Mapping[str, tuple[KerasObject, ...]] = getattr(described, kind)
        texts = {name: metric_list(listed.get(name, ())) for name in described.loss or listed}
        given[kind] = write_structure(arrange_outputs(core, texts)) if listed else None
    given |= {option: repr(getattr(described, option)) for option in OPTIONS}
    given["jit_compile"] = repr(described.jit_compile is True)
    has_own = type(core).compile is not keras.Model.compile
    taken = {name: text for name, text in taken_arguments(core, given).items() if has_own or _is_said(name, text)}
    taken |= {name: write_open(name, value) for name, value in described.own.items()}
    if has_own:
        yield "core._tracker.unlock()  # its compile may add metrics, as it may before the first call"
    yield "core.compile("
    yield from (f"    {name}={text}," for name, text in taken.items())
    yield ")"
    if described.run_eagerly:
        yield "core.run_eagerly = True"


OPTIONS = ("run_eagerly", "steps_per_execution", "auto_scale_loss")


def _is_said(name: str, text: str | None) -> bool:
    """Whether an argument of Keras' own `compile` is more than its default."""
    if name in OPTIONS:
        return text != repr(Compile.model_fields[name].default)
    return text is not None


def metric_list(metrics: tuple[KerasObject, ...]) -> str:
    return "[" + ", ".join(write_object("metric", metric) for metric in metrics) + "]"


def optimizer_lines(described: Mapping[str, NamedOptimizer], core: keras.Model, page: Page) -> Iterator[str]:
    """Several optimizers; the last of them has the weights that no other one names."""
    names = assign_optimizers(core, dict(described)).names
    trained = [(variable.path, names[id(variable)]) for variable in core.trainable_variables]
    rest = next((name for name, part in described.items() if not part.layers), list(described)[-1])
    variables = {name: page.variables.of("optimizer", name) for name in described}
    for name, part in described.items():
        yield f"{variables[name]} = {write_object('optimizer', part.use, name=name)}"
    if len({path for path, _ in trained}) < len(set(trained)):  # weights of one path with two optimizers
        listed = ", ".join(variables[name] for _, name in trained)
        yield f"trained_by = dict(zip(map(id, core.trainable_variables), [{listed}]))"
        yield "optimizer = keras.optimizers.MultiOptimizer(lambda weight: trained_by[id(weight)])"
        return
    paths = {name: [path for path, trainer in trained if trainer == name] for name in described if name != rest}
    own = [f"**dict.fromkeys({listed!r}, {variables[name]})" for name, listed in paths.items()]
    yield f"trained_by = {{{', '.join(own)}}}"
    yield f"optimizer = keras.optimizers.MultiOptimizer(lambda weight: trained_by.get(weight.path, {variables[rest]}))"
