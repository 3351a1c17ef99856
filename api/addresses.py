"""Where a request came from."""

from starlette.types import Scope


def address_of(scope: Scope) -> str:
    """Where the request came from, as uvicorn tells it: behind a proxy that it trusts, what that says."""
    client = scope.get("client")
    return str(client[0]) if client else ""
