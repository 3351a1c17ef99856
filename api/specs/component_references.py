"""The components that a spec may use: those that it pins, and the newest of every other."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from api.problems import Fault
from api.specs.references import miss
from models_lib.spec.components import ComponentManifest, Package
from models_lib.spec.scripts import AnySpec
from store import components, rows
from store.errors import NotFound


@dataclass
class KnownComponents:
    """Packages for the resolver, and their rows by `name@version`."""

    packages: list[Package] = field(default_factory=list)
    found: dict[str, rows.Component] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def add(self, row: rows.Component, *, is_pinned: bool) -> None:
        package = Package(row.name, row.version, ComponentManifest.model_validate(row.manifest), is_pinned)
        self.packages.append(package)
        self.found[package.reference] = row

    def used_by(self, spec: AnySpec) -> list[rows.Component]:
        """Those that the resolved spec pins."""
        return [self.found[reference] for reference in spec.components]


def know_components(session: Session, project_id: str | None, document: object) -> tuple[KnownComponents, object]:
    """What the document may use in its project, and the document with each of `components` as `name@version`."""
    known = KnownComponents()
    if project_id is None:
        return known, document
    newest = components.list_newest(session, project_id)
    pinned = pin_written(session, known, document, project_id, [row.name for row in newest])
    for row in newest:
        if row.name not in {package.name for package in known.packages}:
            known.add(row, is_pinned=False)
    return known, pinned


def pin_written(
    session: Session, known: KnownComponents, document: object, project_id: str, names: list[str]
) -> object:
    """The document whose `components` say their versions; those that lead nowhere are left out, and noted."""
    written = document.get("components") if isinstance(document, dict) else None
    listed = [written] if isinstance(written, str) else written
    if not isinstance(document, dict) or not isinstance(listed, list):
        return document
    references = []
    for n, reference in enumerate(listed):
        try:
            row = components.find_component(session, project_id, str(reference))
        except NotFound as error:
            known.faults.append(miss(f"/components/{n}", error, names))
            continue
        if row.name not in {package.name for package in known.packages}:
            known.add(row, is_pinned=True)
        references.append(f"{row.name}@{row.version}")
    return {**document, "components": references}
