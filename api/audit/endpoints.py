"""Who did what."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.audit import service
from api.audit.schemas import AuditEntry, EntriesAsked
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import Page

router = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)


@router.get("/audit")
def list_audit(here: Here, caller: Calling, asked: Annotated[EntriesAsked, Query()]) -> Page[AuditEntry]:
    """The audit log, newest first: administrators read all of it, owners what concerns their projects."""
    return service.list_audit(here, caller, asked)
