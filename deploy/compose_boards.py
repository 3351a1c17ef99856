"""Look at a run's board through nginx, in an origin of its own, as a browser does. Usage: … URL KEY TLS_PORT."""

import re
import sys

import httpx
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.dashboard.browsing import FLAGS, find_chromium, refuse_powers

DASHBOARD, BOARDS = "https://horngate.example.org", "https://boards.example.org"
PATIENCE_MS = 60_000


def main(url: str, key: str, tls_port: str) -> None:
    headers = {"Authorization": f"Bearer {key.strip()}"}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as admin:
        send_much(admin.headers, tls_port)
        run = admin.get("/v1/runs", params={"status": "succeeded"}).raise_for_status().json()["data"][0]["id"]
        link = admin.post("/v1/sign-in-links").raise_for_status().json()["url"]
    rules = ", ".join(
        f"MAP {origin.removeprefix('https://')}:443 127.0.0.1:{tls_port}" for origin in (DASHBOARD, BOARDS)
    )
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--host-resolver-rules={rules}"]
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        with browser.new_context(base_url=DASHBOARD, ignore_https_errors=True) as context:
            context.set_default_timeout(PATIENCE_MS)
            look_at_board(context, link, run)
        browser.close()


def send_much(headers: httpx.Headers, tls_port: str) -> None:
    """More than nginx takes by default, and a stream of events that nginx must not keep to itself."""
    told = {"Host": DASHBOARD.removeprefix("https://"), "Authorization": headers["Authorization"]}
    with httpx.Client(base_url=f"https://127.0.0.1:{tls_port}", headers=told, verify=False, timeout=60) as http:
        rows = "a,b\n" + "1,2\n" * 1_000_000
        http.post("/v1/datasets", files={"file": ("much.csv", rows)}, data={"name": "much"}).raise_for_status()
        run = http.get("/v1/runs").raise_for_status().json()["data"][0]["id"]
        stream = {"Accept": "text/event-stream"}
        with http.stream("GET", f"/v1/runs/{run}/events", headers=stream) as answer:
            assert any(line.startswith("data:") for line in answer.iter_lines())
    say("nginx lets 4 MB in, and events out")


def look_at_board(context: BrowserContext, link: str, run: str) -> None:
    """The board is drawn, asks without a cookie, and reaches nothing of the dashboard's."""
    page = context.new_page()
    page.goto(link)
    page.get_by_role("heading", name="Runs", level=1).wait_for()
    with page.expect_request(re.compile("/boards/.*/data/")) as asked:
        page.goto(f"/runs/{run}?tab=tensorboard")
    curve = page.frame_locator("iframe[title=TensorBoard]").get_by_text(re.compile("epoch_loss")).first
    expect(curve).to_be_visible(timeout=PATIENCE_MS)
    assert asked.value.url.startswith(f"{BOARDS}/boards/"), asked.value.url
    assert "cookie" not in asked.value.all_headers()
    [cookie] = context.cookies()
    secure = {"name": "__Host-hg_session", "domain": "horngate.example.org", "httpOnly": True, "secure": True}
    assert {name: cookie[name] for name in secure} == secure, cookie  # type: ignore[literal-required]
    refuse_powers(page)
    say(f"the board is drawn from {BOARDS}, without a cookie, and reaches neither the dashboard nor the api")
    keep_apart(context, page, asked.value.url.partition("/data/")[0])


def keep_apart(context: BrowserContext, page: Page, board: str) -> None:
    """Each origin serves its own, and nothing of the other's."""
    here = board.replace(BOARDS, DASHBOARD)
    asked = (f"{board}/", f"{here}/", f"{BOARDS}/", f"{BOARDS}/runs", f"{BOARDS}/v1/me", f"{DASHBOARD}/v1/me")
    found = [status_of(page, address) for address in asked]
    assert found == [200, 404, 404, 404, 404, 200], found
    context.clear_cookies()
    assert status_of(page, f"{DASHBOARD}/v1/me") == 401
    page.close()
    say("the boards' origin serves boards alone, and the dashboard's none")


def status_of(page: Page, address: str) -> int:
    """What the browser is answered when it goes there."""
    answer = page.goto(address)
    assert answer is not None
    return answer.status


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
