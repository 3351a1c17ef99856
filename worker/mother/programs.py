"""What a mother can start: importing this module is what takes her 4 to 18 seconds."""

from collections.abc import Mapping

from worker.mother.child import Program
from worker.predictor.checking import run_check
from worker.predictor.profiling import run_profile
from worker.predictor.serving_model import run_model
from worker.trainer.main import run_trainer

PROGRAMS: Mapping[str, Program] = {
    "trainer": run_trainer,
    "check": run_check,
    "profile": run_profile,
    "model": run_model,
}
