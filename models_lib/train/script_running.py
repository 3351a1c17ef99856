"""A whole training script, run as Python runs it: as `__main__`, with its arguments, where what it saves is kept."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import keras

from models_lib.components.importing import add_folder
from models_lib.data.zips import open_zip
from models_lib.export.script_models import ModelNotServed, serve_saved
from models_lib.spec.scripts import OF_PARTS
from models_lib.train.devices import use_devices
from models_lib.train.fitting import EndedBy
from models_lib.train.job import ScriptJob
from models_lib.train.reports import Phase, PhaseName, Report
from models_lib.train.script_reports import ScriptReporter
from models_lib.train.session import Outcome

DATA = "data"
BAR_SECONDS = 5.0
NOTHING_REPORTED = (
    "The script reported nothing: it has no curves and no progress. Give its fit a callback, "
    "`model.fit(…, callbacks=[horngate.Callback()])`, or call `horngate.report(epoch=…, loss=…)` in a loop of your own."
)


class ScriptFailed(Exception):
    """The script ended with this error, which is its own."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def run_script(job: ScriptJob, folder: Path, report: Report, reporter: ScriptReporter) -> Outcome:
    """Run the script of the job in its folder; raises ScriptFailed. One script a process."""
    _begin(report, "preparing")
    use_devices(job.threads)
    unpack_images(job, folder)
    script = enter_script(job, folder)
    keras.utils.set_random_seed(job.spec.seed)
    _begin(report, "training")
    try:
        with slow_progress_bars():
            if reporter.was_stopped:
                raise KeyboardInterrupt
            execute(script, [str(script), *fill_arguments(job, folder)])
    except KeyboardInterrupt as error:
        if not reporter.was_stopped:
            raise ScriptFailed(_without_us(error)) from error
    finally:
        reporter.board.close()
        gc.collect()
    _begin(report, "exporting")
    if not reporter.has_reported:
        reporter.warn("nothing_reported", NOTHING_REPORTED)
    try:
        serve_saved(folder / "out" / "artifacts")
    except ModelNotServed as error:
        reporter.warn("not_served", str(error))
    return Outcome(ended_by(reporter))


def ended_by(reporter: ScriptReporter) -> EndedBy:
    if reporter.was_stopped:
        return "stop"
    return "early_stopping" if reporter.stopped_early else "completed"


def execute(script: Path, argv: list[str]) -> None:
    """Run the file as `__main__`; `sys.exit(0)` is a good end, any other a failure. Raises ScriptFailed."""
    module = ModuleType("__main__")
    module.__file__ = str(script)
    sys.modules["__main__"], sys.argv = module, argv
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        exec(compile(script.read_bytes(), str(script), "exec"), vars(module))
        vars(module).clear()  # event files that are open still are closed with what holds them
    except SystemExit as end:
        if end.code not in (None, 0):
            raise ScriptFailed(_without_us(end)) from end
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ScriptFailed(_without_us(error)) from error
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with suppress(Exception):
            sys.stdout.flush()


def enter_script(job: ScriptJob, folder: Path) -> Path:
    """Go where its relative paths are kept, and let it find its modules and its data; the script's own path."""
    package = folder / "in" / "components" / job.spec.model.package
    script = package / job.spec.model.entry
    add_folder(package.parent)
    sys.path.insert(0, str(script.parent))
    place = folder / "out" / "artifacts"
    place.mkdir(parents=True, exist_ok=True)
    os.chdir(place)
    os.environ["HORNGATE_RUN"], os.environ["HORNGATE_DATA"] = job.run_id, str(folder / "in" / DATA)
    for part, path in data_paths(job, folder).items():
        os.environ[f"HORNGATE_{OF_PARTS[part].upper()}"] = path
    return script


def data_paths(job: ScriptJob, folder: Path) -> dict[str, str]:
    """The path of each part's data set: a file, or the folder of its images."""
    return {part: str(folder / "in" / DATA / name) for part, name in job.placed.items()}


def fill_arguments(job: ScriptJob, folder: Path) -> Iterator[str]:
    """The words of `args`, with paths for `{dataset}`, `{validation_dataset}` and `{test_dataset}`."""
    paths = data_paths(job, folder)
    for word in job.spec.model.args:
        for part, name in OF_PARTS.items():
            word = word.replace(f"{{{name}}}", paths.get(part, f"{{{name}}}"))
        yield word


def unpack_images(job: ScriptJob, folder: Path) -> None:
    """Archives of images as folders, where `data` leads; raises DataFault for a member that no archive should have."""
    for part, file in job.parts.items():
        if file.profile.format == "images":
            place = folder / "tmp" / "images" / job.placed[part]
            with open_zip(folder / file.path) as (archive, members):
                for member in members:
                    archive.extract(member, place)


@contextmanager
def slow_progress_bars() -> Iterator[None]:
    """Keras draws its bar twenty times a second; in a log that is twenty lines a second, and a hundredth will do."""
    bar: Any = keras.utils.Progbar
    drawn: Callable[..., None] = bar.__init__

    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        drawn(self, *arguments, **named)
        self.interval = max(self.interval, BAR_SECONDS)

    bar.__init__ = begin
    try:
        yield
    finally:
        bar.__init__ = drawn


def _without_us(error: BaseException) -> BaseException:
    """The same error, as if the script had been run by Python itself: its traceback begins with its own first line."""
    trace: TracebackType | None = error.__traceback__
    while trace is not None and Path(trace.tb_frame.f_code.co_filename) == Path(__file__):
        trace = trace.tb_next
    return error.with_traceback(trace)


def _begin(report: Report, phase: PhaseName) -> None:
    report(Phase(phase).to_json())
