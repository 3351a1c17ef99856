"""Models without weights: for shapes alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras.src.backend.common import global_state


@contextmanager
def without_weights() -> Iterator[None]:
    """Variables that are made inside have no values, then or later.

    Keras keeps a list of them, and would give them values, gigabytes perhaps, as soon as the next such scope ends.
    """
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", [])
