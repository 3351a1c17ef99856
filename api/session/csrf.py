"""The token that a page of ours sends with every change: whoever can only make a browser send its cookie has none.

It follows from the session's own token, so that it is kept nowhere, ends with the session, and tells nothing of it.
"""

import hashlib
import hmac
from typing import Final

from starlette.requests import HTTPConnection

from api.problems import Forbidden

HEADER: Final = "X-CSRF-Token"
PURPOSE: Final = b"horngate csrf"
MEND: Final = f"Send the header {HEADER} with what GET /v1/me answers as csrf_token, or call with an API key."


def csrf_token(session_token: str) -> str:
    """The one token of this session."""
    return hmac.new(session_token.encode(), PURPOSE, hashlib.sha256).hexdigest()


def refuse_forged(asked: HTTPConnection, session_token: str) -> None:
    """Raise Forbidden where the request does not show the token of the session whose cookie it brought."""
    shown = asked.headers.get(HEADER)
    if shown is None:
        raise Forbidden(f"A change with a session's cookie wants its token, too. {MEND}", code="csrf_token_missing")
    if not hmac.compare_digest(shown.encode(), csrf_token(session_token).encode()):
        raise Forbidden(f"This is not the token of the session in the cookie. {MEND}", code="csrf_token_wrong")
