"""Data sets: versions of a name, equal bytes kept once, nothing taken from under an unfinished run."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from store.datasets import delete_dataset, find_dataset, get_dataset, hold_unused, list_datasets, list_names, list_pins
from store.endings import finish_run
from store.errors import DatasetInUse, NotFound
from store.lifecycle import EndedBy, Status
from tests.store.conftest import Shop


def test_a_known_name_makes_the_next_version_and_equal_bytes_the_one_that_has_them(shop: Shop) -> None:
    first = shop.add_dataset(sha256="1" * 64)
    second = shop.add_dataset(sha256="2" * 64)
    again = shop.add_dataset(sha256="1" * 64)
    other = shop.add_dataset("other", sha256="1" * 64)

    assert [d.version for d in (first, second, again, other)] == [1, 2, 1, 1]
    assert again.id == first.id
    assert len({first.id, second.id, other.id}) == 3


def test_a_reference_is_a_name_a_version_of_it_or_an_id(shop: Shop) -> None:
    first, second = shop.add_dataset(sha256="1" * 64), shop.add_dataset(sha256="2" * 64)

    def find(reference: str) -> str:
        return shop.read(find_dataset, shop.project_id, reference).id

    assert (find("housing"), find("housing@1"), find("housing@2")) == (second.id, first.id, second.id)
    assert find(first.id) == first.id
    for unknown in ("nothing", "housing@3", "housing@x", "housing@99999999999999999999", "@", "housing@1@2"):
        with pytest.raises(NotFound):
            find(unknown)


def test_many_uploads_of_one_name_at_once_get_versions_of_their_own(shop: Shop) -> None:
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda n: shop.add_dataset(sha256=f"{n:064x}"), range(12)))

    assert sorted(dataset.version for dataset in added) == list(range(1, 13))


def test_many_uploads_of_the_same_bytes_at_once_make_one_version(shop: Shop) -> None:
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda _: shop.add_dataset().id, range(8)))

    assert len(set(added)) == 1


def test_a_data_set_that_an_unfinished_run_pins_stays(shop: Shop) -> None:
    dataset = shop.add_dataset()
    run_id = shop.add_run(datasets={"train": dataset.id, "validation": dataset.id}).id

    with pytest.raises(DatasetInUse) as refused:
        shop.write(delete_dataset, dataset.id)
    assert refused.value.run_ids == (run_id,)

    shop.write(finish_run, shop.claim(), status=Status.FAILED, ended_by=EndedBy.FAILURE)
    assert shop.write(delete_dataset, dataset.id) == dataset.sha256
    with pytest.raises(NotFound):
        shop.read(get_dataset, dataset.id)
    with pytest.raises(NotFound):
        shop.write(delete_dataset, dataset.id)


def test_bytes_that_another_data_set_has_too_are_kept(shop: Shop) -> None:
    one, two = shop.add_dataset("one"), shop.add_dataset("two")

    assert shop.write(delete_dataset, one.id) is None
    assert not shop.write(hold_unused, two.sha256)
    assert shop.write(delete_dataset, two.id) == two.sha256
    assert shop.write(hold_unused, two.sha256)


def test_the_number_of_a_deleted_version_may_come_again_but_never_its_id(shop: Shop) -> None:
    first = shop.add_dataset(sha256="1" * 64)
    shop.write(delete_dataset, first.id)

    assert shop.add_dataset(sha256="2" * 64).id != first.id


def test_lists_are_paged_and_narrowed(shop: Shop) -> None:
    for name in ("wine", "housing", "digits"):
        shop.add_dataset(name)
    shop.add_dataset("wine", "b" * 64)

    page = shop.read(list_datasets, sort="name", limit=3)
    rest = shop.read(list_datasets, sort="name", limit=3, after=page.next_cursor)

    assert [d.name for d in page.items + rest.items] == ["digits", "housing", "wine", "wine"]
    assert [d.version for d in shop.read(list_datasets, name="wine").items] == [2, 1]
    assert [d.name for d in shop.read(list_datasets, search="IG").items] == ["digits"]
    assert shop.read(list_datasets, project_id="prj_other").items == []
    assert shop.read(list_names, shop.project_id) == ["digits", "housing", "wine"]


def test_pins_say_which_run_reads_what(shop: Shop) -> None:
    dataset = shop.add_dataset()
    run_id = shop.add_run(datasets={"train": dataset.id, "test": dataset.id}).id

    pins = shop.read(list_pins, [run_id])

    assert [(pin.run_id, pin.part, pin.name, pin.version) for pin in pins] == [
        (run_id, "train", "housing", 1),
        (run_id, "test", "housing", 1),
    ]
