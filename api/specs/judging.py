"""Judging a spec: its structure here, in milliseconds and without Keras; then its shapes, by Keras, in the checker."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from fastapi.concurrency import run_in_threadpool

from api.parts import Parts
from api.problems import Fault, Refused
from api.runs.schemas import RunSubmitted
from api.specs.changing import merge_patch
from api.specs.checking import Checked, ask_checker
from api.specs.component_references import KnownComponents, know_components
from api.specs.machines import refuse_missing_machines
from api.specs.references import Pinned, find_project, pin_datasets
from api.specs.run_references import PinnedRuns, compare_layers, pin_runs
from models_lib.spec.faults import SpecRefused
from models_lib.spec.reading import Document, parse_document
from models_lib.spec.resolve import Resolved
from models_lib.spec.script_reading import ResolvedScript, resolve_any
from models_lib.spec.scripts import AnySpec
from store.access import Caller
from store.people import DEFAULT_PROJECT


@dataclass(frozen=True)
class Judged:
    """A sound spec and what is known of it. `datasets`: part → data set id."""

    spec: AnySpec
    warnings: list[dict[str, Any]]
    datasets: dict[str, str]
    project_id: str
    default_name: str
    checked: Checked
    components: list[str] = field(default_factory=list)
    """Ids of the components that the spec pins."""
    sources: dict[str, str] = field(default_factory=dict)
    """Their SHA-256 by name."""


async def judge_spec(
    here: Parts, caller: Caller, body: RunSubmitted, *, patience: float, model_only: bool = False
) -> Judged:
    """The resolved spec; raises NotAllowed, or Refused with every fault that was found."""
    document = read_body(body)
    place, document = await run_in_threadpool(find_place, here, caller, document)
    begun = await run_in_threadpool(find_beginnings, here, document, place)
    document = replace(document, value=begun.document)
    resolved, pinned, known = await run_in_threadpool(judge_structure, here, document, place, model_only=model_only)
    used = known.used_by(resolved.spec)
    profiles = None if model_only else pinned.profiles
    sources = {component.name: component.sha256 for component in used}
    checked = await ask_checker(here, resolved.spec, profiles, components=sources, patience=patience)
    if faults := [*compare_layers(begun, checked.summary), *checked.faults]:
        raise refuse(document, faults)
    return Judged(
        spec=resolved.spec,
        warnings=show_warnings(document, [*(w.model_dump() for w in resolved.warnings), *checked.warnings]),
        datasets=pinned.ids,
        project_id=place.project_id,
        default_name=pinned.name,
        checked=checked,
        components=[component.id for component in used],
        sources=sources,
    )


NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
"""How a spec names projects; others are named by their ids."""


@dataclass(frozen=True)
class Place:
    """The project of a document; where there is none, an empty id, and the fault that says so among the others."""

    project_id: str
    faults: list[Fault] = field(default_factory=list)


def find_place(here: Parts, caller: Caller, document: Document) -> tuple[Place, Document]:
    """The document's project, and the document, which names it unless it is the default one; raises NotAllowed."""
    with here.database.reading() as session:
        found = find_project(session, caller, document.value)
    if isinstance(found, Fault):
        return Place("", [found]), document
    if not isinstance(document.value, dict) or "project" in document.value or found.name == DEFAULT_PROJECT:
        return Place(found.id), document
    return Place(found.id), replace(
        document, value={**document.value, "project": found.name if NAME.fullmatch(found.name) else found.id}
    )


def find_beginnings(here: Parts, document: Document, place: Place) -> PinnedRuns:
    """The document with the models of runs that it begins with; raises Refused."""
    with here.database.reading() as session:
        begun = pin_runs(session, here.blobs, place.project_id, document.value)
    if begun.faults:
        raise refuse(document, [*place.faults, *begun.faults])
    return begun


def judge_structure(
    here: Parts, document: Document, place: Place, *, model_only: bool
) -> tuple[Resolved | ResolvedScript, Pinned, KnownComponents]:
    """Everything that can be told without Keras; raises Refused."""
    with here.database.reading() as session:
        known, value = know_components(session, place.project_id or None, document.value)
        pinned = pin_datasets(session, place.project_id or None, value)
    pinned.faults += place.faults
    faults = [*known.faults, *([] if model_only else pinned.faults)]
    try:
        resolved = resolve_any(pinned.document, pinned.known_profiles, components=known.packages, model_only=model_only)
    except SpecRefused as error:
        raise refuse(document, [*faults, *as_faults(error)]) from error
    if not model_only:
        with here.database.reading() as session:
            faults += refuse_missing_machines(session, resolved.spec)
    if faults:
        raise refuse(document, faults)
    return resolved, pinned, known


def read_body(body: RunSubmitted) -> Document:
    """The document, which came as an object or as text; raises Refused."""
    if (body.spec is None) == (body.text is None):
        message = "Send either `spec`, an object, or `text`, YAML or JSON; not both."
        raise Refused(message, errors=[Fault(pointer="", message=message, code="missing")])
    try:
        document = Document("", body.spec) if body.text is None else parse_document(body.text)
    except SpecRefused as error:
        raise refuse(None, as_faults(error)) from error
    return document if body.changes is None else replace(document, value=merge_patch(document.value, body.changes))


def as_faults(refused: SpecRefused) -> list[Fault]:
    """The spec's faults as the API draws them."""
    return [Fault.model_validate(fault.model_dump()) for fault in refused.faults]


def refuse(document: Document | None, faults: list[Fault]) -> Refused:
    """All faults of a spec as one problem, with their lines where the spec came as text."""
    many = f"The spec has {len(faults)} faults; `errors` names each. Nothing was queued."
    located = [fault.model_copy(update={"line": fault.line or line_of(document, fault.pointer)}) for fault in faults]
    return Refused(faults[0].message if len(faults) == 1 else many, code="spec_refused", errors=located)


def show_warnings(document: Document, warnings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Warnings with their lines where the spec came as text."""
    return [{**warning, "line": warning.get("line") or line_of(document, warning["pointer"])} for warning in warnings]


def line_of(document: Document | None, pointer: str) -> int | None:
    """Where the value, or the nearest one around it, stands in the text; None for an object."""
    return document.line_of(pointer) if document is not None and document.text else None
