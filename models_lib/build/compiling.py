"""`compile`, in Keras' own terms."""

from collections.abc import Mapping
from typing import Any

import keras

from models_lib.build.model import bare
from models_lib.build.objects import construct
from models_lib.build.optimizers import make_optimizer
from models_lib.spec.objects import KerasObject
from models_lib.spec.training import Compile


def compile_core(core: keras.Model, described: Compile) -> None:
    """Compile the core; `jit_compile: auto` means no XLA, so that every machine computes the same."""
    core.compile(
        optimizer=make_optimizer(core, described),
        loss=bare({name: construct("loss", loss) for name, loss in described.loss.items()}),
        loss_weights=_loss_weights(described),
        metrics=_metrics(described, described.metrics),
        weighted_metrics=_metrics(described, described.weighted_metrics),
        run_eagerly=described.run_eagerly,
        steps_per_execution=described.steps_per_execution,
        jit_compile=described.jit_compile is True,
        auto_scale_loss=described.auto_scale_loss,
    )


def _loss_weights(described: Compile) -> Any:
    weights = described.loss_weights
    return bare({name: weights.get(name, 1.0) for name in described.loss}) if weights else None


def _metrics(described: Compile, metrics: Mapping[str, tuple[KerasObject, ...]]) -> Any:
    if not metrics:
        return None
    return bare({name: [construct("metric", metric) for metric in metrics.get(name, ())] for name in described.loss})
