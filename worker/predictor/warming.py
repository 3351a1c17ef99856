"""The first use of Keras in a process costs some tenths of a second: spare children pay them in advance."""

import keras


def warm_up() -> None:
    """Build and compile a tiny model, symbolically."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    keras.backend.clear_session()
