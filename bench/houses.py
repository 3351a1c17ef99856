"""The workload that is measured: a table like California housing (16,512 rows, 8 numbers), an MLP 8-30-30-1 over it."""

import numpy as np

COLUMNS = tuple(f"x{i}" for i in range(8))
ROWS = 16_512


def table() -> str:
    """CSV text; the same at every call."""
    draw = np.random.default_rng(7)
    x = draw.normal(size=(ROWS, len(COLUMNS)))
    y = x @ draw.normal(size=len(COLUMNS)) + np.sin(3 * x[:, 0]) + draw.normal(scale=0.1, size=ROWS)
    lines = (",".join(f"{value:.5f}" for value in row) for row in np.column_stack([x, y]))
    return ",".join([*COLUMNS, "price"]) + "\n" + "\n".join(lines) + "\n"


def spec(epochs: int = 2) -> dict[str, object]:
    return {
        "name": "bench",
        "dataset": "houses",
        "inputs": {"features": {"columns": list(COLUMNS)}},
        "targets": {"price": {"column": "price", "normalize": True}},
        "split": {"validation": 0.2, "test": 0.1},
        "model": {
            "kind": "sequential",
            "layers": ['Dense(30, activation="relu")', 'Dense(30, activation="relu")', "Dense(1)"],
        },
        "compile": {"optimizer": "Adam(1e-3)", "loss": "mse"},
        "fit": {"epochs": epochs, "batch_size": 32},
    }
