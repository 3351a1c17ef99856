"""`python -m api`: serve, until SIGTERM or Ctrl-C; requests under way get five seconds to end."""

import gc
import os
import sys
from types import FrameType
from typing import Final

import uvicorn

from api.app import create_app
from api.datasets.leftovers import sweep_uploads
from models_lib.spec.catalog import load_catalog
from store.database import Database
from store.errors import SettingsRefused, StoreError
from store.logs import start_log
from store.process import die_with_parent
from store.schema import require_current_schema
from store.settings import Settings, read_settings

LAST_SECONDS: Final = 5


class Server(uvicorn.Server):
    """Sends home whoever follows a run's events as soon as it is asked to end, or it would wait for them."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ask once more than uvicorn does: the watcher."""
        self.config.app.state.parts.watcher.send_home()  # type: ignore[union-attr]  # always our own app
        super().handle_exit(sig, frame)


def make_server(settings: Settings) -> Server:
    """A server for these settings."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level.lower(),
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=settings.mode == "team" or "FORWARDED_ALLOW_IPS" in os.environ,  # else nobody stands in between
        timeout_graceful_shutdown=LAST_SECONDS,
        timeout_keep_alive=30,
        http="h11",  # httptools, which the inner services have, knows no largest size of headers
        h11_max_incomplete_event_size=64 * 2**10,
    )
    return Server(config)


def prepare(settings: Settings) -> None:
    """Log what the settings ask for; in local mode, end with the process that started this one, and clear up."""
    start_log(settings, "api")
    if settings.mode == "local":
        die_with_parent()
        sweep_uploads(settings)


def keep_what_is_loaded() -> None:
    """Spare the garbage collector what stays for good: looking it through again stopped every request for 0.1 s."""
    load_catalog()
    gc.collect()
    gc.freeze()


def main() -> int:
    """Serve; 2 for settings that are wrong, 1 where the database cannot be used."""
    try:
        settings = read_settings()
        prepare(settings)
        require_current_schema(Database(settings))
        server = make_server(settings)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, SettingsRefused) else 1
    keep_what_is_loaded()
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
