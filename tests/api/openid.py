"""A small OpenID provider: real HTTP, real keys, real signatures, PKCE and one-time codes; it may be told to lie."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from api.oidc.provider import challenge
from store.settings import Settings
from tests.api.serving import free_port

CLIENT, SECRET = "our-client", "our secret"


class OpenId:
    """Signs everybody in as `person`; `lies` replace claims of the ID token, `key` signs it."""

    def __init__(self) -> None:
        self.keys = [RSAKey.generate_key(2048, {"kid": "first"})]
        self.signing: Any = self.keys[0]
        self.algorithm = "RS256"
        self.person: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.issuer = ""

    def authorize(self, asked: dict[str, str]) -> str:
        """Back to the client with a code; who asks without PKCE by SHA-256 gets none."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def redeem(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, for who has the secret, the same address and the verifier."""
        asked = self.codes.pop(form["code"], None)
        shown = (form.get("client_id"), form.get("client_secret"), challenge(form["code_verifier"]))
        if asked is None or shown != (CLIENT, SECRET, asked["code_challenge"]):
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = jwt.encode(
            {"alg": self.algorithm, "kid": self.signing.kid},
            {**claims, **self.person, **self.lies},
            self.signing,
            algorithms=[self.algorithm],
        )
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def published(self) -> dict[str, Any]:
        return dict(KeySet(self.keys).as_dict(private=False))

    def metadata(self) -> dict[str, str]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in names.items()}}


def settings_with(provider: OpenId, home: Path) -> Settings:
    """A team's API that knows the provider."""
    return Settings(
        home=home,
        mode="team",
        port=free_port(),
        database_url=f"sqlite:///{home}/horngate.db",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,  # type: ignore[arg-type]
        oidc_domains=("ours.example",),
        rate_limit_sign_ins=1000,
    )


@contextmanager
def running_openid(host: str = "127.0.0.1") -> Iterator[OpenId]:
    """The provider in a thread of its own; as `localhost` it is another site than the API."""
    provider = OpenId()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, urlsplit(self.path).query
            if path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize({k: v[0] for k, v in parse_qs(asked).items()}))
                self.end_headers()
            else:
                self.tell(provider.published() if path == "/jwks" else provider.metadata())

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.tell(provider.redeem({name: value[0] for name, value in form.items()}))

        def tell(self, said: dict[str, Any] | None) -> None:
            body = json.dumps(said or {"error": "invalid_grant"}).encode()
            self.send_response(200 if said else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    provider.issuer = f"http://{host}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
