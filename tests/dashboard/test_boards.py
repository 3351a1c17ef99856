"""TensorBoard where the operator gives it an origin of its own."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from store.settings import Settings
from tests.api.serving import Service, free_port, running_api, running_part, running_valkey
from tests.boards.written_events import file_of, scalars, ship
from tests.dashboard.browsing import watched_page


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """127.0.0.1 and localhost are two origins, and two sites, of one machine."""
    port, home = free_port(), tmp_path_factory.mktemp("boards")
    settings = Settings(home=home, mode="local", port=port, boards_origin=f"http://localhost:{port}")
    with running_valkey(settings), running_api(settings) as service, running_part(service, "boards", "boards"):
        yield service


def test_a_board_is_seen_in_its_tab_from_its_own_origin(browser: Browser, service: Service) -> None:
    run = service.add_run("on board")
    ship(service.blobs, run, file_of(scalars([0.5, 0.25, 0.125])))
    with service.client() as admin:
        link = admin.post("/v1/sign-in-links").json()["url"]
    with (
        browser.new_context(base_url=service.settings.public_url) as context,
        watched_page(context, "http://") as page,
    ):
        page.goto(link)
        page.get_by_role("heading", name="Runs", level=1).wait_for()
        with page.expect_request(re.compile("/boards/.*/data/")) as asked:
            page.goto(f"/runs/{run}?tab=tensorboard")
        board = page.frame_locator("iframe[title=TensorBoard]")
        expect(board.get_by_text(re.compile("epoch_loss")).first).to_be_visible()
        assert asked.value.url.startswith(f"{service.settings.boards_origin}/boards/")
        assert "cookie" not in asked.value.all_headers()
