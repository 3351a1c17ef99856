"""Into the sandbox: one way, in the first moments of a child, before it reads anything of a user's."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from worker.sandbox.forbidden import forbidden_calls
from worker.sandbox.landlock import landlock_abi, restrict_files
from worker.sandbox.limits import limit_process
from worker.sandbox.machine import MissingMeans
from worker.sandbox.places import granted_files
from worker.sandbox.privileges import give_up_privileges
from worker.sandbox.seccomp import install_filter
from worker.sandbox.threads_only import lock_threads_only

Firmness: TypeAlias = Literal["off", "lenient", "strict"]
"""`lenient`: a layer that the kernel lacks is left out. `strict`: the child ends rather than run without one."""

FIRMNESS: dict[str, Firmness] = {"auto": "lenient", "required": "lenient", "off": "off"}
"""What HORNGATE_SANDBOX asks for, until the probe has found that the sandbox works."""

_held: list[int] = []


def enter_sandbox(
    folder: Path, firmness: Firmness, *, has_gpus: bool, has_compiler: bool = False, port: int | None = None
) -> None:
    """Give up everything but this folder and what training needs. Irrevocable; raises OSError where it is strict.

    `has_compiler`: whether it may have a GPU's code made by another program; for what holds no code of a user's.
    `port`: where it listens for the trainers of other machines, if it trains with them.
    """
    files = granted_files(folder, has_gpus=has_gpus, has_compiler=has_compiler)
    calls = forbidden_calls(abi=known_abi(), has_gpus=has_gpus, has_network=port is not None, has_compiler=has_compiler)
    layers: tuple[Callable[[], None], ...] = (
        limit_process,
        give_up_privileges,
        lambda: _held.extend(restrict_files(files, port=port)),
        lambda: install_filter(calls),
    )
    for enter in layers if firmness != "off" else layers[:1]:
        try:
            enter()
        except OSError:
            if firmness == "strict":
                raise
    if firmness != "off":
        lock_threads_only()


def keep_to_folder(folder: Path) -> None:
    """Have everything that looks for a place of its own find it inside."""
    temporary = str(folder / "tmp")
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "CUDA_CACHE_PATH"):
        os.environ[name] = temporary
    os.environ["KERAS_HOME"] = f"{temporary}/keras"


def known_abi() -> int:
    try:
        return landlock_abi()
    except MissingMeans:
        return 0
