"""The cookie that holds a browser's session: out of reach of scripts, never sent along from other sites."""

from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Response
from starlette.requests import HTTPConnection

from store.settings import Settings


def cookie_name(settings: Settings) -> str:
    """Over https the name's prefix keeps sibling sites from setting it."""
    return "__Host-hg_session" if is_https(settings) else "hg_session"


def read_cookie(asked: HTTPConnection, settings: Settings) -> str | None:
    """The session's token, if the browser holds one."""
    return asked.cookies.get(cookie_name(settings))


def set_cookie(response: Response, settings: Settings, token: str, expires_at: datetime) -> None:
    """Give the browser its session."""
    response.set_cookie(
        cookie_name(settings),
        token,
        expires=expires_at,
        secure=is_https(settings),
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, settings: Settings) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(settings), secure=is_https(settings), httponly=True, samesite="strict")


def is_https(settings: Settings) -> bool:
    """Whether browsers reach the service over https."""
    return urlsplit(settings.public_url).scheme == "https"
