"""What the last bits of a training's numbers depend on beside its spec and its data: versions and hardware."""

import platform
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import tensorflow as tf

from models_lib.train.reports import Report, Warned

RESUMED_INEXACT = "resumed_inexact"
CPUINFO = Path("/proc/cpuinfo")
COUNTING = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile")
"""Instructions by which TensorFlow chooses how it adds up."""


def describe_cpu(cpuinfo: Path = CPUINFO) -> str:
    """The processor's model and what it can; "" where the system does not say."""
    try:
        text = cpuinfo.read_text()
    except OSError:
        return ""
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    flags = re.search(r"^flags\s*: (.*)$", text, re.MULTILINE)
    able = set(flags[1].split()) if flags else set()
    return " ".join([model[1] if model else platform.machine(), *(name for name in COUNTING if name in able)])


# Read before a trainer is forked and locked in.
CPU = describe_cpu()
VERSIONS = {name: version(name) for name in ("keras", "numpy")} | {"tensorflow": tf.version.VERSION}


@cache
def take_fingerprint() -> dict[str, str]:
    """Of this process, once its devices and threads are settled."""
    gpus = tf.config.get_visible_devices("GPU")
    names = [str(tf.config.experimental.get_device_details(gpu).get("device_name", "GPU")) for gpu in gpus]
    threads = tf.config.threading.get_intra_op_parallelism_threads()
    return {**VERSIONS, "processor": CPU, "threads": str(threads), "gpus": ", ".join(names)}


def tell_differences(saved: Mapping[str, str] | None, report: Report) -> None:
    """A warning where the training goes on under other conditions than those it was saved under."""
    if saved is None:
        return
    here = take_fingerprint()
    changed = [
        f"{name} {saved.get(name) or 'none'} → {here[name] or 'none'}" for name in here if saved.get(name) != here[name]
    ]
    if changed:
        message = f"The training went on under other conditions ({'; '.join(changed)}): its last bits may differ."
        report(Warned("", RESUMED_INEXACT, message).to_json())
