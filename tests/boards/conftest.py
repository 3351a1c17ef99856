"""Tests of all rooms share one process, and Keras' own TensorBoard callback needs the real TensorFlow there."""

import sys

import pytest

import boards.without_tensorflow  # noqa: F401  # first, so that no test's import brings the stub back

# That the boards do without is tested in processes of their own.
del sys.modules["tensorboard.compat.notf"]


@pytest.fixture(scope="session", autouse=True)
def loaded_tensorflow() -> None:
    """Here, without the stub, TensorBoard imports TensorFlow at its first look at a folder: not while one waits."""
    from tensorboard.compat import tf

    assert tf.__version__
