"""The first moments of a forked child: its own session, its own descriptors, the sandbox, then its program."""

import fcntl
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from worker.mother.kernel import die_with_parent
from worker.sandbox.entering import enter_sandbox, keep_to_folder
from worker.sandbox.places import WRITABLE

Program = Callable[[dict[str, Any], list[int]], None]
LIFTED_FROM = 64
MOST_DESCRIPTORS_OPEN = 65_536


def live(program: Program, request: dict[str, Any], descriptors: list[int], parent: int) -> NoReturn:
    """Run the program in the request's folder, on the request's options.

    The first two descriptors are its output and errors; the program is given the others.

    Never returns and never runs the exit handlers of the libraries: TensorFlow's may hang in a forked child.
    """
    status = 1
    try:
        die_with_parent(parent)
        os.setsid()
        _restore_signals()
        own = _take_descriptors(descriptors)
        _enter(Path(request["folder"]))
        options = request["options"]
        enter_sandbox(
            Path.cwd(),
            request["sandbox"],
            has_gpus=bool(options.get("gpus")),
            has_compiler=bool(options.get("compiles")),
            port=options.get("port"),
        )
        program(request["options"], own)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing above could report it
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _restore_signals() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _take_descriptors(descriptors: list[int]) -> list[int]:
    """Put output, errors and the child's own descriptors at 1, 2, 3 …, and close everything else."""
    lifted = [fcntl.fcntl(fd, fcntl.F_DUPFD, LIFTED_FROM) for fd in descriptors]
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    for place, fd in enumerate(lifted):
        os.dup2(fd, 1 + place)
    own = [1 + place for place in range(2, len(lifted))]
    os.closerange(1 + len(lifted), MOST_DESCRIPTORS_OPEN)
    for fd in own:
        os.set_inheritable(fd, False)
    return own


def _enter(folder: Path) -> None:
    for place in WRITABLE:
        (folder / place).mkdir(parents=True, exist_ok=True)
    temporary = folder / "tmp"
    os.chdir(folder)
    keep_to_folder(folder)
    tempfile.tempdir = str(temporary)
