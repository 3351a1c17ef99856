"""A component whose source is sent again, and read otherwise than before."""

import httpx

from tests.api.serving import Service


def test_equal_source_keeps_its_version_and_says_what_is_read_in_it_today(service: Service, http: httpx.Client) -> None:
    service.add_component("read_anew", objects=[{"name": "Wide", "kind": "class", "families": ["layer"]}])
    before = http.get("/v1/components/read_anew").json()

    service.add_component("read_anew", objects=[{"name": "Wide", "kind": "class", "families": ["model"]}])

    after = http.get("/v1/components/read_anew").json()
    assert (after["id"], after["version"], after["sha256"]) == (before["id"], 1, before["sha256"])
    assert [described["families"] for described in after["objects"]] == [["model"]]
