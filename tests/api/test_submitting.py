"""Specs judged, runs submitted. The checker is away here: what it adds is tested where it is there."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from store import workers
from store.rows import Run
from store.settings import Settings
from tests.api.serving import HOUSES, Service, running_api, settings_for

SPEC: dict[str, Any] = {
    "name": "houses",
    "dataset": "houses",
    "targets": "price",
    "inputs": {"x": {"columns": ["size", "rooms"]}},
    "model": {"kind": "sequential", "layers": ['Dense(8, activation="relu")', "Dense(1)"]},
    "compile": {"optimizer": "Adam(1e-3)", "loss": "mse"},
    "fit": {"epochs": 3},
    "tags": {"team": "vision"},
}
TEXT = """\
dataset: houses
targets: price
inputs:
  x: {columns: [size, rooms]}
model:
  kind: sequential
  layers:
    - Dens(8)
    - Dense(1)
compile: {optimizer: adam, loss: mse}
"""


@pytest.fixture(autouse=True)
def _houses(service: Service) -> None:
    """The data set that every spec here names."""
    service.add_dataset("houses")


def changed(**more: Any) -> dict[str, Any]:
    return {"spec": {**SPEC, **more}}


def test_a_sound_spec_is_queued_and_comes_back_resolved(service: Service, http: httpx.Client) -> None:
    answer = http.post("/v1/runs", json=changed(queue="sound"))
    run = answer.json()

    assert answer.status_code == 201
    assert (run["name"], run["status"], run["tags"], run["queue_position"]) == (
        "houses",
        "queued",
        {"team": "vision"},
        1,
    )
    assert run["spec"]["dataset"] == "houses@1"
    assert run["spec"]["model"]["layers"][0]["layer"]["class_name"] == "Dense"
    assert [pinned["part"] for pinned in run["datasets"]] == ["train"]
    assert http.get(f"/v1/runs/{run['id']}").json() == run


def test_with_the_checker_away_the_run_is_queued_all_the_same_and_says_so(http: httpx.Client) -> None:
    warnings = http.post("/v1/runs", json=changed()).json()["warnings"]

    assert "not_checked" in [warning["code"] for warning in warnings]


def test_a_run_with_components_is_refused_where_only_workers_without_a_sandbox_serve(
    service: Service, http: httpx.Client
) -> None:
    """With nobody there it waits, and with one who has a sandbox it is queued."""
    service.add_component("mine", objects=[{"name": "Wide", "kind": "class", "families": ["layer"]}])

    def submit() -> httpx.Response:
        return http.post("/v1/runs", json=changed(queue="shut_in", components=["mine"]))

    def register(**sandbox: Any) -> None:
        device = {"kind": "sandbox", "name": "sandbox", **sandbox}
        with service.database.transaction() as session:
            workers.register_worker(
                session, name="w", host="h", pid=1, queues=["shut_in"], slots=1, devices=[device] if sandbox else []
            )

    alone = submit()
    assert alone.status_code == 201, alone.text
    assert "No live worker" in "".join(warning["message"] for warning in alone.json()["warnings"])

    register(works=False, detail="The kernel has no Landlock.")
    refused = submit()
    assert (refused.status_code, refused.json()["code"]) == (409, "no_sandbox")
    assert "The kernel has no Landlock." in refused.json()["detail"]
    assert http.post("/v1/runs", json=changed(queue="shut_in")).status_code == 201

    register(works=True, detail="Landlock.")
    assert submit().status_code == 201
    sandbox = http.get("/readyz").json()["parts"]["sandbox"]
    assert (sandbox["ok"], sandbox["needed"]) == (True, False)


def test_a_queue_that_no_living_worker_serves_is_warned_of(service: Service, http: httpx.Client) -> None:
    alone = http.post("/v1/runs", json=changed(queue="nobody")).json()["warnings"]
    with service.database.transaction() as session:
        workers.register_worker(session, name="w", host="h", pid=1, queues=["somebody"], slots=1)
    served = http.post("/v1/runs", json=changed(queue="somebody")).json()["warnings"]

    assert "'nobody'" in "".join(warning["message"] for warning in alone if warning["pointer"] == "/queue")
    assert not [warning for warning in served if warning["pointer"] == "/queue"]


@pytest.mark.parametrize("reference", ["houses", "houses@1", "id"])
def test_a_data_set_is_named_by_name_by_version_or_by_id(service: Service, http: httpx.Client, reference: str) -> None:
    named = service.add_dataset("houses").id if reference == "id" else reference

    assert http.post("/v1/runs", json=changed(dataset=named)).json()["spec"]["dataset"] == "houses@1"


def test_a_name_means_the_newest_version_at_that_moment(service: Service, http: httpx.Client) -> None:
    first = service.add_dataset("growing")
    run = http.post("/v1/runs", json=changed(dataset="growing")).json()
    service.add_dataset("growing", HOUSES + "999,3,a,5.5\n")

    assert http.post("/v1/runs", json=changed(dataset="growing")).json()["spec"]["dataset"] == "growing@2"
    assert http.get(f"/v1/runs/{run['id']}").json()["datasets"][0]["id"] == first.id


def test_a_spec_is_refused_with_every_fault_at_once_and_nothing_is_queued(service: Service, http: httpx.Client) -> None:
    before = http.get("/v1/runs", params={"limit": 1}).json()
    model = {"kind": "sequential", "layers": ["Dens(8)", "Dense(1)"]}
    answer = http.post("/v1/runs", json=changed(dataset="housse", model=model, fit={"epoch": 3}))
    problem = answer.json()
    faults = {fault["pointer"]: fault for fault in problem["errors"]}

    assert (answer.status_code, problem["code"]) == (422, "spec_refused")
    assert answer.headers["content-type"] == "application/problem+json"
    assert faults["/dataset"]["did_you_mean"] == "houses"
    assert faults["/dataset"]["patch"] == [{"op": "replace", "path": "/dataset", "value": "houses"}]
    assert faults["/model/layers/0"]["did_you_mean"] == "Dense"
    assert any(pointer.startswith("/fit") for pointer in faults)
    assert http.get("/v1/runs", params={"limit": 1}).json() == before


def test_faults_of_a_spec_that_came_as_text_carry_their_lines(http: httpx.Client) -> None:
    [fault] = http.post("/v1/specs:validate", json={"text": TEXT}).json()["errors"]

    assert (fault["pointer"], fault["line"], fault["did_you_mean"]) == ("/model/layers/0", 8, "Dense")


def test_text_that_is_no_yaml_is_refused_with_its_line(http: httpx.Client) -> None:
    problem = http.post("/v1/runs", json={"text": "a: 1\nb: [1, 2"}).json()

    assert problem["code"] == "spec_refused"
    assert problem["errors"][0]["line"] == 2


@pytest.mark.parametrize("body", [{}, {"spec": {}, "text": "a: 1"}, {"spec": None}])
def test_a_spec_comes_as_an_object_or_as_text_and_not_as_both(http: httpx.Client, body: dict[str, Any]) -> None:
    assert http.post("/v1/runs", json=body).status_code == 422


def test_what_is_not_built_yet_is_refused_as_such(http: httpx.Client) -> None:
    problem = http.post("/v1/runs", json=changed(targets={"y": {"sequence": "y"}})).json()

    assert problem["errors"][0]["code"] == "not_available"


def test_validating_resolves_and_queues_nothing(http: httpx.Client) -> None:
    validated = http.post("/v1/specs:validate", json={"spec": SPEC}).json()
    again = http.post("/v1/specs:validate", json={"spec": validated["spec"]}).json()

    assert (validated["checked"], validated["summary"]) == (False, None)
    assert again["spec"] == validated["spec"]


def test_a_model_can_be_judged_without_its_data(http: httpx.Client) -> None:
    model_only = {key: SPEC[key] for key in ("model", "compile")} | {"inputs": {"x": {"columns": ["a", "b"]}}}

    assert http.post("/v1/specs:validate", json={"spec": model_only, "model_only": True}).status_code == 200
    assert http.post("/v1/specs:validate", json={"spec": model_only}).status_code == 422


def test_a_spec_is_suggested_for_a_table_and_validates(http: httpx.Client) -> None:
    suggested = http.post("/v1/specs:suggest", json={"dataset": "houses", "target": "price"}).json()
    refused = http.post("/v1/specs:suggest", json={"dataset": "houses", "target": "prise"}).json()

    assert http.post("/v1/specs:validate", json={"spec": suggested["spec"]}).status_code == 200
    assert http.post("/v1/specs:validate", json={"text": suggested["text"]}).status_code == 200
    assert suggested["notes"]
    assert refused["errors"][0]["did_you_mean"] == "price"


def test_templates_are_whole_specs(http: httpx.Client) -> None:
    """Their data sets do not exist here; nothing else is wrong with them."""
    for template in http.get("/v1/templates").json()["data"]:
        problem = http.post("/v1/specs:validate", json={"text": template["text"]}).json()
        assert [fault["pointer"] for fault in problem["errors"]] == ["/dataset"], template["name"]


def test_schema_and_catalog_are_sent_once_and_then_known_by_their_tag(http: httpx.Client) -> None:
    for path, part in (("/v1/schema/run", "properties"), ("/v1/catalog", "families")):
        first = http.get(path)
        second = http.get(path, headers={"If-None-Match": first.headers["ETag"]})

        assert part in first.json()
        assert (second.status_code, second.content) == (304, b"")


class TestIdempotency:
    """The same request twice."""

    def test_a_repeated_submission_makes_one_run_and_gets_one_answer(self, http: httpx.Client) -> None:
        headers = {"Idempotency-Key": "once"}
        first = http.post("/v1/runs", json=changed(queue="once"), headers=headers)
        second = http.post("/v1/runs", json=changed(queue="once"), headers=headers)

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert second.headers["Idempotent-Replay"] == "true"

    def test_a_key_with_another_body_is_refused(self, http: httpx.Client) -> None:
        headers = {"Idempotency-Key": "differs"}
        http.post("/v1/runs", json=changed(), headers=headers)
        answer = http.post("/v1/runs", json=changed(seed=1), headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")

    def test_of_many_at_once_one_creates(self, service: Service, http: httpx.Client) -> None:
        def submit(_: int) -> str:
            with service.client() as client:
                headers = {"Idempotency-Key": "crowd"}
                return str(client.post("/v1/runs", json=changed(name="crowded"), headers=headers).json()["id"])

        with ThreadPoolExecutor(8) as pool:
            ids = set(pool.map(submit, range(16)))

        assert len(ids) == 1
        assert len(http.get("/v1/runs", params={"search": "crowded"}).json()["data"]) == 1

    def test_the_answer_stays_though_the_data_set_is_gone(self, service: Service, http: httpx.Client) -> None:
        dataset = service.add_dataset("fleeting")
        headers = {"Idempotency-Key": "fleeting"}
        first = http.post("/v1/runs", json=changed(dataset="fleeting"), headers=headers).json()
        http.post(f"/v1/runs/{first['id']}:cancel")
        assert http.delete(f"/v1/datasets/{dataset.id}").status_code == 204

        assert http.post("/v1/runs", json=changed(dataset="fleeting"), headers=headers).json() == first


def test_with_the_broker_away_the_run_is_queued_and_waits_to_be_woken(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The row is the outbox: the reconciler finds that nobody was woken for it."""
    settings: Settings = settings_for(tmp_path_factory.mktemp("alone"))
    with running_api(settings) as alone, alone.client() as http:
        alone.add_dataset("houses")
        answer = http.post("/v1/runs", json=changed())
        ready = http.get("/readyz")
        with alone.database.reading() as session:
            row = session.get_one(Run, answer.json()["id"])

    assert answer.status_code == 201
    assert row.woken_at is None
    assert ready.status_code == 503
    assert [part for part, state in ready.json()["parts"].items() if state["ok"]] == ["database", "files"]


def test_with_the_broker_there_a_worker_is_called(service: Service, http: httpx.Client) -> None:
    run_id = http.post("/v1/runs", json=changed()).json()["id"]
    with service.database.reading() as session:
        assert session.get_one(Run, run_id).woken_at is not None
    assert http.get("/readyz").json()["parts"]["broker"]["ok"]
