"""Whole data sets predicted and evaluated by a run's model."""

import json

import pytest

from horngate.client.runs import Run
from tests.stack import Stack, until

SPEC = """
name: whole
dataset: wholes
inputs: {x: {columns: [a, b], missing: median}, town: {column: town}}
targets: {y: {column: y, normalize: true}}
split: {validation: 0.2, test: 0.2}
model: {kind: sequential, layers: [{name: y, layer: Dense(1)}]}
compile: {optimizer: Adam(0.1), loss: mse, metrics: [mae]}
fit: {epochs: 3, tensorboard: false}
"""


@pytest.fixture(scope="module")
def run(stack: Stack) -> Run:
    lines = [f"{i % 7},{'' if i % 9 == 0 else i % 5},{('Ulm', 'Jena')[i % 2]},{i % 7 + i % 5}" for i in range(150)]
    table = stack.home / "wholes.csv"
    table.write_text("\n".join(["a,b,town,y", *lines]) + "\n")
    stack.remote.datasets.add(table)
    return stack.remote.runs.create(SPEC).wait()


def test_a_whole_data_set_is_predicted_in_the_order_of_its_rows(stack: Stack, run: Run) -> None:
    started = stack.http.post(f"/v1/runs/{run.id}:predict", json={"dataset": "wholes"})
    assert started.status_code == 202, started.text
    job = wait_for(stack, started.json()["href"])

    predictions = [json.loads(line) for line in stack.http.get(job["result"]).text.splitlines()]

    assert (job["status"], job["rows"], len(predictions)) == ("succeeded", 150, 150)
    served = run.predict([{"a": 1, "b": 1, "town": "Jena"}, {"a": 2, "b": 2, "town": "Ulm"}])
    assert predictions[1:3] == pytest.approx(served, rel=1e-5)


def test_evaluating_the_run_s_own_data_agrees_with_its_predictions(stack: Stack, run: Run) -> None:
    started = stack.http.post(f"/v1/runs/{run.id}:evaluate", json={"dataset": "wholes"})
    assert started.status_code == 202, started.text
    job = wait_for(stack, started.json()["href"])

    assert (job["status"], job["rows"]) == ("succeeded", 150)
    assert set(job["metrics"]) == {"loss", "mae"}
    wanted = [i % 7 + i % 5 for i in range(150)]
    rows = [{"a": i % 7, "b": None if i % 9 == 0 else i % 5, "town": ("Ulm", "Jena")[i % 2]} for i in range(150)]
    errors = [abs(found - known) for found, known in zip(run.predict(rows), wanted, strict=True)]
    # The scores are in units of the target's deviation, on which this ratio does not depend.
    ratio = (sum(error**2 for error in errors) / 150) / (sum(errors) / 150) ** 2
    assert job["metrics"]["loss"] / job["metrics"]["mae"] ** 2 == pytest.approx(ratio, rel=1e-4)


def test_a_data_set_without_the_model_s_columns_fails_with_the_reason(stack: Stack, run: Run) -> None:
    other = stack.home / "others.csv"
    other.write_text("a,c\n1,2\n3,4\n")
    stack.remote.datasets.add(other)

    job = wait_for(stack, stack.http.post(f"/v1/runs/{run.id}:predict", json={"dataset": "others"}).json()["href"])

    assert job["status"] == "failed"
    assert "'b'" in job["reason"]
    assert stack.http.get(f"{job['href']}/result").status_code == 404
    assert stack.http.get(f"/v1/runs/{run.id}/jobs/job_none").status_code == 404
    assert stack.http.post(f"/v1/runs/{run.id}:predict", json={}).status_code == 422


def test_the_command_line_writes_predictions_and_scores(stack: Stack, run: Run) -> None:
    file = stack.home / "predicted.jsonl"
    shown = stack.horngate("predict", run.id, "--dataset", "wholes")
    kept = stack.horngate("predict", run.id, "--dataset", "wholes", "--to", str(file))
    scores = stack.horngate("evaluate", run.id, "--dataset", "wholes", "--json")
    absent = stack.horngate("evaluate", run.id, "--dataset", "no such")

    assert (shown.returncode, len(shown.stdout.splitlines())) == (0, 150), shown.stderr
    assert (kept.returncode, kept.stdout, file.read_text()) == (0, "", shown.stdout)
    assert json.loads(scores.stdout)["metrics"] == run.evaluate("wholes")
    assert (absent.returncode, absent.stdout) == (2, "")


def wait_for(stack: Stack, href: str) -> dict[str, object]:
    with stack.http as http:

        def ended() -> dict[str, object] | None:
            job: dict[str, object] = http.get(href).json()
            return job if job["status"] != "running" else None

        return dict(until(ended, 120))
