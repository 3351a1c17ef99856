"""The dashboard's built files: pages for browsers, and nothing of the API."""

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api.drawing import draw_http_error

DIST: Final = Path(__file__).parents[2] / "dashboard" / "dist"
POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Mantine and CodeMirror write style elements
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Horngate</title>
<body style="font-family: system-ui; margin: 4rem auto; max-width: 40rem">
<h1>The dashboard is not built</h1><p>Run <code>make dashboard</code> in the checkout and restart the service.
Everything else works: the API answers under <code>/v1</code>, and so does the <code>horngate</code> command.</p>"""


class Pages:
    """ASGI application: a file of the build, or its index for the addresses that the dashboard draws itself."""

    def __init__(self, folder: Path = DIST, *, framing: str | None = None) -> None:
        self.policy = POLICY if framing is None else f"{POLICY}; frame-src 'self' {framing}"
        self.files = StaticFiles(directory=folder) if (folder / "index.html").is_file() else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser."""
        try:
            response = await self.find_page(Request(scope))
        except HTTPException as error:
            response = draw_http_error(error, scope["method"], scope["path"])
        await response(scope, receive, send)

    async def find_page(self, request: Request) -> Response:
        """The file, else the page; raises HTTPException 404 or 405."""
        if self.files is None and request.method in {"GET", "HEAD"} and wants_page(request):
            return HTMLResponse(NOT_BUILT, headers={"Content-Security-Policy": self.policy})
        if self.files is None:
            raise HTTPException(404)
        try:
            response = await self.files.get_response(self.files.get_path(request.scope), request.scope)
        except HTTPException as error:
            if error.status_code != 404 or not wants_page(request):
                raise
            response = await self.files.get_response("index.html", request.scope)
        is_asset = request.url.path.startswith("/assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_asset else "no-cache"
        response.headers["Content-Security-Policy"] = self.policy
        return response


def wants_page(request: Request) -> bool:
    """Whether a browser navigates, and does not fetch a file."""
    return "text/html" in request.headers.get("accept", "")
