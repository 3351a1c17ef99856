"""A service whose sandbox has one broken rule: it takes no components, says why, and does the rest."""

from pathlib import Path

from tests.stack import ROOT, running_stack, until

LOSS = "def half(y_true, y_pred):\n    return (y_true - y_pred) ** 2 / 2\n"
ROWS = "a,b\n" + "".join(f"{i % 7},{i % 7 * 2}\n" for i in range(40))
BROKEN = f"""
import sys

sys.path.insert(0, {str(ROOT)!r})
from worker.sandbox import forbidden

forbidden.NEVER = forbidden.NEVER.replace("inotify_init1", "")
"""


def test_one_broken_rule_closes_the_door_to_components_and_to_nothing_else(tmp_path: Path) -> None:
    home, broken = tmp_path / "home", tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(BROKEN)
    spec = {
        "dataset": "pairs",
        "targets": "b",
        "model": {"kind": "sequential", "layers": ["Dense(1)"]},
        "compile": {"loss": "mse"},
        "fit": {"epochs": 1},
    }
    with running_stack(home) as whole, whole.http as http:
        http.post("/v1/datasets", data={"name": "pairs"}, files={"file": ("pairs.csv", ROWS)}).raise_for_status()
        http.post("/v1/components", json={"name": "halves", "source": LOSS}).raise_for_status()
        sound = whole.horngate("doctor")

    with running_stack(home, PYTHONPATH=str(broken)) as leaky, leaky.http as http:
        until(lambda: not http.get("/readyz").json()["parts"]["sandbox"]["ok"], 60)
        part = http.get("/readyz").json()["parts"]["sandbox"]
        told = leaky.horngate("doctor")
        upload = http.post("/v1/components", json={"name": "more", "source": LOSS})
        check = http.post("/v1/components/halves:check", json={})
        refused = http.post("/v1/runs", json={"spec": {**spec, "compile": {"loss": "halves.half"}}})
        run = leaky.remote.runs.create(spec)
        until(lambda: run.refresh().is_final, 120)

    assert "It works for at least one worker." in sandbox_line(sound.stdout)
    assert (part["ok"], part["needed"]) == (False, False)
    assert part["detail"] == "It works for no worker: components are not run."
    assert part["detail"] in sandbox_line(told.stdout)
    assert "Linux 5.13 or newer" in " ".join(told.stdout.split())
    for answer in (upload, check, refused):
        assert (answer.status_code, answer.json()["code"]) == (409, "no_sandbox"), answer.text
    assert "From inside it was possible to watch foreign files." in refused.json()["detail"]
    assert run.status == "succeeded", run.about["failure"]


def sandbox_line(said: str) -> str:
    return next(line for line in said.splitlines() if " sandbox " in line)
