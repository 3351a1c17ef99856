"""A GPU adds in one order where the same bits were promised. No test machine has one: TensorFlow is told of one."""

import subprocess
import sys

BEGIN = """
import tensorflow as tf
from tensorflow.python.framework.config import is_op_determinism_enabled

from models_lib.train.devices import use_devices

tf.config.experimental.set_memory_growth = lambda device, enable: None
for kinds, is_exact in ((), True), (("GPU",), False), (("GPU",), True):
    found = [tf.config.PhysicalDevice(f"/physical_device:{kind}:0", kind) for kind in kinds]
    tf.config.list_physical_devices = lambda kind=None, found=found: found
    use_devices(None, is_exact=is_exact)
    print(is_op_determinism_enabled())
"""


def test_a_gpu_adds_in_one_order_where_the_same_bits_are_promised() -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN], capture_output=True, text=True, check=True, timeout=120)

    assert done.stdout.split() == ["False", "False", "True"]
