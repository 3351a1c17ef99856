"""Runs scripts in plain Keras, each in a fresh child of one process that has imported it: python -I alone.py

Reads lines of JSON, {script, arguments, cwd, out}, and answers each with the child's exit status.
"""

import json
import os
import runpy
import sys

import duckdb  # noqa: F401 - imported once, for all children
import keras
import numpy as np  # noqa: F401 - likewise
import tensorflow as tf

# Lazy parts that every script uses; no operation is run here, or the children would hang.
_ = (keras.Model, keras.layers.Dense, keras.optimizers.Adam, tf.data.Dataset)


def run(task: dict[str, object]) -> int:
    """In a child: the script, as Python itself would run it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    log = os.open(str(task["out"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(str(task["cwd"]))
    sys.argv = [str(task["script"]), *task["arguments"]]  # type: ignore[misc]  # a list of words
    status = 1
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
        status = 0
    except BaseException:  # noqa: BLE001 - the child ends here, whatever it was
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    os._exit(status)


for line in sys.stdin:
    print(run(json.loads(line)), flush=True)  # noqa: T201 - the answer
