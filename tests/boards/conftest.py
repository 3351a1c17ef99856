"""What these tests leave to others: TensorBoard as it is."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def tensorboard_is_loaded_anew_afterwards() -> Iterator[None]:
    """Loaded for the boards it has a stub in TensorFlow's place, and Keras' own callback needs the real one."""
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in ("tensorboard", "boards")]:
        del sys.modules[name]
