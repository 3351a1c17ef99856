"""What keeps a board's scripts by themselves: TensorBoard shows what event files hold, which users' code wrote.

`sandbox` without `allow-same-origin` gives the page an origin that no other page has: it cannot reach the dashboard's
windows, nor ask the API anything as whoever looks at it. Everything else here lets TensorBoard work in there.
"""

from typing import Final

from starlette.datastructures import MutableHeaders

from store.settings import Settings, origin_of

ACROSS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Max-Age": "7200",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}
"""The page's own requests come from nowhere and bring no cookie: the ticket in the address is all that they may."""


def policy(settings: Settings) -> str:
    """The page's content policy."""
    return "; ".join(
        (
            "sandbox allow-scripts allow-downloads allow-popups",
            "default-src 'none'",
            "script-src 'self' 'unsafe-eval'",  # TensorBoard compiles its templates
            "worker-src blob:",
            "connect-src 'self'",
            "style-src 'self' 'unsafe-inline' data:",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors 'self' {origin_of(settings.public_url)}",
        )
    )


def shut_in(headers: MutableHeaders, settings: Settings) -> None:
    """Put these in place of TensorBoard's own."""
    headers["Content-Security-Policy"] = policy(settings)
    headers.update(ACROSS)
