"""Linked data sets through the running service: trained on where they lie, refused when they have changed."""

from pathlib import Path

import pytest

from horngate.errors import RunFailed
from tests.stack import Stack

SPEC = """
name: on a link
dataset: shelved
inputs: {x: {columns: [a, b]}}
targets: y
model: {kind: sequential, layers: [Dense(1)]}
compile: {optimizer: sgd, loss: mse}
fit: {epochs: 1, tensorboard: false}
"""


@pytest.fixture(scope="module")
def shelf(stack: Stack) -> Path:
    """A folder that the operator allows."""
    folder = stack.home / "linked"
    folder.mkdir(exist_ok=True)
    return folder


def test_a_run_trains_on_a_link_and_another_refuses_what_has_changed(stack: Stack, shelf: Path) -> None:
    table = shelf / "shelved.csv"
    table.write_text("a,b,y\n" + "".join(f"{n},{n % 7},{n % 5}\n" for n in range(60)))
    linked = stack.horngate("datasets", "link", str(table))
    sound = stack.remote.runs.create(SPEC).wait()
    table.write_text(table.read_text().replace("0,0,0", "0,0,9"))
    with pytest.raises(RunFailed) as broken:
        stack.remote.runs.create(SPEC).wait()
    again = stack.remote.datasets.link(table)

    assert (linked.returncode, linked.stdout.strip()) == (0, "shelved@1"), linked.stderr
    assert sound.status == "succeeded"
    failure = broken.value.run["failure"]
    assert failure["kind"] == "data"
    assert "has changed since it was linked" in failure["message"]
    assert "horngate datasets link" in failure["advice"]
    assert (again.reference, again.about["location"]) == ("shelved@2", str(table))
    assert not list((stack.home / "blobs" / "datasets").glob(again.about["sha256"]))


@pytest.mark.parametrize("location", ["/etc/passwd", "{shelf}/../admin.key", "s3://bucket/key", "shelved.csv"])
def test_what_is_not_allowed_is_refused_by_its_pointer(stack: Stack, shelf: Path, location: str) -> None:
    answer = stack.http.post("/v1/datasets:link", json={"location": location.format(shelf=shelf)})

    assert (answer.status_code, answer.json()["code"]) == (422, "link_refused")
    assert answer.json()["errors"][0]["pointer"] == "/location"
