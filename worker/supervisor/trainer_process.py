"""A running trainer, seen from outside: what it prints and reports, and how to make it stop."""

import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from worker.mother.owner import Child, MotherKeeper

READ_BYTES = 65_536


class TrainerProcess:
    """Owns the near ends of the trainer's pipes: `outputs` are read, by name; only wishes are written."""

    def __init__(self, mother: MotherKeeper, folder: Path, options: Mapping[str, Any]) -> None:
        self.outputs: dict[int, str] = {}
        far = [self._output(name) for name in ("stdout", "stderr", "reports")]
        control, self._control = os.pipe()
        far.append(control)
        try:
            self.child: Child = mother.spawn("trainer", folder, tuple(far), options=options)
        except BaseException:
            self._close_near()
            raise
        finally:
            for descriptor in far:
                os.close(descriptor)

    def _output(self, name: str) -> int:
        near, far = os.pipe()
        self.outputs[near] = name
        return far

    def ask_to_stop(self) -> None:
        """Have the training end after its current batch, keeping its work; asking twice does nothing more."""
        self._ask({"want": "stop"})

    def ask_to_pause(self) -> None:
        """Have it save where it is after its current batch, and leave; asking twice does nothing more."""
        self._ask({"want": "pause"})

    def steer(self, live: Mapping[str, Any]) -> None:
        """Have it make the newest changes after its current batch."""
        self._ask({"live": live})

    def join(self, addresses: Sequence[str | None], rank: int) -> None:
        """Have it begin, in this place among the trainers at these addresses."""
        self._ask({"company": {"addresses": addresses, "rank": rank}})

    def _ask(self, wish: Mapping[str, Any]) -> None:
        with suppress(BrokenPipeError):
            os.write(self._control, json.dumps(wish).encode() + b"\n")

    def terminate(self) -> None:
        self.child.signal_group(signal.SIGTERM)

    def kill(self) -> None:
        self.child.signal_group(signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left of the trainer's group, and let go of its pipes."""
        self.child.close()
        self._close_near()

    def _close_near(self) -> None:
        for descriptor in (*self.outputs, self._control):
            os.close(descriptor)
