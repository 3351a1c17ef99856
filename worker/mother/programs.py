"""What a mother can start: importing this module is what takes her 4 to 18 seconds."""

from collections.abc import Mapping

from worker.mother.child import Program
from worker.predictor.answering import run_answering
from worker.sandbox.probe import run_probe
from worker.trainer.main import run_trainer

PROGRAMS: Mapping[str, Program] = {"trainer": run_trainer, "answering": run_answering, "probe": run_probe}
