"""Reads a document of kind `script`: every default written, every fault found at once."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models_lib.spec.bounds import check_bounds
from models_lib.spec.component_models import COMPONENTS, MODEL, read_pins
from models_lib.spec.component_reading import UPLOAD
from models_lib.spec.components import Components, Package
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import Fault, SpecRefused, Warning
from models_lib.spec.machines import refuse_company
from models_lib.spec.names import did_you_mean, is_certain, join_names, nearest
from models_lib.spec.places import Place
from models_lib.spec.resolve import Resolved, resolve_spec
from models_lib.spec.scripts import OtherDatasets, ScriptModel, ScriptSpec, entry_files, is_script
from models_lib.spec.sections import Reading
from models_lib.spec.types import Resources, Retry
from models_lib.spec.whole import ROOT, take_exports

DONE_BY_ITSELF = {
    "inputs": "a script reads its data set itself, from data/",
    "targets": "a script reads its data set itself, from data/",
    "windows": "a script cuts its windows itself",
    "compile": "a script compiles its model itself: give what shall vary as model.args",
    "fit": "a script calls fit itself: give epochs and what else shall vary as model.args",
    "export": "what a script saves is kept: model.save('model.keras')",
}
OF_SPLIT = "a script parts its rows itself; validation_dataset and test_dataset name further files"
PREFERRED = ("train.py", "main.py", "__main__.py")
INEXACT = Warning(
    pointer="/model",
    message="Resuming is not exact: a script whose worker is lost starts again from its first line, and what it had "
    "saved by then is gone. It is started at most retry.max_attempts times.",
)


@dataclass(frozen=True)
class ResolvedScript:
    """A script's spec that may be queued, and what its author may want to know."""

    spec: ScriptSpec
    warnings: tuple[Warning, ...]


def resolve_any(
    document: object,
    profiles: Mapping[str, DatasetProfile] | None = None,
    *,
    components: Iterable[Package] = (),
    model_only: bool = False,
) -> Resolved | ResolvedScript:
    """Resolve a document of any kind; raises SpecRefused with every fault."""
    if is_script(document):
        return resolve_script(document, profiles, components=components)
    return resolve_spec(document, profiles, components=components, model_only=model_only)


def resolve_script(
    document: object, profiles: Mapping[str, DatasetProfile] | None = None, *, components: Iterable[Package] = ()
) -> ResolvedScript:
    """Resolve a script's document; raises SpecRefused with every fault."""
    check_bounds(document)
    assert isinstance(document, dict)
    reading = Reading(Components(components))
    fields = _without_foreign(reading, {str(key): value for key, value in document.items()})
    fields = take_exports(reading, fields)
    read_pins(reading, fields.get("components"))
    for field, part in (("resources", Resources), ("retry", Retry)):
        if isinstance(fields.get(field), dict):
            fields[field] = reading.closed(part, fields[field], ROOT.below(field), field) or part()
    refuse_company(reading, fields.get("resources"))
    if isinstance(fields.get("split"), dict):
        fields["split"] = _read_split(reading, fields["split"])
    fields["model"] = _read_model(reading, fields["model"])
    fields["components"] = reading.objects.components.pins
    _check_datasets(reading, fields, profiles)
    if isinstance(fields.get("dataset"), str) and not fields.get("name"):
        fields["name"] = fields["dataset"].partition("@")[0]
    given = {key: value for key, value in fields.items() if value is not None}
    spec = reading.closed(ScriptSpec, given, ROOT, "spec")
    if reading.faults or spec is None:
        raise SpecRefused(tuple(reading.faults))
    return ResolvedScript(spec, (*reading.warnings, INEXACT))


def _without_foreign(reading: Reading, document: dict[str, Any]) -> dict[str, Any]:
    """The document without the sections that are the script's own business, each of them refused with the reason."""
    for field, reason in DONE_BY_ITSELF.items():
        if field in document:
            at, found = ROOT.below(field), document.pop(field)
            reading.refuse(at.fault("unknown_field", f"{field}: {reason}", found=found, patch=at.removing()))
    return document


def _read_split(reading: Reading, raw: dict[str, Any]) -> OtherDatasets:
    place, known = ROOT.below("split"), OtherDatasets.model_fields
    for field in raw:
        if field not in known:
            at = place.below(field)
            fault = at.fault("unknown_field", OF_SPLIT, found=raw[field], allowed=tuple(known), patch=at.removing())
            reading.refuse(fault)
    kept = {key: value for key, value in raw.items() if key in known}
    return reading.closed(OtherDatasets, kept, place, "split") or OtherDatasets()


def _read_model(reading: Reading, raw: dict[str, Any]) -> ScriptModel | None:
    fields = {**raw, "args": _read_args(reading, raw.get("args"))}
    package = _find_package(reading, raw.get("package"))
    if package is None:
        fields["package"], fields["entry"] = "?", "?"
    else:
        reading.objects.components.used.setdefault(package.name, package)
        fields["entry"] = _read_entry(reading, package, raw.get("entry"))
    return reading.closed(ScriptModel, fields, MODEL, "script")


def _read_args(reading: Reading, raw: Any) -> list[str]:
    """Words for `sys.argv`, as a list or as one line; numbers as they are written."""
    place = MODEL.below("args")
    try:
        items = shlex.split(raw) if isinstance(raw, str) else raw or []
    except ValueError as error:
        reading.refuse(place.fault("syntax", f"args cannot be split into words: {error}", found=raw))
        return []
    if not isinstance(items, list | tuple):
        reading.refuse(place.fault("wrong_type", "args is a list, or one line", found=raw, allowed="a list"))
        return []
    for n, item in enumerate(items):
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            message = "an argument is a word or a number: put anything else in quotes"
            reading.refuse(place.below(n).fault("wrong_type", message, found=item, allowed="a word"))
    return [str(item) for item in items if isinstance(item, str | int | float)]


def _find_package(reading: Reading, name: Any) -> Package | None:
    place, packages = MODEL.below("package"), {part.name: part for part in reading.objects.components.packages}
    if isinstance(name, str) and name in packages:
        return packages[name]
    short, _, version = name.partition("@") if isinstance(name, str) else ("", "", "")
    if version and short in packages:
        message = f"package is the component's name: its version is pinned by components: [{name}]"
        pin = {"op": "add", "path": COMPONENTS.pointer, "value": [name]}
        fault = place.fault("wrong_type", message, found=name, allowed=short, patch=[*place.replacing(short), pin])
    elif name is None:
        message = f"package is missing: the component that holds the script: {UPLOAD}"
        fault = place.fault("missing", message, allowed=tuple(packages))
    else:
        near = nearest(str(name), packages)
        mend = place.replacing(near) if near and is_certain(str(name), near) else None
        message = f"there is no component {str(name)[:80]!r}{did_you_mean(near)}" + ("" if near else f": {UPLOAD}")
        fault = place.fault("unknown_name", message, found=name, allowed=tuple(packages), did_you_mean=near, patch=mend)
    reading.refuse(fault)
    return None


def _read_entry(reading: Reading, package: Package, entry: Any) -> str:
    files = entry_files(package.name, package.manifest.files)
    if entry is None and (len(package.manifest.files) == 1 or set(PREFERRED) & set(files)):
        return next((name for name in PREFERRED if name in package.manifest.files), package.manifest.files[0])
    if entry in files:
        return str(entry)
    reading.refuse(_entry_fault(package, entry))
    return "?"


def _entry_fault(package: Package, entry: Any) -> Fault:
    place, files = MODEL.below("entry"), package.manifest.files
    if entry is None:
        message = f"entry is missing: the file of {package.reference} that is run: {join_names(files)}"
        return place.fault("missing", message, allowed=files)
    near = nearest(str(entry), files)
    mend = place.replacing(near) if near and is_certain(str(entry), near) else None
    message = f"{package.reference} has no file {str(entry)[:80]!r}{did_you_mean(near)}: it has {join_names(files)}"
    return place.fault("unknown_name", message, found=entry, allowed=files, did_you_mean=near, patch=mend)


def _check_datasets(reading: Reading, fields: Mapping[str, Any], profiles: Mapping[str, DatasetProfile] | None) -> None:
    """The api finds and pins them; what it did not find it says itself, and gives no profiles then."""
    split = fields.get("split")
    named = {
        "/dataset": fields.get("dataset"),
        "/split/validation_dataset": split.validation_dataset if isinstance(split, OtherDatasets) else None,
        "/split/test_dataset": split.test_dataset if isinstance(split, OtherDatasets) else None,
    }
    for pointer, name in named.items():
        if profiles is not None and isinstance(name, str) and name not in profiles:
            near = nearest(name, profiles)
            message = f"there is no data set {name[:80]!r}{did_you_mean(near)}"
            reading.refuse(Place(pointer).fault("bad_reference", message, found=name, did_you_mean=near))
