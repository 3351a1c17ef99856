"""The OpenAPI document, from which the dashboard's client is generated."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

from api.app import route_requests

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "dashboard" / "openapi.json"


def test_the_committed_document_is_what_the_code_says(tmp_path: Path) -> None:
    """Else: `make client`. Made in another process with another hash seed, it is the same to the byte."""
    written = tmp_path / "openapi.json"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "HOME": str(tmp_path)}

    subprocess.run([sys.executable, "-m", "api.openapi", str(written)], cwd=ROOT, env=environment, check=True)

    assert written.read_text() == COMMITTED.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["openapi.json"]


def test_the_service_serves_the_same_document(http: httpx.Client) -> None:
    assert http.get("/v1/openapi.json").json() == json.loads(COMMITTED.read_text())


def test_every_operation_has_a_name_of_its_own_and_says_how_it_fails() -> None:
    operations = [operation for path in route_requests().openapi()["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    assert all("application/problem+json" in operation["responses"]["default"]["content"] for operation in operations)
    assert all(operation["description"] for operation in operations)
    assert {"408" in operation["responses"] for operation in operations if "requestBody" in operation} == {True}
    assert {"408" in operation["responses"] for operation in operations if "requestBody" not in operation} == {False}
