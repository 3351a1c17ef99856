"""Local mode: every process of the service on one machine, started, kept running and stopped together."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx

from horngate.errors import NotRunning
from horngate.up.checkout import find_checkout
from horngate.up.home import owned_home, read_admin_key, write_note
from horngate.up.ports import choose_port, public_address
from horngate.up.service import Service

READY_SECONDS = 180.0
STOP_SECONDS = 10.0
BROKER_STOP_SECONDS = 3.0
FALLS_BEFORE_READY = 4
ASKS_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
WATCHED = {*ASKS_TO_STOP, signal.SIGCHLD}
# name -> module, in the order of starting; the broker and the tables come before them.
MODULES = {"api": "api", "worker": "worker", "predictor": "worker.predictor", "boards": "boards"}


class AskedToStop(Exception):
    """SIGTERM, SIGINT or SIGHUP came."""


class LocalMode:
    """Start with `run`, which returns when it was asked to stop and no process is left."""

    def __init__(
        self,
        home: Path,
        *,
        host: str,
        port: int,
        say: Callable[[str], None],
        on_ready: Callable[[str, str | None], None],
    ) -> None:
        """`say` is told what goes on; `on_ready` gets the address and a one-time sign-in link, once."""
        self.home = home
        self.host = host
        self.port = port
        self.say = say
        self.on_ready = on_ready
        self.broker: Service | None = None
        self.services: list[Service] = []

    @property
    def url(self) -> str:
        return public_address(self.host, self.port)

    def run(self) -> None:
        root = find_checkout()
        with owned_home(self.home), signals_held(WATCHED):
            self.port = choose_port(self.host, self.port)
            try:
                self.start(root)
                self.wait_until_ready()
                write_note(self.home, host=self.host, port=self.port, url=self.url)
                self.on_ready(self.url, self.sign_in_link())
                while True:
                    self.wait(60)
                    self.restart_fallen()
            except AskedToStop:
                self.say("Stopping; runs in training go back to the queue.")
            finally:
                self.stop()

    def start(self, root: Path) -> None:
        self.broker = self.service("valkey", "store.valkey", root)
        tables = self.service("migrate", "store.migrate", root, "upgrade")
        self.services = [self.service(name, module, root) for name, module in MODULES.items()]
        self.broker.start()
        try:
            tables.start()
            while not tables.has_ended():
                self.wait(1)
        finally:
            status = tables.clear()
        if status != 0:
            raise NotRunning(f"The database could not be prepared:\n{tables.last_lines()}")
        for service in self.services:
            service.start()

    def service(self, name: str, module: str, root: Path, *arguments: str) -> Service:
        return Service(name, module, self.home / "logs" / f"{name}.log", root, self.environment(), arguments)

    def environment(self) -> dict[str, str]:
        """The caller's, less what is the client's own, plus where this home is."""
        inherited = {
            name: value for name, value in os.environ.items() if name not in ("HORNGATE_API_KEY", "HORNGATE_URL")
        }
        return inherited | {
            "HORNGATE_MODE": "local",
            "HORNGATE_HOME": str(self.home),
            "HORNGATE_HOST": self.host,
            "HORNGATE_PORT": str(self.port),
            "HORNGATE_PUBLIC_URL": self.url,
            "PYTHONUNBUFFERED": "1",
        }

    def wait_until_ready(self) -> None:
        """Until /readyz says so; what falls meanwhile is started again, but not for ever."""
        deadline = time.monotonic() + READY_SECONDS
        said = ""
        while (missing := self.missing_parts()) is None or missing:
            if time.monotonic() > deadline:
                raise NotRunning(f"Not ready after {READY_SECONDS:.0f} s. Look into {self.home / 'logs'}: {said}")
            if missing and (now := f"Waiting for {', '.join(missing)}") != said:
                self.say(said := now)
            self.wait(0.2)
            self.restart_fallen(limit=FALLS_BEFORE_READY)

    def missing_parts(self) -> list[str] | None:
        """The parts that are not there yet; None while not even the api answers."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False)
            if answer.status_code == 200:
                return []
            return [name for name, part in answer.json()["parts"].items() if part["needed"] and not part["ok"]]
        except (httpx.TransportError, ValueError, LookupError):
            return None

    def sign_in_link(self) -> str | None:
        """A link that signs a browser in, once."""
        headers = {"Authorization": f"Bearer {read_admin_key(self.home)}"}
        try:
            answer = httpx.post(f"{self.url}/v1/sign-in-links", headers=headers, timeout=5, trust_env=False)
            return str(answer.json()["url"]) if answer.is_success else None
        except (httpx.TransportError, ValueError, LookupError):
            return None

    def restart_fallen(self, limit: int | None = None) -> None:
        """Start again what ended by itself, each time a little later; `limit` falls of one are too many."""
        for service in filter(None, [self.broker, *self.services]):
            if service.process is not None and service.has_ended():
                status = service.fall()
                if limit is not None and service.falls >= limit:
                    raise NotRunning(f"{service.name} does not start (exit {status}):\n{service.last_lines()}")
                self.say(f"{service.name} ended (exit {status}) and is started again; its log: {service.log}")
            if service.process is None and service.start_at <= time.monotonic():
                service.start()

    def wait(self, seconds: float) -> None:
        """Sleep until a process ends, a planned start is due or the time is over; raises AskedToStop."""
        planned = [
            s.start_at - time.monotonic() for s in filter(None, [self.broker, *self.services]) if s.process is None
        ]
        came = signal.sigtimedwait(WATCHED, max(0.0, min([seconds, *planned])))
        if came is not None and came.si_signo in ASKS_TO_STOP:
            raise AskedToStop

    def stop(self) -> None:
        """Ask everyone, wait, kill who is left; the broker last, since the others speak with it."""
        with contextlib.suppress(AskedToStop):  # asked a second time: no more waiting
            self.stop_services(self.services, STOP_SECONDS)
            self.stop_services([self.broker], BROKER_STOP_SECONDS)
        for service in filter(None, [*self.services, self.broker]):
            service.clear()

    def stop_services(self, services: Iterable[Service | None], seconds: float) -> None:
        running = [service for service in services if service is not None and not service.has_ended()]
        deadline = time.monotonic() + seconds
        for service in running:
            service.ask_to_stop()
        while any(not service.has_ended() for service in running) and time.monotonic() < deadline:
            came = signal.sigtimedwait(WATCHED, 0.2)
            if came is not None and came.si_signo in ASKS_TO_STOP:
                raise AskedToStop


@contextlib.contextmanager
def signals_held(signals: set[signal.Signals]) -> Iterator[None]:
    """Keep these for `sigtimedwait`, so that no handler runs in the middle of starting or stopping something."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
