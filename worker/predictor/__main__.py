"""`python -m worker.predictor`: on the unix socket or the port that the settings name."""

import sys
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from store.errors import StoreError
from store.logs import start_log
from store.private import prepare_socket, service_secret
from store.process import die_with_parent
from store.settings import Settings, read_settings, socket_path
from worker.predictor.app import create_app
from worker.predictor.service import Predictor

STOP_SECONDS = 5


def run_predictor(settings: Settings) -> None:
    """Serve until told to stop."""
    secret = service_secret(settings)
    uvicorn.run(
        create_app(Predictor(settings), secret),
        **listening(settings),
        log_level="warning",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def listening(settings: Settings) -> dict[str, Any]:
    """Where to listen, in uvicorn's words."""
    if settings.predictor_url.startswith("unix:"):
        prepare_socket(socket_path(settings, "predictor.sock"))
        return {"uds": settings.predictor_url.removeprefix("unix:")}
    return {"host": "0.0.0.0", "port": urlsplit(settings.predictor_url).port or 8001}


def main() -> int:
    """Serve, or say why that is not possible."""
    die_with_parent()
    try:
        settings = read_settings()
        start_log(settings, "predictor")
        run_predictor(settings)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
