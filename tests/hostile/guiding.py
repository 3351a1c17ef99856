"""What guides the fuzzer past the first refusal: real ids, sound documents, and sound documents with one thing wrong.

Loaded by Schemathesis itself (SCHEMATHESIS_HOOKS); HORNGATE_FUZZ_IDS holds the ids by the name of their parameter.
"""

import json
import os
import zlib
from collections.abc import Mapping
from typing import Any

import schemathesis

KNOWN: Mapping[str, list[str]] = json.loads(os.environ.get("HORNGATE_FUZZ_IDS", "{}"))
DENSE = {"kind": "sequential", "layers": ['Dense(4, activation="relu")', "Dense(1)"]}
SOUND: dict[str, Any] = {
    "name": "fuzzed",
    "dataset": "fuzzed",
    "queue": "nobody",
    "inputs": {"x": {"columns": ["a", "b"]}},
    "targets": "c",
    "split": {"validation": 0.2},
    "model": DENSE,
    "compile": {"optimizer": "Adam(1e-3)", "loss": "mse", "metrics": ["mae"]},
    "fit": {"epochs": 1, "batch_size": 8},
}
SPECS: tuple[dict[str, Any], ...] = (
    SOUND,
    {**SOUND, "model": {"kind": "sequential", "layers": ["Dens(4)", "Dense(1)"]}},
    {**SOUND, "model": {"kind": "sequential", "layers": ["Conv2D(4, 3)", "Dense(1)"]}},
    {**SOUND, "model": {"kind": "sequential", "layers": ["fuzzed.Scale(2.0)", "Dense(1)"]}},
    {**SOUND, "targets": "nothing"},
    {**SOUND, "fit": {"epochs": -1}},
    {**SOUND, "weights": "fuzzed"},
)
CHANGES: tuple[dict[str, Any], ...] = ({"fit": {"epochs": 2}}, {"fit": None}, {"model": {"layers": []}}, {"seed": 7})
ROWS: tuple[Any, ...] = ({"a": 1, "b": 2}, {"x": [1, 2]}, {"a": "one"}, {"a": 1e308, "b": None}, {})


def pick(generated: object, choices: Any, *, share: int = 3) -> Any:
    """One of the choices for two cases of three, told by what was generated, so that a seed repeats; else None."""
    digest = zlib.crc32(repr(generated).encode(errors="replace"))
    return choices[digest // 7 % len(choices)] if choices and digest % share else None


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Ids that exist."""
    for name in path_parameters or ():
        known = pick(path_parameters[name], KNOWN.get(name))
        path_parameters[name] = path_parameters[name] if known is None else known
    return path_parameters


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Let nobody revoke the key that the fuzzer itself calls with."""
    if case.operation.label == "DELETE /v1/keys/{key_id}":
        case.path_parameters["key_id"] = KNOWN["key_id"][0]


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Documents that get as far as Keras, the database and the models."""
    if not isinstance(body, dict):
        return body
    for field, choices in {"spec": SPECS, "changes": CHANGES}.items():
        known = pick(body, choices)
        if field in body and known is not None:
            body = {**body, field: known}
    if isinstance(body.get("epochs"), int):  # a run extended by a million epochs would train beside all that follows
        body = {**body, "epochs": min(body["epochs"], 3)}
    rows = pick(body, ROWS)
    return {**body, "instances": [rows]} if "instances" in body and rows is not None else body
