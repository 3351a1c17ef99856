"""What several devices, or several machines, cannot train together, as far as the spec alone shows it."""

from collections.abc import Iterator

from models_lib.spec.engines import obstacles
from models_lib.spec.objects import KerasObject
from models_lib.spec.optimizers import OPTIMIZER
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.types import Resources, RunSpec

WORKERS = Place("/resources/workers")


def check_machines(reading: Reading, spec: RunSpec | None) -> RunSpec | None:
    """Refuse gradients gathered over batches on several devices, and on several workers all that needs Python."""
    if spec is None:
        return None
    resources = spec.resources
    if resources.workers > 1:
        for why in _alone(spec):
            message = f"several workers cannot train {why} together: leave workers out, or ask for gpus of one machine"
            reading.refuse(WORKERS.fault("forbidden", message, found=resources.workers, allowed=1))
    devices = resources.workers * (resources.gpus if isinstance(resources.gpus, int) else 1)
    if devices > 1:
        for place, steps in _gathered(spec):
            message = (
                "Keras cannot gather gradients over batches on several devices: leave gradient_accumulation_steps out, "
                f"and write fit.batch_size: {steps * spec.fit.batch_size}"
            )
            reading.refuse(place.fault("forbidden", message, found=steps, allowed="one device"))
    return spec


def refuse_company(reading: Reading, resources: Resources | None) -> None:
    """Refuse several workers for a script."""
    if resources is not None and resources.workers > 1:
        message = "a script is one process on one machine: leave workers out"
        reading.refuse(WORKERS.fault("forbidden", message, found=resources.workers, allowed=1))


def _alone(spec: RunSpec) -> Iterator[str]:
    if spec.components:
        yield "with uploaded code, which has no network"
    yield from obstacles(spec.compile, spec.fit)


def _gathered(spec: RunSpec) -> Iterator[tuple[Place, int]]:
    named = spec.compile.optimizer
    parts = {"": named} if isinstance(named, KerasObject) else {name: part.use for name, part in named.items()}
    for name, optimizer in parts.items():
        steps = optimizer.config.get("gradient_accumulation_steps")
        if isinstance(steps, int) and steps > 1:
            yield (OPTIMIZER.below(name, "use") if name else OPTIMIZER), steps
