"""The settings of every server process, read from HORNGATE_* and handed on; run as a module it prints their table."""

import hashlib
import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from store.errors import SettingsRefused

LONGEST_SOCKET_PATH = 100
"""Unix socket paths end at 108 bytes on Linux and 104 on macOS; a server may add a suffix of its own."""


class Settings(BaseSettings):
    """Frozen; what is unset follows from `home`, so that local mode needs nothing set."""

    model_config = SettingsConfigDict(
        env_prefix="HORNGATE_", frozen=True, extra="forbid", env_ignore_empty=True, validate_default=True
    )

    home: Path = Field(
        Path("~/.horngate"), description="The folder of local mode: database, blobs, keys, caches, logs."
    )
    mode: Literal["local", "team"] = Field(
        "local", description="`local`: one machine, everything under `home`. `team`: PostgreSQL, Valkey, shared blobs."
    )
    host: str = Field("127.0.0.1", description="The address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port that the API listens on.")
    public_url: str = Field(
        default_factory=lambda known: f"http://{known['host']}:{known['port']}",
        description="The address under which browsers and clients reach the API.",
    )
    boards_origin: str | None = Field(
        None,
        description=(
            "Another origin that leads to the API, like `https://boards.example.org`, where TensorBoard is served and "
            "nothing else; unset: at `HORNGATE_PUBLIC_URL`. Either way its pages run sandboxed."
        ),
    )
    oidc_issuer: str | None = Field(
        None,
        description=(
            "The OpenID provider where people may sign in, like `https://id.example.org/realms/us`; unset: none. "
            "Not in local mode."
        ),
    )
    oidc_client_id: str = Field("horngate", description="What Horngate is called there.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The client's secret; unset: a public client, by PKCE alone."
    )
    oidc_domains: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Domains of e-mail addresses, separated by commas, whose people are let in, each with a project of their "
            "own; unset: only who was added with their address."
        ),
    )
    oidc_label: str = Field(
        "Sign in with OpenID", max_length=60, description="What stands on the sign-in page's button."
    )
    database_url: str = Field(
        default_factory=lambda known: f"sqlite:///{known['home']}/horngate.db",
        description="SQLAlchemy's URL of the database: `sqlite:///…` or `postgresql+psycopg://…`.",
    )
    database_pool_size: int = Field(10, ge=1, description="Connections to the database that a process keeps open.")
    database_pool_overflow: int = Field(
        10, ge=0, description="Connections that a process may open beyond those for a moment."
    )
    broker_url: str = Field(
        default_factory=lambda known: (
            f"redis+socket://{quote(str(_socket_path(known['home'], 'valkey.sock')))}?virtual_host=0"
        ),
        description="The Valkey or Redis that wakes workers: `redis://…`, `rediss://…` or `redis+socket://PATH?virtual_host=0`.",
    )
    blobs_url: str = Field(
        default_factory=lambda known: f"file://{known['home']}/blobs",
        description="Where data sets, checkpoints and artifacts are kept: `file://PATH` or `s3://BUCKET/PREFIX`.",
    )
    s3_endpoint: str | None = Field(None, description="The S3 service's address, where it is not AWS.")
    s3_key: str | None = Field(None, description="The S3 access key; unset: the machine's own credentials.")
    s3_secret: SecretStr | None = Field(None, description="The S3 secret key.")
    s3_region: str | None = Field(None, description="The S3 region.")
    predictor_url: str = Field(
        default_factory=lambda known: _service_url(known, "predictor", 8001),
        description="Where the predictor listens: `unix:PATH` or `http://HOST:PORT`.",
    )
    boards_url: str = Field(
        default_factory=lambda known: _service_url(known, "boards", 8002),
        description="Where the boards listen: `unix:PATH` or `http://HOST:PORT`.",
    )
    service_secret: SecretStr | None = Field(
        None,
        description="What the API shows to predictor and boards; unset: one is made in `home`/service.key.",
    )
    admin_key: SecretStr | None = Field(
        None,
        description="An API key (`hg_…`) made valid for the administrator; unset: one is made in `home`/admin.key.",
    )
    worker_slots: int | None = Field(
        None, ge=1, description="Runs that a worker trains at once; unset: one per GPU, else half the cores."
    )
    worker_queues: Annotated[tuple[str, ...], NoDecode] = Field(
        ("default",), description="The queues that a worker serves, separated by commas."
    )
    worker_cpu_devices: int = Field(
        0,
        ge=0,
        le=64,
        description=(
            "As how many devices the processor appears to runs that ask for GPUs, on a machine without any: for trying "
            "such runs."
        ),
    )
    worker_address: str | None = Field(
        None,
        description=(
            "The address at which workers elsewhere reach this machine's trainers, for runs of several workers; unset: "
            "the one from which this machine reaches the broker."
        ),
    )
    worker_database_url: str | None = Field(
        None,
        description=(
            "The database's address as machines elsewhere reach it, told to workers that join; unset: "
            "`HORNGATE_DATABASE_URL`."
        ),
    )
    worker_broker_url: str | None = Field(
        None, description="The broker's address for workers that join; unset: `HORNGATE_BROKER_URL`."
    )
    worker_blobs_url: str | None = Field(
        None,
        description=(
            "Where workers that join find the files; unset: `HORNGATE_BLOBS_URL`. A `file://` place is told only here: "
            "it then has to be a volume that they share."
        ),
    )
    worker_s3_endpoint: str | None = Field(
        None, description="The S3 service's address for workers that join; unset: `HORNGATE_S3_ENDPOINT`."
    )
    lease_seconds: float = Field(30, gt=0, description="A worker that is silent for longer loses its runs.")
    reconcile_seconds: float = Field(
        5, gt=0, description="How often lost runs and forgotten wake-up calls are looked for."
    )
    stall_seconds: float = Field(
        600,
        gt=0,
        description=(
            "A training that finishes nothing, prints nothing and computes nothing for so long has stalled; sooner or "
            "later by its own pace."
        ),
    )
    runs_per_user: int | None = Field(
        None,
        ge=1,
        description="How many runs of one user run at once; unset: any number. A user's own limit goes before.",
    )
    runs_per_project: int | None = Field(None, ge=1, description="How many runs of one project run at once; likewise.")
    checkpoint_budget_bytes: int | None = Field(
        None,
        gt=0,
        description=(
            "What the checkpoints of one run may take in all; beyond it the oldest epochs' are given up, best and last "
            "never. Unset: any."
        ),
    )
    upload_limit_bytes: int = Field(2 * 2**30, gt=0, description="The largest data set that may be uploaded.")
    link_places: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Folders (as workers and predictor see them) and `s3://BUCKET/PREFIX`es whose files may be linked as data "
            "sets, separated by commas; unset: none. Who may create data sets can then read them."
        ),
    )
    rate_limit: int = Field(
        18_000, ge=1, description="Requests that a key or a session may make in a minute; the next is told when (429)."
    )
    rate_limit_strangers: int = Field(
        3_000, ge=1, description="Requests without a valid key or session that an address may make in a minute."
    )
    rate_limit_sign_ins: int = Field(
        10, ge=1, description="Sign-ins and invitations that an address may get wrong in a minute."
    )
    rate_limit_url: str = Field(
        "async+memory://",
        description="Where requests are counted, as the limits library writes it: `async+memory://` for each process "
        "alone, `async+redis://HOST:PORT` for several together.",
    )
    check_seconds: float = Field(20, gt=0, description="The longest that the check of a spec's shapes may take.")
    check_memory_mb: int = Field(4096, gt=0, description="The memory that a check or a profile may use.")
    predictor_memory_mb: int = Field(4096, gt=0, description="The memory that a warm model may use.")
    predict_max_batch: int = Field(
        1024, ge=1, description="So many rows, of whoever asks at once, a model predicts together."
    )
    predict_max_delay_ms: float = Field(
        0, ge=0, le=1000, description="So long a question to a model waits for others to be answered together with it."
    )
    board_idle_seconds: float = Field(600, gt=0, description="A TensorBoard that nobody looks at is closed after this.")
    sandbox: Literal["auto", "required", "off"] = Field(
        "auto",
        description=(
            "`auto`: trainings run in the kernel's sandbox; where it does not work, without it and without components. "
            "`required`: nothing runs without a working one. `off`: none, and no components."
        ),
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="`auto`: a line of JSON each, and text on a terminal. `json`, `text`: always that."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged.")

    @field_validator("home")
    @classmethod
    def _make_absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("oidc_issuer")
    @classmethod
    def _want_a_safe_issuer(cls, issuer: str | None, known: ValidationInfo) -> str | None:
        if issuer is None:
            return None
        parts = urlsplit(issuer)
        if known.data.get("mode") == "local":
            raise ValueError("local mode has one person and no sign-in elsewhere: unset it, or use HORNGATE_MODE=team")
        is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
            raise ValueError("must begin with https://")
        return issuer

    @field_validator("worker_queues", "link_places", "oidc_domains", mode="before")
    @classmethod
    def _split_words(cls, words: object) -> object:
        return tuple(w.strip() for w in words.split(",") if w.strip()) if isinstance(words, str) else words

    @field_validator("boards_origin")
    @classmethod
    def _keep_boards_apart(cls, origin: str | None, known: ValidationInfo) -> str | None:
        if origin is None:
            return None
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("write a scheme, a host and perhaps a port, like https://boards.example.org")
        if origin_of(origin) == origin_of(known.data.get("public_url", "")):
            raise ValueError("must differ from HORNGATE_PUBLIC_URL in host or port, or be unset")
        return origin_of(origin)


def origin_of(url: str) -> str:
    """Scheme, host and port as browsers compare them: in small letters, without the port that goes without saying."""
    parts = urlsplit(url.lower())
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual) if usual else parts.netloc}"


def read_settings() -> Settings:
    """The environment's settings; raises SettingsRefused with one line for each that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [e for e in error.errors() if e["type"] != "default_factory_not_called"]  # they follow from another
        lines = [f"HORNGATE_{str(e['loc'][0]).upper()}: {e['msg']} (found {e['input']!r})" for e in faults]
        raise SettingsRefused("\n".join(lines)) from error


def socket_path(settings: Settings, name: str) -> Path:
    """Where the private socket `name` (like `valkey.sock`) lies; its folder is made by who listens, with mode 700."""
    return _socket_path(settings.home, name)


def _socket_path(home: Path, name: str) -> Path:
    path = home / name.removesuffix(".sock") / name
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path("/tmp") / f"horngate-{os.getuid()}-{digest}" / name


def _service_url(known: dict[str, Any], name: str, port: int) -> str:
    if known["mode"] == "team":
        return f"http://{name}:{port}"
    return f"unix:{_socket_path(known['home'], f'{name}.sock')}"


def describe_settings() -> str:
    """docs/settings.md: every variable, its default and its meaning."""
    defaults = Settings(home=Path("/HOME"), _env_prefix="HORNGATE_DOCUMENTED_").model_dump()
    lines = [
        "# Settings",
        "",
        "Every server process reads these variables once, at its start. What is unset has its default;",
        "`HOME` is `HORNGATE_HOME`.",
        "This page is made by `python -m store.settings > docs/settings.md`.",
        "",
        "| Variable | Default | Meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        shown = "~/.horngate" if name == "home" else _show_default(defaults[name])
        lines.append(f"| `HORNGATE_{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description} |")
    return "\n".join(lines)


def _show_default(value: object) -> str:
    if value is None:
        return ""
    words = ",".join(value) if isinstance(value, tuple) else str(value)
    return words.replace("/HOME", "HOME")


if __name__ == "__main__":
    print(describe_settings())  # noqa: T201 - this is a command
