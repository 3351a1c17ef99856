"""Ids say what they name, and sort by their birth."""

from store.ids import new_id


def test_ids_of_one_process_rise_strictly() -> None:
    ids = [new_id("run") for _ in range(5000)]

    assert ids == sorted(set(ids))
    assert {(id[:4], len(id)) for id in ids} == {("run_", 30)}
