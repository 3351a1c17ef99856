"""What is done with specs before they are runs."""

from api.parts import Parts
from api.problems import Refused
from api.shapes import Page
from api.specs.judging import as_faults, judge_spec
from api.specs.schemas import SpecAsked, SpecValidated, Suggestion, SuggestionAsked, Template
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import SpecRefused
from models_lib.spec.suggest import suggest_spec as guess_spec
from models_lib.spec.templates import TEMPLATES
from store import datasets
from store.access import Caller, settle_project

GRACE_SECONDS = 5.0
"""What forking and queueing may add to the checker's own limit."""


async def validate_spec(here: Parts, caller: Caller, body: SpecAsked) -> SpecValidated:
    """Judge a spec and say all that is known; nothing is queued."""
    patience = here.settings.check_seconds + GRACE_SECONDS
    judged = await judge_spec(here, caller, body, patience=patience, model_only=body.model_only)
    return SpecValidated.model_validate(
        {
            "spec": judged.spec.model_dump(mode="json"),
            "summary": judged.checked.summary,
            "warnings": judged.warnings,
            "checked": judged.checked.was_asked,
        }
    )


def suggest_spec(here: Parts, caller: Caller, body: SuggestionAsked) -> Suggestion:
    """Guess a starting spec; raises NotFound, Refused."""
    with here.database.reading() as session:
        project = settle_project(session, caller, body.project)
        dataset = datasets.find_dataset(session, project.id, body.dataset)
    profile = DatasetProfile.model_validate(dataset.profile)
    try:
        guess = guess_spec(profile, dataset.name, body.target)
    except SpecRefused as error:
        raise Refused("No spec can be suggested.", errors=as_faults(error)) from error
    return Suggestion(spec=guess.document, text=guess.text, notes=list(guess.notes))


def list_templates() -> Page[Template]:
    """All of them."""
    shown = [Template(name=t.id, title=t.title, description=t.description, text=t.text) for t in TEMPLATES]
    return Page(data=shown)
