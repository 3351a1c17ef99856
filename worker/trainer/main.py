"""The trainer: reads its folder, trains, and reports; it knows no row, no queue, no network."""

import sys
import traceback
from pathlib import Path
from typing import Any

from models_lib.train.inside import Paused
from models_lib.train.job import ScriptJob, read_job
from models_lib.train.script_running import ScriptFailed
from models_lib.train.session import train
from models_lib.train.together import LOST, OutOfStep
from worker.trainer.control import ControlPipe
from worker.trainer.failures import explain, explain_script
from worker.trainer.limits import choose_gpus, limit_memory
from worker.trainer.reporting import ReportPipe
from worker.trainer.scripts import list_data, train_by_script


def run_trainer(options: dict[str, Any], descriptors: list[int]) -> None:
    """The program of a trainer child, in its attempt's folder: trains `in/job.json`, and reports how that ended."""
    reports, control = descriptors
    report = ReportPipe(reports)
    asked = ControlPipe(control)
    choose_gpus(options["gpus"])
    limit_memory(options["memory_bytes"])
    folder, cluster = Path.cwd(), None
    try:
        job = read_job(folder / "in" / "job.json")
        if isinstance(job, ScriptJob):
            outcome = train_by_script(job, folder, report, asked.stop)
        else:
            if job.spec.resources.workers > 1:
                cluster = asked.wait_for_company(report)
            outcome = train(job, folder, report, asked.wishes, cluster)
        report({"kind": "end", "ended_by": outcome.ended_by})
    except Paused:
        report({"kind": "paused"})
    except ScriptFailed as failed:
        traceback.print_exception(failed.error)
        report({"kind": "failure", "failure": explain_script(failed.error, list_data(folder)).to_json()})
        sys.exit(1)
    except BaseException as error:  # noqa: BLE001 - whatever it was, the run's reader is told
        if cluster is not None and isinstance(error, (*LOST, OutOfStep)):
            print(f"The training ends here: {type(error).__name__}: {str(error).splitlines()[0]}", file=sys.stderr)  # noqa: T201
            report({"kind": "company_lost"})
            sys.exit(1)
        traceback.print_exc()
        report({"kind": "failure", "failure": explain(error).to_json()})
        sys.exit(1)
