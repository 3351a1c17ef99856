"""What can be said of a script without running it: whether it is there, whether Python reads it, what it will miss."""

import time
from pathlib import Path
from typing import Any

from models_lib.components.packing import INIT, read_files
from models_lib.components.scripts import downloads, missing_modules, syntax_fault
from models_lib.data.faults import DataFault
from models_lib.spec.faults import Fault, Warning
from models_lib.spec.scripts import ScriptSpec
from models_lib.train.job import ScriptJob

ENTRY = "/model/entry"


def check_script(spec: ScriptSpec, components: Path) -> dict[str, Any]:
    """The checker's answer: no summary, since nothing is built; faults and warnings about the file that is run."""
    package = components / spec.model.package
    script = package / spec.model.entry
    script = script if script.exists() else package / INIT
    text = script.read_text(encoding="utf-8")
    if fault := syntax_fault(spec.model.entry, text):
        return answer([fault.model_copy(update={"pointer": ENTRY, "line": None})], [])
    faults = [not_installed(spec.model.entry, *missed) for missed in missing_modules(text, script.parent, components)]
    warnings = [no_network(spec.model.entry, *call) for call in downloads(text)]
    if not any("horngate" in text for text in read_files(package).values()):
        message = "The script mentions no horngate.Callback() and no horngate.report(): it will have no curves."
        warnings.append(Warning(pointer=ENTRY, message=message))
    return answer(faults, warnings)


def answer(faults: list[Fault], warnings: list[Warning]) -> dict[str, Any]:
    return {
        "summary": None,
        "faults": [fault.model_dump(mode="json") for fault in faults],
        "warnings": [warning.model_dump(mode="json") for warning in warnings],
    }


def not_installed(entry: str, module: str, line: int) -> Fault:
    message = (
        f"{entry}, line {line}: no module named {module!r} is installed where Horngate runs, nor in the package. "
        "Put its source into the package, pin the component that it is, import it inside `try`, or have it installed."
    )
    return Fault(pointer=ENTRY, message=message, code="bad_reference", found=module)


def no_network(entry: str, call: str, line: int) -> Warning:
    message = (
        f"{entry}, line {line}: {call} downloads, and a run has no network. Upload what it fetches as a data set: "
        "it lies in data/."
    )
    return Warning(pointer=ENTRY, message=message)


def fly_script(job: ScriptJob, folder: Path) -> dict[str, Any]:
    """The pre-flight of a script: it is read, and not run. Raises DataFault."""
    began = time.monotonic()
    found = check_script(job.spec, folder / "in" / "components")
    if found["faults"]:
        raise DataFault(*(Fault.model_validate(fault) for fault in found["faults"]))
    step = {"name": "read the script, look for what it imports", "seconds": round(time.monotonic() - began, 3)}
    return {"steps": [step], "exports": [], "warnings": found["warnings"], "summary": None, "estimate": None}
