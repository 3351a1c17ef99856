"""The product's language: judge a spec, suggest one, complete one."""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response

from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import InProject, Page
from api.specs import preflight, reference, service
from api.specs.reference import SchemaResponse
from api.specs.schemas import (
    Preflight,
    PreflightAsked,
    SpecAsked,
    SpecValidated,
    Suggestion,
    SuggestionAsked,
    Template,
)

router = APIRouter(prefix="/v1", tags=["specs"], route_class=StrictRoute)

IfNoneMatch = Annotated[str | None, Header()]


@router.post("/specs:validate")
async def validate_spec(here: Here, caller: Calling, body: SpecAsked) -> SpecValidated:
    """The resolved spec and the model's summary, or 422 with every fault at once."""
    return await service.validate_spec(here, caller, body)


@router.post("/specs:preflight")
async def preflight_spec(here: Here, caller: Calling, body: PreflightAsked) -> Preflight:
    """Build it, train and validate one batch, save, load, compare and export; or 422 with what does not work."""
    return await preflight.preflight_spec(here, caller, body)


@router.post("/specs:suggest")
def suggest_spec(here: Here, caller: Calling, body: SuggestionAsked) -> Suggestion:
    """A sound starting spec for a table and the column to predict."""
    return service.suggest_spec(here, caller, body)


@router.get("/templates")
def list_templates(caller: Calling) -> Page[Template]:
    """Starting documents to choose from."""
    return service.list_templates()


@router.get("/schema/run", response_model=dict[str, object], response_class=SchemaResponse)
def get_run_schema(
    here: Here, caller: Calling, project: InProject = None, if_none_match: IfNoneMatch = None
) -> Response:
    """The JSON Schema of a run spec, for editors."""
    return reference.answer_schema(here, caller, project, if_none_match)


@router.get("/catalog", response_model=dict[str, object])
def get_catalog(caller: Calling, if_none_match: IfNoneMatch = None) -> Response:
    """Every Keras object a spec may name, with its arguments."""
    return reference.answer_catalog(if_none_match)
