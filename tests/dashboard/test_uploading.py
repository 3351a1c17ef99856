"""A file that takes a while: held, gone on with after a reload, over a line that breaks."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.dashboard.browsing import watched_page
from tests.dashboard.test_accessibility import faults_of
from tests.stack import Stack

PARTS = "**/v1/uploads/*/parts/*"
BROKEN = "net::ERR"  # what Chromium itself says of a request that got nowhere


def big_table(path: Path) -> Path:
    """More than a part of 8 MiB, and no two of them alike."""
    chance = random.Random(11)
    lines = (f"{chance.randrange(10**9):09},{chance.randrange(10**9):09}" for _ in range(500_000))
    path.write_text("\n".join(["left,right", *lines]) + "\n")
    return path


@contextmanager
def held_parts(page: Page, *, but: int) -> Iterator[None]:
    """While inside, parts after the first `but` wait on the line."""
    seen = 0

    def hold(route: Route) -> None:
        nonlocal seen
        seen += 1
        if seen <= but:
            route.continue_()

    page.route(PARTS, hold)
    yield
    page.unroute(PARTS, hold)


def test_an_upload_is_held_gone_on_with_after_a_reload_and_outlives_a_broken_line(
    signed_in: BrowserContext, stack: Stack, tmp_path: Path
) -> None:
    table = big_table(tmp_path / "Large table.csv")
    with watched_page(signed_in, stack.url, BROKEN) as page:
        page.goto("/datasets")
        with held_parts(page, but=1):
            page.locator("input[type=file]").set_input_files(table)
            uploading = page.get_by_role("region", name="Upload", exact=True)
            expect(uploading).to_contain_text("8.4 MB of 10.0 MB")
            page.get_by_role("button", name="Pause").click()
            expect(uploading).to_contain_text("held")
            assert faults_of(page) == []
            page.reload()
            expect(page.get_by_role("region", name="Unfinished upload")).to_contain_text("8.4 MB of 10.0 MB has come")
            assert faults_of(page) == []

        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
        page.route(PARTS, lambda route: route.abort("connectionreset"), times=2)
        page.get_by_label("The file to go on with").set_input_files(table)
        expect(page.get_by_text("no answer, trying again within")).to_be_visible()
        expect(page.get_by_role("heading", name="large-table@1")).to_be_visible()
        assert [re.findall(r"parts/(\d+)", url) for url in sent] == [["2"]] * 3


def test_a_cancelled_upload_leaves_nothing(signed_in: BrowserContext, stack: Stack, tmp_path: Path) -> None:
    table = big_table(tmp_path / "unwanted.csv")
    with watched_page(signed_in, stack.url) as page:
        page.goto("/datasets")
        with held_parts(page, but=0):
            with page.expect_response(re.compile(r"/v1/uploads$")) as begun:
                page.locator("input[type=file]").set_input_files(table)
            with page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
                page.get_by_role("button", name="Cancel").click()
            assert gone.value.status == 204
            expect(page.get_by_text("Drop a table here")).to_be_visible()
        upload = begun.value.json()["id"]
        assert stack.http.get(f"/v1/uploads/{upload}").status_code == 404
        page.reload()
        expect(page.get_by_text("Drop a table here")).to_be_visible()
        expect(page.get_by_role("region", name="Unfinished upload")).to_have_count(0)
