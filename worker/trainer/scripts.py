"""Where a script meets the service: it finds somebody who listens, and learns that it shall stop."""

import _thread
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from horngate.inside import attach
from models_lib.train.job import ScriptJob
from models_lib.train.script_reports import ScriptReporter
from models_lib.train.script_running import DATA, run_script
from models_lib.train.session import Outcome


def train_by_script(
    job: ScriptJob, folder: Path, report: Callable[[dict[str, Any]], None], should_stop: threading.Event
) -> Outcome:
    """Run the job's script, with a listener in place; raises ScriptFailed."""
    reporter = ScriptReporter(report, should_stop.is_set, folder / "out")
    attach(reporter)
    threading.Thread(target=_interrupt, args=(reporter, should_stop), name="stop", daemon=True).start()
    return run_script(job, folder, report, reporter)


def list_data(folder: Path) -> list[str]:
    """What a script finds in `data`."""
    return sorted(path.name for path in (folder / "in" / DATA).iterdir())


def _interrupt(reporter: ScriptReporter, should_stop: threading.Event) -> None:
    """A script that asks nobody whether it shall stop is interrupted, as by Ctrl-C."""
    should_stop.wait()
    if not reporter.hears:
        reporter.was_stopped = True
        _thread.interrupt_main()
