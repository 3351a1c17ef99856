"""Linked data sets through the running service: trained on where they lie, refused when they have changed."""

from pathlib import Path

import pyarrow
import pyarrow.parquet
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


def test_a_run_trains_on_a_folder_of_parquet_files(stack: Stack, shelf: Path) -> None:
    folder = shelf / "parts"
    folder.mkdir(exist_ok=True)
    rows = {name: [float(at % by) for at in range(60)] for name, by in (("a", 7), ("b", 5), ("y", 3))}
    table = pyarrow.table(rows)
    for at in range(2):
        pyarrow.parquet.write_table(table.slice(at * 30, 30), folder / f"part-{at}.parquet")
    (folder / "_SUCCESS").touch()

    linked = stack.remote.datasets.link(folder)
    run = stack.remote.runs.create(SPEC.replace("shelved", "parts")).wait()

    assert (linked.about["rows"], run.status) == (60, "succeeded")
