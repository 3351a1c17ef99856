"""The OpenID provider: where it answers, what it signs with, and whom an ID token of its names."""

import base64
import hashlib
import hmac
import threading
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from api.problems import Away, Unauthorized
from store.identities import Begun
from store.settings import Settings

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those that only the provider can sign with: not `none`, and none that whoever has the client's secret could."""
LEEWAY: Final = 60
FRESH_SECONDS: Final = 600
PATIENCE: Final = 10
AWAY: Final = "The OpenID provider does not answer as it should. Try again, or sign in with a key or a link."
REFUSED: Final = "The OpenID provider's answer does not hold: {why}. Begin again at the sign-in page."


class Discovered(BaseModel):
    """What the provider says of itself."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True)
class Person:
    """Whom an ID token names; `email` only where the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str


class Provider:
    """Asked at most every ten minutes what it is, and for its keys also when it signs with one that is not known."""

    def __init__(self, settings: Settings) -> None:
        self.issuer, self.client_id = settings.oidc_issuer or "", settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._http = httpx.Client(timeout=PATIENCE, follow_redirects=False)
        self._lock = threading.Lock()
        self._known: tuple[float, Discovered, KeySet] | None = None

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def write_address(self, begun: Begun, back_to: str) -> str:
        """Where the browser asks to be signed in; raises Away."""
        discovered, _ = self._discover()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back_to,
            "scope": "openid email profile",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge(begun.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in discovered.authorization_endpoint else "?"
        return f"{discovered.authorization_endpoint}{joint}{urlencode(asked)}"

    def redeem(self, code: str, begun: Begun, back_to: str) -> Person:
        """Whom the code stands for; raises Unauthorized, Away."""
        discovered, _ = self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back_to,
            "client_id": self.client_id,
            "code_verifier": begun.verifier,
        }
        if self._secret is not None:
            form["client_secret"] = self._secret.get_secret_value()
        answer = self._ask("POST", discovered.token_endpoint, data=form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Unauthorized(REFUSED.format(why="it gave no ID token"))
        return self._read(token, begun.nonce)

    def _read(self, token: str, nonce: str) -> Person:
        try:
            claims = self._decode(token).claims
            want = {"essential": True}
            registry = jwt.JWTClaimsRegistry(
                leeway=LEEWAY,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                exp=want,  # type: ignore[arg-type]  # a TypedDict
                iat=want,  # type: ignore[arg-type]
                sub=want,  # type: ignore[arg-type]
            )
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise Unauthorized(REFUSED.format(why=f"its ID token is refused ({error})")) from error
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
            raise Unauthorized(REFUSED.format(why="its ID token is of another sign-in"))
        if claims.get("azp", self.client_id) != self.client_id:
            raise Unauthorized(REFUSED.format(why="its ID token was made for another client"))
        return describe(self.issuer, claims)

    def _decode(self, token: str) -> jwt.Token:
        _, keys = self._discover()
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS)
        except (InvalidKeyIdError, ValueError):
            self._known = None  # it may sign with a new key since
            return jwt.decode(token, self._discover()[1], algorithms=ALGORITHMS)

    def _discover(self) -> tuple[Discovered, KeySet]:
        with self._lock:
            if self._known is None or self._known[0] < time.monotonic():
                address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                try:
                    found = Discovered.model_validate(self._ask("GET", address))
                    keys = KeySet.import_key_set(self._ask("GET", found.jwks_uri))  # type: ignore[arg-type]  # a TypedDict
                except (ValidationError, JoseError, ValueError, KeyError) as error:
                    raise Away(AWAY, code="provider_away") from error
                if found.issuer != self.issuer:
                    raise Away(f"The OpenID provider calls itself {found.issuer!r}: say so.", code="provider_away")
                self._known = (time.monotonic() + FRESH_SECONDS, found, keys)
            return self._known[1:]

    def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, address, headers={"Accept": "application/json"}, **more)
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Away(AWAY, code="provider_away") from error
        if method == "POST" and 400 <= answer.status_code < 500:
            raise Unauthorized(REFUSED.format(why="the code is of no use"))
        if answer.status_code != 200 or not isinstance(told, dict):
            raise Away(AWAY, code="provider_away")
        return told


def challenge(verifier: str) -> str:
    """What PKCE shows of the verifier at first (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def describe(issuer: str, claims: dict[str, Any]) -> Person:
    """As the claims have it; an address that the provider has not verified is nobody's."""
    given = claims.get("email")
    email = given.strip().lower() if isinstance(given, str) and claims.get("email_verified") is True else None
    named = claims.get("name") or claims.get("preferred_username") or (email or "").partition("@")[0]
    return Person(issuer, str(claims["sub"]), email, str(named))
