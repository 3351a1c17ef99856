"""Signing in at an OpenID provider. Browsers come here by themselves: what goes wrong is told on the sign-in page."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.dashboard.pages import wants_page
from api.oidc import service
from api.parts import Here
from api.problems import Problem

router = APIRouter(prefix="/v1/session/oidc", tags=["session"], include_in_schema=False)
Given = Annotated[str | None, Query(max_length=2000)]


@router.get("")
def begin_oidc(here: Here) -> Response:
    """To the provider."""
    return service.begin(here)


@router.get("/callback")
def finish_oidc(here: Here, request: Request, code: Given = None, state: Given = None) -> Response:
    """Back from the provider, signed in."""
    try:
        return service.finish(here, request, code, state)
    except Problem as problem:
        if not wants_page(request):
            raise
        return RedirectResponse(f"/sign-in?refused={problem.shown_code}", 303)
