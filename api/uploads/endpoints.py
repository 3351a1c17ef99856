"""Large files in parts, so that a lost connection loses one part at most."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Request, Response

from api.datasets.schemas import Dataset
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.uploads import service
from api.uploads.schemas import MOST_PARTS, Upload, UploadBegun

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], route_class=StrictRoute)

BYTES: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Digest = Annotated[
    str | None,
    Header(max_length=500, description="RFC 9530: `sha-256=:BASE64:`. A part that has another one is refused."),
]
Number = Annotated[int, Path(ge=1, le=MOST_PARTS, description="From 1.")]


@router.post("", status_code=201, responses={200: {"model": Upload}})
def begin_upload(here: Here, caller: Calling, body: UploadBegun, response: Response) -> Upload:
    """Announce a file. One that was begun before is gone on with, one that is known is a data set at once (200)."""
    upload, is_new = service.begin_upload(here, caller, body)
    response.status_code = 201 if is_new else 200
    return upload


@router.get("/{upload_id}")
def get_upload(here: Here, caller: Calling, upload_id: str) -> Upload:
    """Which parts are there."""
    return service.get_upload(here, caller, upload_id)


@router.put("/{upload_id}/parts/{number}", status_code=204, openapi_extra=BYTES)
async def put_part(
    here: Here, caller: Calling, upload_id: str, number: Number, request: Request, content_digest: Digest = None
) -> None:
    """Send one part; sent again it replaces itself."""
    await service.put_part(here, caller, upload_id, number, request, content_digest)


@router.post("/{upload_id}:complete", status_code=201, response_model=Dataset, responses={200: {"model": Dataset}})
async def complete_upload(here: Here, caller: Calling, upload_id: str) -> Response:
    """Every part is there: judge the file as a plain upload, and keep it. Asked again it answers the same (200)."""
    return await service.complete_upload(here, caller, upload_id)


@router.delete("/{upload_id}", status_code=204)
def delete_upload(here: Here, caller: Calling, upload_id: str) -> None:
    """Forget it and its parts; the data set that it has become stays."""
    service.delete_upload(here, caller, upload_id)
