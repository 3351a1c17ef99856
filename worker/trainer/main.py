"""The trainer: reads its folder, trains, and reports; it knows no row, no queue, no network."""

import sys
import traceback
from pathlib import Path
from typing import Any

from models_lib.train.inside import Paused
from models_lib.train.job import ScriptJob, read_job
from models_lib.train.script_running import ScriptFailed
from models_lib.train.session import train
from worker.trainer.failures import explain, explain_script
from worker.trainer.limits import choose_gpus, limit_memory
from worker.trainer.reporting import ReportPipe
from worker.trainer.scripts import list_data, train_by_script
from worker.trainer.wishes import Wishes


def run_trainer(options: dict[str, Any], descriptors: list[int]) -> None:
    """The program of a trainer child, in its attempt's folder: trains `in/job.json`, and reports how that ended."""
    reports, control = descriptors
    report = ReportPipe(reports)
    wishes = Wishes(control)
    choose_gpus(options["gpus"])
    limit_memory(options["memory_bytes"])
    folder = Path.cwd()
    try:
        job = read_job(folder / "in" / "job.json")
        if isinstance(job, ScriptJob):
            outcome = train_by_script(job, folder, report, wishes.stop)
        else:
            outcome = train(job, folder, report, wishes.stop.is_set, wishes.pause.is_set, wishes.changes)
        report({"kind": "end", "ended_by": outcome.ended_by})
    except Paused:
        report({"kind": "paused"})
    except ScriptFailed as failed:
        traceback.print_exception(failed.error)
        report({"kind": "failure", "failure": explain_script(failed.error, list_data(folder)).to_json()})
        sys.exit(1)
    except BaseException as error:  # noqa: BLE001 - whatever it was, the run's reader is told
        traceback.print_exc()
        report({"kind": "failure", "failure": explain(error).to_json()})
        sys.exit(1)
