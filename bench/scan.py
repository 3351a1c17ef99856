"""An epoch as one compiled JAX program, `lax.scan` over the batches, data on the device: the limit to be reached.

Stacks of dense layers are written by hand; of other models the step is Keras' own for JAX, which computes its loss and
metrics, and the loop around it is ours.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras

from bench.workloads import Workload, make

Step = Callable[[Any, Any, Any], tuple[Any, Any]]
"""State, inputs and targets of a batch: the next state, and what to report."""
ACTIVATIONS = {"linear": lambda x: x, "relu": jax.nn.relu}
ADAM = 0.9, 0.999, 1e-7


def scan_epochs(workload: Workload) -> Callable[[Any], None]:
    """Trains an epoch in the given order of the rows, and returns when it is done."""
    model = make(workload)
    is_dense = all(type(layer) in (keras.layers.InputLayer, keras.layers.Dense) for layer in model.layers)
    step, state = (by_hand if is_dense and model.loss == "mse" else by_keras)(model, workload)
    inputs, target = jax.device_put((workload.inputs, workload.target))
    train, held = jax.jit(epoch_of(step, len(workload.target), workload.batch), donate_argnums=0), [state]

    def epoch(order: Any) -> None:
        held[0], told = train(held[0], inputs, target, order)
        jax.block_until_ready((held[0], told))

    return epoch


def epoch_of(step: Step, rows: int, batch: int) -> Callable[..., Any]:
    whole = rows // batch * batch

    def epoch(state: Any, inputs: Any, target: Any, order: Any) -> tuple[Any, Any]:
        def on_rows(state: Any, at: Any) -> tuple[Any, Any]:
            return step(state, jax.tree.map(lambda column: column[at], inputs), target[at])

        state, told = jax.lax.scan(on_rows, state, order[:whole].reshape(-1, batch))
        if whole < rows:
            state, _ = on_rows(state, order[whole:])
        return state, jax.tree.map(jnp.mean, told)

    return epoch


def by_keras(model: keras.Model, workload: Workload) -> tuple[Step, Any]:
    first = {name: column[:2] for name, column in workload.inputs.items()}
    model.train_on_batch(first if len(first) > 1 else first["x"], workload.target[:2])  # makes its metrics' variables
    of_model = model.trainable_variables, model.non_trainable_variables
    kept = *of_model, model.optimizer.variables, model.metrics_variables

    def step(state: Any, inputs: Any, target: Any) -> tuple[Any, Any]:
        told, state = model.train_step(state, (inputs if len(inputs) > 1 else inputs["x"], target))
        return state, told

    return step, jax.tree.map(lambda variable: jnp.array(variable.value), kept)


def by_hand(model: keras.Model, _: Workload) -> tuple[Step, Any]:
    """Dense layers, mean squared error, SGD or Adam with Keras' own constants."""
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    weights = [tuple(jnp.array(part.value) for part in (layer.kernel, layer.bias)) for layer in dense]
    activations = [ACTIVATIONS[layer.activation.__name__] for layer in dense]
    rate, is_adam = float(model.optimizer.learning_rate), isinstance(model.optimizer, keras.optimizers.Adam)

    def loss(weights: Any, inputs: Any, target: Any) -> Any:
        x = inputs["x"]
        for (kernel, bias), activate in zip(weights, activations, strict=True):
            x = activate(x @ kernel + bias)
        return jnp.mean((x - target) ** 2)

    def descend(state: Any, inputs: Any, target: Any) -> tuple[Any, Any]:
        found, slopes = jax.value_and_grad(loss)(state, inputs, target)
        return jax.tree.map(lambda w, g: w - rate * g, state, slopes), found

    def adapt(state: Any, inputs: Any, target: Any) -> tuple[Any, Any]:
        weights, means, squares, done = state
        found, slopes = jax.value_and_grad(loss)(weights, inputs, target)
        one, two, little = ADAM
        means = jax.tree.map(lambda m, g: m + (1 - one) * (g - m), means, slopes)
        squares = jax.tree.map(lambda v, g: v + (1 - two) * (g * g - v), squares, slopes)
        by = rate * jnp.sqrt(1 - two ** (done + 1)) / (1 - one ** (done + 1))
        weights = jax.tree.map(lambda w, m, v: w - by * m / (jnp.sqrt(v) + little), weights, means, squares)
        return (weights, means, squares, done + 1), found

    if is_adam:
        return adapt, (weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights), 0.0)
    return descend, weights
