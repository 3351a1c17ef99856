"""Which service to speak to, and with which key."""

import json
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from horngate.client.components import Components
from horngate.client.datasets import Datasets
from horngate.client.people import Keys, Projects, Users
from horngate.client.runs import Runs
from horngate.client.service import Service
from horngate.errors import NotRunning, UsageError
from horngate.up.home import find_home, is_locked, read_admin_key, read_note

if TYPE_CHECKING:
    from horngate.fitting.history import History


class Remote:
    """A Horngate service: `datasets`, `components` and `runs` are what it holds; `projects`, `users`, `keys` whose."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.datasets = Datasets(service)
        self.components = Components(service)
        self.runs = Runs(service)
        self.users = Users(service)
        self.projects = Projects(service)
        self.keys = Keys(service)

    @property
    def url(self) -> str:
        return self.service.url

    def me(self) -> dict[str, Any]:
        """Who we are to the service."""
        return dict(self.service.get("/v1/me"))

    def fit(
        self,
        model: Any,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[Any, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        *,
        seed: int | None = None,
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> "History":
        """`model.fit(x, y, …)`, trained on the service: Keras' own arguments; the trained weights end up in `model`.

        `seed` draws the order of the rows (42); `name` is the run's; `settings` are fields of its spec besides, such as
        {"tags": {"team": "vision"}, "priority": 5}. Raises FitRefused, Refused, RunFailed, Detached; imports Keras.
        """
        given = {name: value for name, value in locals().items() if name not in ("self", "model", "x", "y")}
        fitting = import_fitting("fit")
        return fitting.fit_as_asked(self, model, x, y, given)  # type: ignore[no-any-return]  # imported by its name

    def attach(self, run_id: str, model: Any = None, verbose: str | int = "auto") -> "History":
        """Come back to a run of `fit`, and wait for its end: its weights go into `model`, or with none given the
        trained model is loaded, as `history.model`."""
        return import_fitting("attach").attach_to(self, run_id, model, verbose)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<Horngate at {self.url}>"


def import_fitting(what: str) -> ModuleType:
    """What needs Keras here, imported where somebody has a model."""
    try:
        return import_module("horngate.fitting.fit")
    except ModuleNotFoundError as error:
        if error.name not in ("keras", "tensorflow", "numpy"):
            raise
        raise UsageError(f"remote.{what} needs Keras here: pip install keras tensorflow.") from error


def connect(url: str | None = None, api_key: str | None = None, home: str | os.PathLike[str] | None = None) -> Remote:
    """Connect to the address given, else HORNGATE_URL, else local mode of the `home` given, else where `horngate login`
    signed in, else local mode of ~/.horngate. The key is found likewise (HORNGATE_API_KEY)."""
    address = find_address(url or os.environ.get("HORNGATE_URL"), home)
    key = api_key or os.environ.get("HORNGATE_API_KEY") or find_key(address, home)
    return Remote(Service(address, key))


def find_address(url: str | None, home: str | os.PathLike[str] | None) -> str:
    if url:
        return url if "://" in url else f"http://{url}"
    is_home_named = home is not None or "HORNGATE_HOME" in os.environ
    login = None if is_home_named else read_login()
    note = None if login else read_note(find_home(home))
    if login is None and note is None:
        raise NotRunning(describe_absence(find_home(home)))
    return str((login or note or {})["url"])


def describe_absence(home: Path) -> str:
    if is_locked(home):
        return (
            f"Horngate is still starting on {home}. Wait until it says that it is ready; its logs are in {home}/logs."
        )
    return (
        f"Horngate does not run on {home}. "
        "Start it with `horngate up`, or sign in to one elsewhere: horngate login URL."
    )


def find_key(address: str, home: str | os.PathLike[str] | None) -> str | None:
    """The saved key of that address, or the administrator's when local mode runs there."""
    login = read_login() or {}
    if login.get("url") == address.rstrip("/"):
        return str(login["api_key"])
    here = find_home(home)
    note = read_note(here) or {}
    return read_admin_key(here) if note.get("url") == address.rstrip("/") else None


def login_file() -> Path:
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(folder).expanduser() / "horngate" / "login.json"


def read_login() -> dict[str, Any] | None:
    """Where `horngate login` signed in."""
    try:
        return dict(json.loads(login_file().read_text()))
    except (FileNotFoundError, ValueError):
        return None


def save_login(url: str, api_key: str) -> Path:
    """Keep address and key for later, readable for their owner alone."""
    file = login_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as login:
        json.dump({"url": url.rstrip("/"), "api_key": api_key}, login)
    return file
