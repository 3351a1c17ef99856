"""Checks of callbacks and models: a tiny training that they take part in."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.layers import as_tensors, inputs
from models_lib.components.doctor.running import Modes, explain
from models_lib.components.doctor.subjects import CannotMake, Subject, short

ROWS = 12


def check_callback(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Every hook of fit, evaluate and predict is called once at least."""
    callback = subject.make()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(use_ema=True), "mse", metrics=["mae"])
    x, y = np.ones((ROWS, 4), "float32"), np.ones((ROWS, 1), "float32")
    try:
        model.fit(x, y, validation_data=(x, y), epochs=2, batch_size=4, verbose=0, callbacks=[callback])
        model.evaluate(x, y, verbose=0, callbacks=[callback])
        model.predict(x, verbose=0, callbacks=[callback])
    except Exception as error:  # told to its author
        if isinstance(error, AttributeError) and error.obj is model:
            return  # it asks its own model for its parts, as GANMonitor does for the generator: ours has none
        yield subject.find(
            "raises",
            "error",
            f"{subject.name} fails in a training of two epochs with validation: {short(error)}",
            "Hooks are called as on_epoch_end(self, epoch, logs=None); logs has loss, metrics and their val_… twins.",
            line=subject.line_of(error),
        )


def check_model(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """A subclassed model is called in a graph on the first usual input that it takes; raises CannotMake."""
    x, model = fitting_model(subject)
    parts = keras.tree.flatten(as_tensors(x))
    mode = Modes(
        subject, lambda *given: model(keras.tree.pack_sequence_as(x, list(given))), parts, watched=model, any_batch=True
    )
    modes.append(mode)
    yield from mode.compare()


def fitting_model(subject: Subject) -> tuple[Any, Any]:
    """Rows, sequences, images, two inputs as a tuple or a list; raises CannotMake."""
    tuples = [tuple(x) for x in inputs() if isinstance(x, list)]
    first: Exception | None = None
    for x in (*inputs(), *tuples):
        model = subject.make()
        try:
            model(as_tensors(x))
        except Exception as error:  # another input may fit
            if explain(error, "")[0] in ("variables-created-in-call",):
                return x, model
            first = first or error
        else:
            return x, model
    raise CannotMake(f"no usual input fits: {short(first)}" if first else "no input fits")
