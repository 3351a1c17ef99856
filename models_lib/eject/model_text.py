"""The part of the script that builds, compiles and fits the model."""

from collections.abc import Iterator, Mapping
from typing import Any

from models_lib.build.direction import settle_mode
from models_lib.build.model import InputTensor
from models_lib.eject.calls import NotEjectable, Variables, write_bare, write_object
from models_lib.spec.models import Functional, Sequential
from models_lib.spec.objects import KerasObject
from models_lib.spec.planning import plan_model
from models_lib.spec.plans import PlannedCall, Tensor
from models_lib.spec.training import Compile
from models_lib.spec.types import RunSpec


def model_lines(spec: RunSpec, inputs: Mapping[str, InputTensor], variables: Variables) -> Iterator[str]:
    """Layers in the order of the spec, so that their seeds are drawn alike; then their calls."""
    model = spec.model
    if not isinstance(model, Sequential | Functional):
        raise NotEjectable(f"A model of kind {model.kind} is not written yet.")
    plan = plan_model(model, tuple(inputs))
    for part in plan.layers:
        if not isinstance(part.made_of, KerasObject):
            raise NotEjectable(f"{part.name!r}, a model inside the model, is not written yet.")
        layer = variables.of("layer", part.name)
        yield f"{layer} = {write_object('layer', part.made_of, name=part.name)}"
        if not part.trainable:
            yield f"{layer}.trainable = False"
    for name, tensor in inputs.items():
        yield f"{symbol(variables, name)} = keras.Input({tensor.shape!r}, dtype={tensor.dtype!r}, name={name!r})"
    yield from (call_line(call, variables) for call in plan.calls)
    outputs = {name: refer(variables, tensor) for name, tensor in plan.outputs.items()}
    taken = write_bare({name: symbol(variables, name) for name in inputs})
    yield f'core = keras.Model({taken}, {write_bare(outputs)}, name="core")'


def symbol(variables: Variables, key: str) -> str:
    return variables.of("tensor", f"{key}_out")


def refer(variables: Variables, tensor: Tensor) -> str:
    """The tensor that is meant: `lstm:1` is the second output."""
    name = symbol(variables, tensor.key)
    return f"{name}[{tensor.at}]" if tensor.layer in variables.several else name


def call_line(call: PlannedCall, variables: Variables) -> str:
    positional = [argument(variables, value) for value in call.positional]
    named = [f"{name}={argument(variables, value)}" for name, value in call.named.items()]
    return f"{symbol(variables, call.key)} = {variables.of('layer', call.layer)}({', '.join([*positional, *named])})"


def argument(variables: Variables, value: Any) -> str:
    if isinstance(value, Tensor):
        return refer(variables, value)
    if isinstance(value, list):
        return "[" + ", ".join(argument(variables, part) for part in value) + "]"
    return repr(value)


def compile_lines(described: Compile) -> Iterator[str]:
    """`jit_compile` is never left to Keras, so that every machine computes the same."""
    if not isinstance(described.optimizer, KerasObject):
        raise NotEjectable("Several optimizers are not written yet.")
    yield "core.compile("
    yield f"    optimizer={write_object('optimizer', described.optimizer)},"
    yield f"    loss={write_bare({name: write_object('loss', loss) for name, loss in described.loss.items()})},"
    if described.loss_weights:
        weights = {name: repr(described.loss_weights.get(name, 1.0)) for name in described.loss}
        yield f"    loss_weights={write_bare(weights)},"
    for field in ("metrics", "weighted_metrics"):
        if metrics := getattr(described, field):
            yield f"    {field}={write_bare({name: metric_list(metrics.get(name, ())) for name in described.loss})},"
    for option in ("run_eagerly", "steps_per_execution", "auto_scale_loss"):
        if getattr(described, option) != Compile.model_fields[option].default:
            yield f"    {option}={getattr(described, option)!r},"
    yield f"    jit_compile={described.jit_compile is True},"
    yield ")"


def metric_list(metrics: tuple[KerasObject, ...]) -> str:
    return "[" + ", ".join(write_object("metric", metric) for metric in metrics) + "]"


def callback_lines(spec: RunSpec) -> Iterator[str]:
    """Those that may change the training; boards and tables are left out."""
    for described in spec.fit.callbacks:
        monitor = described.config.get("monitor")
        if described.class_name == "CSVLogger":
            yield f"    {write_object('callback', described, filename='training.csv', append=False)},"
        elif isinstance(monitor, str):
            mode = mode_of(spec, monitor, described.config.get("mode"))
            yield f"    {write_object('callback', described, mode=mode)},"
        else:
            yield f"    {write_object('callback', described)},"
    if stopping := spec.fit.early_stopping:
        monitor = stopping.monitor or spec.fit.monitor or "loss"
        given = stopping.model_dump() | {"monitor": monitor, "mode": mode_of(spec, monitor, stopping.mode)}
        yield f"    keras.callbacks.EarlyStopping({', '.join(f'{name}={value!r}' for name, value in given.items())}),"


def mode_of(spec: RunSpec, monitor: str, given: object) -> str:
    if given in ("min", "max"):
        return str(given)
    return settle_mode(spec, monitor, spec.fit.mode if monitor == spec.fit.monitor else "auto")
