"""Documents that change seldom: the spec's schema and Keras' catalog, sent with an ETag."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache, lru_cache

from fastapi.responses import JSONResponse, Response

from api.parts import Parts
from api.specs.component_references import know_components
from models_lib.spec.catalog import CATALOG_PATH
from models_lib.spec.component_schema import component_names, schema_with
from models_lib.spec.components import Components
from models_lib.spec.objects import Family
from store.access import Caller, settle_project


class SchemaResponse(JSONResponse):
    """A JSON Schema."""

    media_type = "application/schema+json"


@dataclass(frozen=True)
class Document:
    """Its bytes, and the tag that changes with them."""

    body: bytes
    etag: str


def answer_schema(here: Parts, caller: Caller, project: str | None, if_none_match: str | None) -> Response:
    """The JSON Schema of a run spec, with the names of the newest version of each of the project's components."""
    with here.database.reading() as session:
        is_nowhere = project is None and not caller.roles
        known, _ = know_components(session, None if is_nowhere else settle_project(session, caller, project).id, {})
    names = component_names(Components(known.packages))
    return answer_document(write_schema(tuple(names.items())), if_none_match, SchemaResponse.media_type)


def answer_catalog(if_none_match: str | None) -> Response:
    """The catalog."""
    return answer_document(read_catalog(), if_none_match, "application/json")


@lru_cache(maxsize=8)
def write_schema(names: tuple[tuple[Family, tuple[str, ...]], ...]) -> Document:
    """Made at the first request that there is after components changed."""
    return tag(json.dumps(schema_with(dict(names)), separators=(",", ":")).encode())


@cache
def read_catalog() -> Document:
    """As it is committed."""
    return tag(CATALOG_PATH.read_bytes())


def tag(body: bytes) -> Document:
    """The bytes with their tag."""
    return Document(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def answer_document(document: Document, if_none_match: str | None, media_type: str) -> Response:
    """The document, or 304 where the caller has it."""
    headers = {"ETag": document.etag, "Cache-Control": "private, no-cache"}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if known & {document.etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(document.body, headers=headers, media_type=media_type)
