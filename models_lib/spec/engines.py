"""What the spec alone shows of why the fused engine, asked for by name, cannot serve."""

from collections.abc import Iterator

from models_lib.spec.fitting import FIT
from models_lib.spec.sections import Reading
from models_lib.spec.training import Compile, Fit


def check_engine(reading: Reading, compiled: Compile, fit: Fit) -> None:
    """Refuse `engine: fused` where Python is needed at each batch; with `auto` such a run takes Keras' own."""
    if fit.engine != "fused":
        return
    for why in _obstacles(compiled, fit):
        message = f"the fused engine cannot serve {why}: write engine: auto, which takes Keras' own fit there"
        place = FIT.below("engine")
        fault = place.fault("forbidden", message, found="fused", allowed="auto", patch=place.replacing("auto"))
        reading.refuse(fault)


def _obstacles(compiled: Compile, fit: Fit) -> Iterator[str]:
    if compiled.run_eagerly:
        yield "run_eagerly, which needs Python at each batch"
    if fit.loop is not None:
        yield "a loop of your own"
    board = fit.tensorboard.config if fit.tensorboard is not None else {}
    writes_by_batch = board.get("write_steps_per_second") or board.get("profile_batch")
    if writes_by_batch or board.get("update_freq", "epoch") != "epoch":
        yield "a TensorBoard that writes by batch"
