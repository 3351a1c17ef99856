"""From an invitation to a worker: ask, try the addresses, fetch the code, make the environment, keep the settings."""

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from horngate.client.service import Service
from horngate.joining.code import describe_checkout, fetch_code
from horngate.joining.environment import make_environment, use_environment
from horngate.joining.place import Place
from horngate.joining.reaching import require_reachable
from horngate.systemd import Unit

PASSED_ON = ("PATH", "LANG", "LC_", "TZ", "LD_", "CUDA_", "NVIDIA_", "NCCL_", "TF_", "XLA_", "TMPDIR", "HOME", "SSL_")
"""Of the caller's environment: what a worker and its trainers need to run, and no variable of Horngate's own."""


@dataclass(frozen=True)
class Asked:
    """How the joining machine wants to work."""

    checkout: Path | None = None
    python: Path | None = None
    gpu: bool = False
    queues: str | None = None
    slots: int | None = None


def join(service: Service, place: Place, asked: Asked, say: Callable[[str], None]) -> None:
    """Everything that has to be there before the worker starts; raises with what to do, and may be typed again."""
    place.prepare()
    own = {} if asked.checkout is None else describe_checkout(asked.checkout)
    told: dict[str, Any] = service.post("/v1/workers:join", {"host": platform.node() or "unnamed", **own})
    require_reachable(told["settings"])
    say(f"Horngate {told['version']} at {service.url}; database, broker and files can be reached.")
    code = asked.checkout or fetch_code(service, told["code"]["sha256"], place.code(told["code"]["sha256"]))
    if asked.python is None:
        venv = place.venv(code / "uv.lock", gpu=asked.gpu)
        say(f"Installing what the worker needs into {venv}; the first time this takes minutes.")
        python = make_environment(venv, code, tools=place.home / "uv", gpu=asked.gpu)
    else:
        python = use_environment(asked.python)
    settings = told["settings"] | own_settings(place, asked)
    place.write(settings, url=service.url, version=told["version"], code=code.absolute(), python=python)


def own_settings(place: Place, asked: Asked) -> dict[str, str]:
    """What the machine decides for itself."""
    given = {"HORNGATE_WORKER_QUEUES": asked.queues, "HORNGATE_WORKER_SLOTS": asked.slots}
    return {"HORNGATE_HOME": str(place.home)} | {name: str(value) for name, value in given.items() if value}


def describe_unit(place: Place) -> Unit:
    """The joined worker as a service of systemd."""
    note = place.read_note()
    words = [note["python"], "-m", "worker"]
    return Unit("horngate-worker", f"A worker of {note['url']}", words, Path(note["code"]), place.settings)


def start(place: Place, surroundings: Mapping[str, str]) -> NoReturn:
    """Become the worker, so that signals and the exit status are its own."""
    note = place.read_note()
    passed_on = {name: value for name, value in surroundings.items() if name.startswith(PASSED_ON)}
    environment = passed_on | place.read_settings() | {"PYTHONUNBUFFERED": "1"}
    os.chdir(note["code"])
    os.execve(note["python"], [note["python"], "-m", "worker"], environment)
