"""A run in small: one batch trained and one validated, saved, loaded and exported, before anything is queued."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models_lib.build.refusals import plain_words
from models_lib.data.faults import DataFault
from models_lib.data.preparing import PreparedPart, prepare_parts
from models_lib.export.artifacts import export_model
from models_lib.export.exporting import Exported
from models_lib.spec.exports import list_exports
from models_lib.spec.faults import Fault
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.beginning import read_beginning
from models_lib.train.building import build_model, enter_components, load_data, make_batches, summarise
from models_lib.train.checkpoints import read_checkpoint
from models_lib.train.devices import use_devices
from models_lib.train.fitting import Fitted, fit_core
from models_lib.train.fused.running import FusedEngine
from models_lib.train.job import Job
from models_lib.train.state import put_state
from models_lib.train.wishes import Wishes

TIMED_STEPS = 5
FUSED_STEPS = 16
LARGE = 1e6


@dataclass
class Preflight:
    """What was tried, how long it took, and what came of it."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    exports: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] | None = None
    estimate: dict[str, Any] | None = None

    @contextmanager
    def trying(self, name: str, pointer: str) -> Iterator[None]:
        """One step; whatever it raises becomes a fault at `pointer`."""
        started = time.monotonic()
        try:
            yield
        except (DataFault, MemoryError):
            raise
        except tf.errors.ResourceExhaustedError as error:  # the trainer may have more memory than a checker
            raise MemoryError(name) from error
        except Exception as error:
            message = f"The pre-flight failed at this: {name}. {plain_words(error)}"
            raise DataFault(Fault(pointer=pointer, message=message, code="bad_graph")) from error
        self.steps.append({"name": name, "seconds": round(time.monotonic() - started, 3)})

    def to_json(self) -> dict[str, Any]:
        return vars(self)


def fly(job: Job, folder: Path) -> Preflight:
    """Try everything that the run will do; raises DataFault with a pointer where something cannot work."""
    flight, spec, out = Preflight(), job.spec, folder / "out"
    use_devices(job.threads)
    components = enter_components(spec, folder)
    with flight.trying("load the data", "/dataset"):
        data = load_data(spec, job, folder)
    with flight.trying("build the model", "/model"):
        core, targets = build_model(spec, data, read_beginning(job, folder))
        parts = prepare_parts(spec, data.rows, data.tensors, targets)
    flight.summary = measure_layers(core, spec)
    small = {part: tensors.first(size_of_batch(spec, part)) for part, tensors in parts.items()}
    batches = {part: make_batches(core, shortened(spec), small, part) for part in small if part != "test"}
    with flight.trying("train and validate a batch, call the callbacks, save", "/fit"):
        fitted = fit_core(
            core,
            shortened(spec),
            batches,
            out=out,
            report=lambda _: None,
            wishes=Wishes(),
            parts=small,
        )
    with flight.trying("load what was saved, compare", "/fit/checkpoint"):
        reload_weights(core, out)
    flight.warnings += warn_of_scores(fitted)
    with flight.trying("export", "/export"):
        result = export_model(
            core,
            data.inputs,
            targets,
            spec=spec,
            data=data.rows,
            history=fitted.history,
            out=out,
            components=components,
        )
    for export in result.exports:
        flight.exports.append({**export.to_json(), "ok": isinstance(export, Exported)})
        if not isinstance(export, Exported):
            message = f"The export {export.format} of {export.inputs} cannot be made: {export.reason}"
            flight.warnings.append({"pointer": export.pointer, "code": "export_failed", "message": message})
    with flight.trying("time some steps", "/fit"):
        flight.estimate = estimate(core, spec, parts, batches, flight.summary, fitted.engine)
    return flight


def size_of_batch(spec: RunSpec, part: str) -> int:
    return spec.fit.batch_size if part == "train" else spec.fit.validation_batch_size or spec.fit.batch_size


def shortened(spec: RunSpec) -> RunSpec:
    """One epoch of all rows, validated."""
    one = {"epochs": 1, "initial_epoch": 0, "validation_freq": 1, "steps_per_epoch": None, "validation_steps": None}
    return spec.model_copy(update={"fit": spec.fit.model_copy(update=one)})


def reload_weights(core: keras.Model, out: Path) -> None:
    """The checkpoint that was just written, put into a model whose weights were lost."""
    [folder] = [path for path in (out / "checkpoints").iterdir() if path.name.startswith("last-")]
    trained = core.get_weights()
    core.set_weights([np.zeros_like(array) for array in trained])
    state = read_checkpoint(folder)
    state.plain["callbacks"] = []
    put_state(core, [], state)
    if not all(np.array_equal(one, other) for one, other in zip(trained, core.get_weights(), strict=True)):
        raise ValueError("The weights that were loaded are not those that were saved.")


def warn_of_scores(fitted: Fitted) -> Iterator[dict[str, Any]]:
    """A first loss far from one: the targets or the inputs are likely not scaled."""
    metrics = (fitted.last or {}).get("metrics", {})
    loss = metrics.get("loss")
    if loss is None:
        message = "The loss of the first batch is no finite number: look at the inputs, the loss and the learning rate."
        yield {"pointer": "/compile/loss", "code": "non_finite", "message": message}
    elif abs(loss) > LARGE:
        message = f"The loss of the first batch is {loss:.3g}: write normalize: true at a target of large numbers."
        yield {"pointer": "/targets", "code": "large_loss", "message": message}


def measure_layers(core: keras.Model, spec: RunSpec) -> dict[str, Any]:
    """The summary, with the bytes of each layer's weights and of what it gives for one batch."""
    summary = summarise(core, spec)
    known = {layer.name: layer for layer in core.layers}
    for said, layer in ((said, known[said["name"]]) for said in summary["layers"] if said["name"] in known):
        outputs = keras.tree.flatten(outputs_of(layer))
        numbers = sum(int(np.prod([axis or 1 for axis in tensor.shape[1:]])) for tensor in outputs)
        said["bytes"] = sum(int(np.prod(weight.shape)) * 4 for weight in layer.weights)
        said["activation_bytes"] = 4 * numbers * spec.fit.batch_size
    return summary


def outputs_of(layer: keras.Layer) -> Any:
    """The symbolic outputs of its first call; nothing where only a component's own code calls it."""
    return layer._inbound_nodes[0].output_tensors if layer._inbound_nodes else []


def estimate(
    core: keras.Model,
    spec: RunSpec,
    parts: Mapping[str, PreparedPart],
    batches: Mapping[str, Batches],
    summary: Mapping[str, Any],
    engine: FusedEngine | None = None,
) -> dict[str, Any]:
    """What the whole run will take, on a machine like this one; the run may stop earlier."""

    def time_part(part: str) -> float:
        if engine is not None:
            some = parts[part].first(FUSED_STEPS * size_of_batch(spec, part))
            return engine.time_step(Batches(core, some, size_of_batch(spec, part)), trains=part == "train")
        return time_batches(core.make_train_function() if part == "train" else core.make_test_function(), batches[part])

    trained = time_part("train")
    steps = spec.fit.steps_per_epoch or -(-parts["train"].rows // spec.fit.batch_size)
    epoch = steps * trained
    if "validation" in batches:
        held = -(-parts["validation"].rows // size_of_batch(spec, "validation"))
        epoch += min(held, spec.fit.validation_steps or held) * time_part("validation")
    data = sum(array.nbytes for part in parts.values() for array in (*part.inputs.values(), *part.targets.values()))
    return {
        "step_ms": round(trained * 1000, 3),
        "steps": steps,
        "epochs": spec.fit.epochs,
        "seconds": round(epoch * spec.fit.epochs, 3),
        "memory_bytes": int(summary["training_bytes"] + data),
        "exports": len(list_exports(spec.export)),
    }


def time_batches(function: Callable[[Any], Any], batches: Batches) -> float:
    """Seconds for one batch: the quickest of some, as it was traced before."""
    seconds = []
    for _ in range(TIMED_STEPS):
        iterator = iter(batches.dataset)
        started = time.perf_counter()
        keras.tree.map_structure(keras.ops.convert_to_numpy, function(iterator))
        seconds.append(time.perf_counter() - started)
    return min(seconds)
