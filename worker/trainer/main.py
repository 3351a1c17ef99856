"""The trainer: reads its folder, trains, and reports; it knows no row, no queue, no network."""

import sys
import traceback
from pathlib import Path
from typing import Any

from models_lib.train.inside import Paused
from models_lib.train.job import read_job
from models_lib.train.session import train
from worker.trainer.failures import explain
from worker.trainer.limits import choose_gpus, limit_memory
from worker.trainer.reporting import ReportPipe
from worker.trainer.wishes import Wishes


def run_trainer(options: dict[str, Any], descriptors: list[int]) -> None:
    """The program of a trainer child, in its attempt's folder: trains `in/job.json`, and reports how that ended."""
    reports, control = descriptors
    report = ReportPipe(reports)
    wishes = Wishes(control)
    choose_gpus(options["gpus"])
    limit_memory(options["memory_bytes"])
    try:
        folder = Path.cwd()
        outcome = train(
            read_job(folder / "in" / "job.json"),
            folder,
            report,
            wishes.stop.is_set,
            wishes.pause.is_set,
            wishes.changes,
        )
        report({"kind": "end", "ended_by": outcome.ended_by})
    except Paused:
        report({"kind": "paused"})
    except BaseException as error:  # noqa: BLE001 - whatever it was, the run's reader is told
        traceback.print_exc()
        report({"kind": "failure", "failure": explain(error).to_json()})
        sys.exit(1)
