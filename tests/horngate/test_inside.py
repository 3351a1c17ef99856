"""What a script imports of the published package, where nobody runs it but its author."""

import subprocess
import sys

from tests.stack import ROOT

ALONE = """
import sys
import horngate
assert not {"keras", "httpx", "rich"} & set(sys.modules), "import horngate is light"
assert horngate.report(epoch=1, loss=0.5) is False
assert horngate.should_stop() is False
import keras, numpy as np
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, verbose=0, callbacks=[horngate.Callback(), horngate.Callback()])
from horngate import connect
print(connect.__name__, len(model.history.history["loss"]))
"""


def test_on_a_laptop_a_script_trains_as_it_is_and_is_told_once_that_nobody_listens() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["connect", "2"]
    assert done.stderr.count("does not run inside Horngate") == 1
