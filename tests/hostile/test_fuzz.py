"""Thousands of generated requests, alone and in sequences: no answer is a 5xx, each is as documented.

`make fuzz CASES=100000 SEED=7` is the same with more of them.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT, Stack, until

CASES = int(os.environ.get("HORNGATE_FUZZ_CASES", "5000"))
OPERATIONS, COVERED = 90, 2700
"""Fewer than there are, and than come from the limits of each field whatever is asked for."""
EXAMPLES = max(5, (CASES - COVERED) // OPERATIONS)
SEED = os.environ.get("HORNGATE_FUZZ_SEED", "1")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
    "use_after_free",
)
LAYER = """
import keras

class Scale(keras.layers.Layer):
    def __init__(self, by=1.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs * self.by
"""
SPEC = {
    "dataset": "fuzzed",
    "inputs": {"x": {"columns": ["a", "b"]}},
    "targets": "c",
    "model": {"kind": "sequential", "layers": ["Dense(1)"]},
    "compile": {"optimizer": "sgd", "loss": "mse"},
    "fit": {"epochs": 1},
}


def fill(stack: Stack) -> dict[str, list[str]]:
    """A data set, a component, a key, an upload, a run that has ended and one that waits; ids by parameter."""
    table = "a,b,c\n" + "\n".join(f"{i},{i % 7},{i % 5}" for i in range(60))
    with stack.http as http:

        def post(path: str, **more: object) -> str:
            return str(http.post(path, **more).raise_for_status().json()["id"])  # type: ignore[arg-type]

        dataset = post("/v1/datasets", data={"name": "fuzzed"}, files={"file": ("fuzzed.csv", table)})
        component = post("/v1/components", json={"name": "fuzzed", "source": LAYER})
        key = post("/v1/keys", json={"name": "fuzzed"})
        upload = post("/v1/uploads", json={"name": "more", "filename": "a.csv", "bytes": 3, "sha256": "0" * 64})
        waiting = post("/v1/runs", json={"spec": {**SPEC, "queue": "nobody"}})
        trained = post("/v1/runs", json={"spec": SPEC})
        until(lambda: http.get(f"/v1/runs/{trained}").json()["ended_at"], 120)
    return {
        "run_id": [trained, trained, waiting],
        "dataset_id": [dataset],
        "component_id": [component, "fuzzed", "fuzzed@1"],
        "key_id": [key],
        "upload_id": [upload],
        "number": ["1"],
        "path": ["model.keras"],
    }


def test_no_request_is_answered_by_a_fault_of_ours(fuzzed: Stack, tmp_path: Path) -> None:
    environment = {"SCHEMATHESIS_HOOKS": "tests.hostile.guiding", "HORNGATE_FUZZ_IDS": json.dumps(fill(fuzzed))}
    words = ["--url", fuzzed.url, "--header", f"Authorization: Bearer {fuzzed.key}", "--checks", ",".join(CHECKS)]
    words += ["--phases", "coverage,fuzzing,stateful", "--max-examples", str(EXAMPLES), "--seed", SEED]
    words += ["--continue-on-failure", "--no-shrink", "--request-timeout", "60", "--warnings", "off"]

    asked = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", str(ROOT / "dashboard" / "openapi.json"), *words],
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )

    assert asked.returncode == 0, asked.stdout[-20_000:] + asked.stderr[-2_000:]
    generated = re.search(r"(\d+) generated", asked.stdout)
    assert generated is not None
    assert int(generated[1]) >= CASES
    assert fuzzed.http.get("/readyz").json()["ready"]
    assert "Traceback" not in (fuzzed.home / "logs" / "api.log").read_text()
