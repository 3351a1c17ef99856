"""What the spec alone shows of why an engine that it asks for by name cannot serve."""

from collections.abc import Iterator

from models_lib.spec.fitting import FIT, check_steps
from models_lib.spec.optimizers import check_swapping
from models_lib.spec.sections import Reading
from models_lib.spec.training import Compile, Fit


def check_training(reading: Reading, compiled: Compile, fit: Fit) -> None:
    """What `compile` and `fit` say that cannot be done together."""
    check_swapping(reading, compiled, fit)
    check_engine(reading, compiled, fit)
    check_steps(reading, compiled, fit)


def check_engine(reading: Reading, compiled: Compile, fit: Fit) -> None:
    """Refuse `fused` and `xla` where each batch needs Python, and `xla` where the spec wants Keras' own bits."""
    if fit.engine not in ("fused", "xla"):
        return
    place = FIT.below("engine")
    for why in obstacles(compiled, fit):
        message = f"the {fit.engine} engine cannot serve {why}: write engine: auto, which takes Keras' own fit there"
        patch = place.replacing("auto")
        reading.refuse(place.fault("forbidden", message, found=fit.engine, allowed="auto", patch=patch))
    if fit.engine == "xla" and fit.exact:
        message = (
            "XLA does what Keras does within rounding, not bit for bit: write exact: false beside it, or engine: auto"
        )
        reading.refuse(place.fault("forbidden", message, found="xla", allowed="exact: false"))


def obstacles(compiled: Compile, fit: Fit) -> Iterator[str]:
    """What needs Python at each batch."""
    if compiled.run_eagerly:
        yield "run_eagerly, which needs Python at each batch"
    if fit.loop is not None:
        yield "a loop of your own"
    board = fit.tensorboard.config if fit.tensorboard is not None else {}
    writes_by_batch = board.get("write_steps_per_second") or board.get("profile_batch")
    if writes_by_batch or board.get("update_freq", "epoch") != "epoch":
        yield "a TensorBoard that writes by batch"
