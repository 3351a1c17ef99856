"""Models of `keras.applications`, made anew by Keras' own functions: nothing is downloaded."""

from fnmatch import fnmatchcase
from typing import Any

import keras

from models_lib.build.objects import construct
from models_lib.spec.planning import is_trainable
from models_lib.spec.plans import Application, PlannedLayer


def make_application(part: PlannedLayer, application: Application, shape: tuple[int | None, ...] | None) -> keras.Model:
    """The model under the part's name, for tensors of this shape where neither its config nor Keras says another."""
    extra: dict[str, Any] = {"weights": None}
    if not application.described.config.get("input_shape") and shape is not None:
        extra["input_shape"] = shape
    model = construct("application", application.described, **extra)
    model.name = part.name  # not an argument: EfficientNetV2 looks its blocks up by it
    if application.cut_at:
        outputs = [model.get_layer(name).output for name in application.cut_at]
        model = keras.Model(model.input, outputs[0] if len(outputs) == 1 else outputs, name=part.name)
    paths = list(paths_of(model))
    for own, globs in application.frozen_by:
        for glob in globs:
            if (not own or glob.startswith(f"{own}/")) and not any(_matches(own, path, glob) for path, _ in paths):
                raise ValueError(f"no layer of it matches {glob!r}, e.g. {', '.join(path for path, _ in paths[:8])}")
    for path, layer in paths:
        trainable = part.trainable
        for own, globs in application.frozen_by:
            trainable = is_trainable(_below(own, path), globs, trainable)
        layer.trainable = trainable
    return model


def paths_of(model: keras.Model, prefix: str = "") -> list[tuple[str, keras.Layer]]:
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += paths_of(layer, f"{prefix}{layer.name}/")
        else:
            found.append((f"{prefix}{layer.name}", layer))
    return found


def _matches(own: str, path: str, glob: str) -> bool:
    return fnmatchcase(_below(own, path), glob)


def _below(own: str, path: str) -> str:
    return f"{own}/{path}" if own else path
