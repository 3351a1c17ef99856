"""The OpenAPI document: `python -m api.openapi FILE` writes it, `GET /v1/openapi.json` serves it."""

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.components.schemas import ComponentSubmitted
from api.drawing import ProblemAnswer

REFERENCE = "#/components/schemas/{model}"
PROBLEM = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="ProblemAnswer")}}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem, as RFC 9457 has it.", "content": PROBLEM}
}
TOO_SLOW = {"description": "Nothing of the body came for a minute: the connection is closed.", "content": PROBLEM}
OPEN: dict[str, Any] = {"security": []}
SESSION = "A browser's session; changes also want the header X-CSRF-Token with what GET /v1/me answers as csrf_token."
SECURITY_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, `hg_…`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "hg_session", "description": SESSION},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, made once and kept by the app."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schema = ProblemAnswer.model_json_schema(mode="serialization", ref_template=REFERENCE)
        document["components"]["schemas"] |= {**schema.pop("$defs"), "ProblemAnswer": schema}
        submitted = ComponentSubmitted.model_json_schema(ref_template=REFERENCE)
        document["components"]["schemas"]["ComponentSubmitted"] = submitted
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        document["security"] = [{name: []} for name in SECURITY_SCHEMES]
        for operations in document["paths"].values():
            for operation in operations.values():
                say_slow(operation)
        app.openapi_schema = document
    return app.openapi_schema


def say_slow(operation: dict[str, Any]) -> None:
    """Whatever takes a body may be sent one that does not come."""
    if "requestBody" in operation:
        operation["responses"] = {"408": TOO_SLOW, **operation["responses"]}


def write_document(path: Path) -> None:
    """Write the document of this version; the same code always writes the same bytes."""
    from api.app import route_requests  # the app draws on this module, too

    path.write_text(json.dumps(route_requests().openapi(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    write_document(Path(sys.argv[1]))
