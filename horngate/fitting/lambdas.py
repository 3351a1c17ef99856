"""`Lambda` layers by the source of their function: Keras itself would write its bytecode."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from horngate.errors import FitRefused
from horngate.fitting.objects import OwnObjects


@contextmanager
def lambdas_by_name(own: OwnObjects) -> Iterator[None]:
    """While inside, a Lambda's configuration names its function, noted in `own`, and nothing else."""
    before = keras.layers.Lambda.get_config

    def get_config(layer: Any) -> dict[str, Any]:
        if layer.arguments or layer.mask is not None:
            raise FitRefused(
                "model",
                f"has a Lambda {layer.name!r} with arguments or a mask: write a function that has them inside",
            )
        return {"name": layer.name, "function": own.mark_object(layer.function)}

    keras.layers.Lambda.get_config = get_config
    try:
        yield
    finally:
        keras.layers.Lambda.get_config = before
