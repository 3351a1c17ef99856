"""Changes to a spec, as `--set` of the command line sends them."""

import pytest

from api.problems import Refused
from api.specs.changing import DEEPEST, merge_patch


def test_mappings_are_merged_null_removes_and_all_else_replaces() -> None:
    spec = {"fit": {"epochs": 10, "monitor": "loss"}, "compile": {"optimizer": {"class_name": "SGD"}}, "tags": [1]}
    changes = {"fit": {"epochs": 5, "monitor": None}, "compile": {"optimizer": "Adam(1e-3)"}, "tags": [2], "seed": 1}

    assert merge_patch(spec, changes) == {
        "fit": {"epochs": 5},
        "compile": {"optimizer": "Adam(1e-3)"},
        "tags": [2],
        "seed": 1,
    }
    assert spec["fit"] == {"epochs": 10, "monitor": "loss"}, "the document itself stays as it was"


def test_changes_nested_without_end_are_refused() -> None:
    patch: object = 1
    for _ in range(DEEPEST + 2):
        patch = {"a": patch}

    with pytest.raises(Refused, match="nested deeper"):
        merge_patch({}, patch)
