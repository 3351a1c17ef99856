"""The doctor over a component: an imported package's objects, as its manifest lists them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models_lib.components.doctor.examine import examine, guess_family, without_doubles
from models_lib.components.doctor.findings import Report
from models_lib.components.doctor.reading import read_source
from models_lib.components.doctor.subjects import Subject
from models_lib.components.importing import find_component
from models_lib.spec.components import ComponentObject


def examine_object(
    folder: Path,
    described: ComponentObject,
    *,
    config: Mapping[str, Any] | None = None,
    code: Sequence[str] = (),
    is_run: bool = True,
) -> Report:
    """The report of one object of the package that was imported from `folder`; `config`: arguments to make it with.

    Where it is not run, what its source alone shows.
    """
    if not described.families:
        return Report((), (), {})  # a helper of the others: nothing calls it by a signature that is known
    value = find_component(f"{folder.name}.{described.name}")
    is_factory = described.kind == "factory"
    family, given = described.families[0], dict(config or {})
    subject = Subject(described.name, value, family, is_factory=is_factory, config=given, folder=folder)
    if described.kind == "function" and is_run:
        subject.family = guess_family(subject, described.families)
    return examine([subject], code=code) if is_run else Report(tuple(without_doubles(read_source(subject))), (), {})
