"""The files that a sandboxed child may read, and the two folders that it may write."""

import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from worker.sandbox.landlock import Grant, Right

CHECKOUT = Path(__file__).resolve().parents[2]
READ = Right.READ_FILE | Right.READ_DIR
WRITE = (
    READ
    | Right.WRITE_FILE
    | Right.TRUNCATE
    | Right.MAKE_DIR
    | Right.MAKE_REG
    | Right.REMOVE_DIR
    | Right.REMOVE_FILE
    | Right.REFER
)
"""No links, devices, pipes and sockets: who brings the files away must find files."""
USE_DEVICE = Right.READ_FILE | Right.WRITE_FILE | Right.IOCTL_DEV | Right.TRUNCATE

OUR_CODE = ("models_lib", "worker", "horngate")
WRITABLE = ("out", "tmp")
LIBRARIES = ("/lib", "/lib64", "/lib32", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64")
SYSTEM = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/dev/random",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/sys/devices/system/node",
    "/sys/kernel/mm/transparent_hugepage",
)
OF_THE_PROCESS = [
    "auxv",
    "cgroup",
    "cmdline",
    "comm",
    "environ",
    "fd",
    "fdinfo",
    "io",
    "limits",
    "maps",
    "mountinfo",
    "smaps",
    "stat",
    "statm",
    "status",
]
"""Of /proc/self not everything: `net` and `task/…/net` tell of the whole machine's connections."""
GPU_DEVICES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset", "nvidia-caps", "nvidia[0-9]*", "zero")
GPU_PLACES = (
    "/proc/driver/nvidia",
    "/proc/devices",
    "/proc/modules",
    "/proc/sys/vm/mmap_min_addr",
    "/sys/bus/pci",
    "/sys/devices",
    "/sys/module/nvidia",
    "/sys/module/nvidia_uvm",
    "/usr/local/cuda",
    "/usr/share/nvidia",
    "/etc/nvidia-container-runtime",
)
LOADERS = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}


def granted_files(folder: Path, *, has_gpus: bool, has_compiler: bool = False) -> Iterator[Grant]:
    """What a child in this folder needs to train, and nothing of anybody else's."""
    yield Grant(folder, READ)
    yield from (Grant(folder / name, WRITE) for name in WRITABLE)
    yield Grant(Path(os.devnull), USE_DEVICE)
    for place in (*python_places(), *map(Path, SYSTEM), *(Path("/proc/self") / name for name in OF_THE_PROCESS)):
        yield Grant(place, READ)
    if has_gpus:
        yield from granted_to_cuda()
    if has_compiler:
        yield from (Grant(place, Right.READ_FILE | Right.EXECUTE) for place in compiler_places())


def python_places() -> Iterator[Path]:
    """The environment that this Python runs in, the system's libraries, and our code: not all of /usr."""
    yield from map(Path, LIBRARIES)
    yield from (Path(prefix) / "lib" for prefix in (sys.prefix, sys.base_prefix))
    yield from (Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from (CHECKOUT / name for name in OUR_CODE)
    yield from (Path(entry) for entry in os.environ.get("LD_LIBRARY_PATH", "").split(":") if entry)


def granted_to_cuda() -> Iterator[Grant]:
    """CUDA names its threads, and does not begin where it may not: `/proc/self/task/…/comm`."""
    yield from (Grant(Path(place), READ) for place in GPU_PLACES)
    yield Grant(Path("/proc/self/task"), Right.WRITE_FILE | Right.TRUNCATE)
    for pattern in GPU_DEVICES:
        yield from (Grant(device, READ | USE_DEVICE) for device in Path("/dev").glob(pattern))


def compiler_places() -> Iterator[Path]:
    """The assembler that XLA has a GPU's code made by, wherever XLA looks for it, and what loads such a program."""
    found = shutil.which("ptxas")
    yield from ([Path(found)] if found else [])
    yield Path("/usr/local/cuda/bin/ptxas")
    yield Path(sysconfig.get_path("purelib")) / "nvidia" / "cuda_nvcc" / "bin" / "ptxas"
    yield Path(LOADERS[platform.machine()])
