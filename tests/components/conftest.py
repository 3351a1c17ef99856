"""One service for all of the seed's code: its components and a small table are uploaded once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jsonschema
import pytest

from tests.components import seed
from tests.stack import Stack, until

COUNTS = "a,b,c,total\n" + "\n".join(f"{i % 7},{i % 5},{i % 3},{i % 7 + i % 5}" for i in range(120)) + "\n"
INPUTS = {"x": {"columns": ["a", "b", "c"]}}


@dataclass(frozen=True)
class Shop:
    """The service, and short words for what the tests do with it."""

    stack: Stack
    http: httpx.Client

    def upload(self, name: str, source: str) -> dict[str, Any]:
        answer = self.http.post("/v1/components", json={"name": name, "source": source})
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def submit(self, **spec: Any) -> str:
        """A run of some epochs on the table; its id."""
        document = {"dataset": "counts", "inputs": INPUTS, "targets": "total", **spec}
        answer = self.http.post("/v1/runs", json={"spec": document})
        assert answer.status_code == 201, answer.text
        schema = self.http.get("/v1/schema/run").json()
        assert [fault.message for fault in jsonschema.Draft202012Validator(schema).iter_errors(document)] == []
        return str(answer.json()["id"])

    def train(self, **spec: Any) -> dict[str, Any]:
        """The run, when it has succeeded."""
        run = self.wait(self.submit(**spec))
        assert run["status"] == "succeeded", (run["failure"], self.log(run["id"]))
        return run

    def wait(self, run_id: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            run = dict(self.http.get(f"/v1/runs/{run_id}").json())
            return run if run["ended_at"] else None

        return dict(until(ended, 120))

    def refusal(self, **spec: Any) -> list[dict[str, Any]]:
        """The faults of a spec that is refused."""
        document = {"dataset": "counts", "inputs": INPUTS, "targets": "total", **spec}
        answer = self.http.post("/v1/specs:validate", json={"spec": document})
        assert answer.status_code == 422, answer.text
        return list(answer.json()["errors"])

    def log(self, run_id: str) -> str:
        lines = self.http.get(f"/v1/runs/{run_id}/logs").json()
        return "\n".join(line["text"] for line in lines["data"])

    def curves(self, run_id: str) -> set[str]:
        return {series["name"] for series in self.http.get(f"/v1/runs/{run_id}/metrics").json()["series"]}


@pytest.fixture(scope="session")
def shop(stack: Stack) -> Iterator[Shop]:
    with stack.http as http:
        shop = Shop(stack, http)
        answer = http.post("/v1/datasets", data={"name": "counts"}, files={"file": ("counts.csv", COUNTS)})
        assert answer.status_code in (200, 201), answer.text
        shop.upload("robust", seed.ROBUST)
        shop.upload("parts", seed.PARTS)
        shop.upload("trainers", seed.TRAINERS)
        shop.upload("loops", seed.LOOPS)
        yield shop
