"""Which rows train, validate and test."""

import numpy as np
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.order import order
from models_lib.data.read import Table
from models_lib.data.splits import part_rows
from models_lib.spec.bindings import Split


def _table(**columns: object) -> Table:
    values = {
        name: np.array(column, dtype=object if isinstance(column[0], str) else None) for name, column in columns.items()
    }  # type: ignore[index]
    return Table(len(next(iter(values.values()))), values, {})


def test_shares_part_all_rows_and_the_seed_decides_which() -> None:
    table = _table(x=list(range(1000)))

    parts = part_rows(Split(validation=0.2, test=0.1), table, 1)

    assert {part: len(rows) for part, rows in parts.items()} == {"train": 700, "validation": 200, "test": 100}
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(1000))
    assert all(
        np.array_equal(rows, part_rows(Split(validation=0.2, test=0.1), table, 1)[part]) for part, rows in parts.items()
    )
    assert not np.array_equal(parts["test"], part_rows(Split(validation=0.2, test=0.1), table, 2)["test"])


def test_a_stratified_split_keeps_the_shares_of_every_class() -> None:
    table = _table(kind=["a"] * 800 + ["b"] * 180 + ["c"] * 20)

    parts = part_rows(Split(validation=0.2, test=0.1, stratify="kind"), table, 1)

    for part, share in (("train", 0.7), ("validation", 0.2), ("test", 0.1)):
        kinds, counts = np.unique(table.values["kind"][parts[part]].astype(str), return_counts=True)
        assert dict(zip(kinds.tolist(), counts.tolist(), strict=True)) == {
            "a": round(800 * share),
            "b": round(180 * share),
            "c": round(20 * share),
        }


def test_a_group_never_straddles_two_parts() -> None:
    groups = np.random.default_rng(3).integers(0, 40, 1000)

    parts = part_rows(Split(validation=0.2, test=0.1, group="g"), _table(g=groups.tolist()), 1)

    found = [set(groups[rows].tolist()) for rows in parts.values()]
    assert sum(len(groups_of_part) for groups_of_part in found) == len(set(groups.tolist()))
    assert abs(len(parts["validation"]) - 200) < 40


def test_by_time_the_latest_rows_are_tested_and_those_before_validate() -> None:
    times = np.random.default_rng(3).permutation(100)

    parts = part_rows(Split(validation=0.2, test=0.1, time="t"), _table(t=times.tolist()), 1)

    assert times[parts["train"]].tolist() == list(range(70))
    assert times[parts["validation"]].tolist() == list(range(70, 90))
    assert times[parts["test"]].tolist() == list(range(90, 100))


def test_a_column_says_each_rows_part() -> None:
    parts = part_rows(Split(column="part"), _table(part=["train", "test", "train", "validation"]), 1)

    assert {part: rows.tolist() for part, rows in parts.items()} == {"train": [0, 2], "validation": [3], "test": [1]}


def test_a_column_with_other_words_is_refused_with_what_it_says() -> None:
    with pytest.raises(DataFault, match="also says") as refused:
        part_rows(Split(column="part"), _table(part=["train", "dev"]), 1)

    assert refused.value.faults[0].found == {"dev": 1, "train": 1}


def test_a_split_that_leaves_a_part_empty_is_refused() -> None:
    with pytest.raises(DataFault, match="none is left for train"):
        part_rows(Split(validation=0.5, test=0.4), _table(x=[1, 2]), 1)


def test_the_order_is_a_permutation_that_seed_and_epoch_decide() -> None:
    assert sorted(order(42, 0, 10).tolist()) == list(range(10))
    assert order(42, 0, 10).tolist() == order(42, 0, 10).tolist()
    assert order(42, 0, 10).tolist() != order(42, 1, 10).tolist()
    # Published: scripts of users reproduce runs with it.
    assert order(42, 3, 8).tolist() == np.random.default_rng([42, 3]).permutation(8).tolist()
