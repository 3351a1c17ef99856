"""Hostile data sets, models and packages through the front door: refused by their place, quickly, nothing left."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.hostile.files import COMPONENTS, DATASETS, MODELS
from tests.stack import Stack

SECONDS = 15.0
"""Far over the second that a quiet machine needs: `make bench` prints that."""


@pytest.fixture(scope="module")
def http(fuzzed: Stack) -> Iterator[httpx.Client]:
    with fuzzed.http as http:
        yield http


def refused(answer: httpx.Response, started: float) -> None:
    assert answer.status_code in (413, 422), answer.text[:2000]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text
    assert "/tmp" not in answer.text
    assert time.monotonic() - started < SECONDS


@pytest.mark.parametrize("what", DATASETS)
def test_a_hostile_data_set_is_refused(http: httpx.Client, what: str) -> None:
    name, make = DATASETS[what]
    content, started = make(), time.monotonic()
    refused(http.post("/v1/datasets", data={"name": "hostile"}, files={"file": (name, content)}), started)


@pytest.mark.parametrize("what", MODELS)
def test_a_hostile_model_is_refused(http: httpx.Client, what: str) -> None:
    content, started = MODELS[what](), time.monotonic()
    refused(http.post("/v1/runs:import", files={"file": ("model.keras", content)}), started)


@pytest.mark.parametrize("what", COMPONENTS)
def test_a_hostile_package_is_refused(http: httpx.Client, what: str) -> None:
    content, started = COMPONENTS[what](), time.monotonic()
    refused(http.post("/v1/components", data={"name": "hostile"}, files={"file": ("hostile.zip", content)}), started)


def test_nothing_of_them_was_kept(http: httpx.Client, fuzzed: Stack) -> None:
    assert http.get("/v1/datasets", params={"name": "hostile"}).json()["data"] == []
    assert not [path for path in (fuzzed.home / "blobs" / "quarantine").rglob("*") if path.is_file()]
    assert http.get("/readyz").json()["ready"]
