"""The line to a Horngate service: addresses, keys, answers and refusals over HTTP."""

import json
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from typing import Any

import httpx

from horngate.errors import HorngateError, NotReachable, UsageError, problem_of

TIMES = httpx.Timeout(60.0, connect=5.0)
PAUSES = (0.2, 0.5, 1.0, 2.0)
GATEWAY_TROUBLE = {502, 503, 504}


class Service:
    """Speaks to one address with one key.

    What may be repeated safely (reads, creations under an Idempotency-Key) is repeated when the connection is lost.
    """

    def __init__(self, url: str, api_key: str | None, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"User-Agent": f"horngate/{metadata.version('horngate')}"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self.http = httpx.Client(base_url=self.url, headers=headers, timeout=TIMES, transport=transport)
        self.has_answered = False

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON that lies there."""
        asked = {name: value for name, value in parameters.items() if value is not None}
        return self.repeat(lambda: self.answer("GET", path, params=asked)).json()

    def create(self, path: str, json: Any = None, *, make_files: Callable[[], Any] | None = None, **form: Any) -> Any:
        """POST something new, once however often it is tried; `make_files` opens its files anew for each try."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if make_files is None:
            return self.repeat(lambda: self.answer("POST", path, json=json, headers=headers)).json()
        return self.repeat(lambda: self.answer("POST", path, data=form, files=make_files(), headers=headers)).json()

    def post(self, path: str, json: Any = None) -> Any:
        """POST a question or a wish that is not a creation."""
        return self.answer("POST", path, json=json).json()

    def patch(self, path: str, json: Any) -> Any:
        """PATCH what is to be different."""
        return self.answer("PATCH", path, json=json).json()

    def put(self, path: str, json: Any) -> Any:
        """PUT what shall be there."""
        return self.answer("PUT", path, json=json).json()

    def delete(self, path: str) -> None:
        self.answer("DELETE", path)

    def list(self, path: str, *, limit: int | None = None, **filters: Any) -> Iterator[Any]:
        """Every entry of a list, page after page, `limit` at most."""
        after, left = None, limit
        while left is None or left > 0:
            page = self.get(path, after=after, limit=min(left or 200, 200), **filters)
            yield from page["data"]
            left = None if left is None else left - len(page["data"])
            after = page.get("next_cursor")
            if not page.get("has_more") or after is None:
                return

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> Iterator[httpx.Response]:
        """An answer whose body is still to come."""
        with self.translated(), self.http.stream("GET", path, headers=dict(headers or {}), **options) as answer:
            self.has_answered = True
            if not answer.is_success:
                answer.read()
                raise problem_of(problem_json(answer), answer.status_code)
            yield answer

    def answer(
        self, method: str, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None, **request: Any
    ) -> httpx.Response:
        """One try."""
        sent = dict(headers or {})
        if json is not None:
            request["content"] = dump_json(json)
            sent["Content-Type"] = "application/json"
        with self.translated():
            answer = self.http.request(method, path, headers=sent, **request)
        self.has_answered = True
        if not answer.is_success:
            raise problem_of(problem_json(answer), answer.status_code)
        return answer

    def repeat(self, ask: Callable[[], httpx.Response], pauses: Sequence[float] = PAUSES) -> httpx.Response:
        """Ask again after a lost connection, but not where nobody has ever answered: there is nothing to come back."""
        for pause in pauses:
            try:
                return ask()
            except HorngateError as error:
                is_trouble = getattr(error, "status", None) in GATEWAY_TROUBLE or isinstance(error, NotReachable)
                if not is_trouble or not self.has_answered:
                    raise
            time.sleep(pause)
        return ask()

    @contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise NotReachable(explain(error, self.url)) from error


def explain(error: Exception, url: str) -> str:
    """One line that says what to do."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, socket.gaierror | ConnectionRefusedError | ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    match cause:
        case socket.gaierror():
            return f"There is no host named {httpx.URL(url).host!r}. Check the address {url}."
        case ConnectionRefusedError():
            return (
                f"Nobody listens at {url}. Start Horngate with `horngate up`, or sign in elsewhere: horngate login URL."
            )
        case ssl.SSLError():
            return f"No secure connection to {url}: {cause.reason or cause}."
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return f"{url!r} is not an address. Write it like https://horngate.example.org or http://127.0.0.1:8000."
    if isinstance(error, httpx.TimeoutException):
        return f"{url} did not answer in time. Is it up? `horngate doctor` looks."
    return f"The connection to {url} failed: {error or type(error).__name__}."


def problem_json(answer: httpx.Response) -> Mapping[str, Any]:
    """The problem that an answer carries; a proxy's or a stranger's page becomes one."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"detail": f"{answer.request.url} answered {answer.status_code} {answer.reason_phrase}. Is this Horngate?"}


def dump_json(value: Any) -> str:
    """JSON; arrays and numbers of NumPy are written as lists and numbers, times in RFC 3339."""
    return json.dumps(value, default=plain)


def plain(value: Any) -> Any:
    for name in ("tolist", "isoformat"):
        if hasattr(value, name):
            return getattr(value, name)()
    raise UsageError(f"A {type(value).__name__} cannot be sent as JSON: {value!r}")
