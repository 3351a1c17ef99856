"""The Celery app, and waking a worker: a message says that there may be something to claim, the row says what."""

from urllib.parse import parse_qs, urlsplit

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from store.settings import Settings

TRAIN_TASK = "horngate.train"
WAKE_SECONDS = 0.5
"""The longest that each step of waking a worker may take: a broker that hangs must not hold up a submission."""

log = structlog.get_logger()


def make_celery(settings: Settings) -> Celery:
    """The app of workers. `docs/decisions/0033-celery-only-wakes.md` gives the reasons for its settings."""
    app = Celery("horngate", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_acks_late=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue="default",
        worker_disable_prefetch=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 2, "socket_keepalive": True},
    )
    return app


class Waker:
    """Wakes workers, without ever waiting long for a broker that is away. Threads may share one."""

    def __init__(self, settings: Settings) -> None:
        self._app = make_celery(settings)
        self._app.conf.update(
            task_publish_retry=False,
            broker_connection_timeout=WAKE_SECONDS,
            broker_transport_options={
                "socket_timeout": WAKE_SECONDS,
                "socket_connect_timeout": WAKE_SECONDS,
                "max_retries": 0,
            },
        )

    def wake_worker(self, run_id: str, queue: str) -> bool:
        """Whether the broker took the message; if not, the reconciler will see to it."""
        try:
            self._app.send_task(TRAIN_TASK, args=[run_id], queue=queue, retry=False, ignore_result=True)
        except (KombuError, RedisError, OSError) as error:
            log.warning("no_worker_woken", run_id=run_id, queue=queue, reason=str(error))
            return False
        return True

    def close(self) -> None:
        """Give back the connections."""
        self._app.close()


def redis_url(broker_url: str) -> str:
    """The broker's URL as redis-py writes it: `unix://PATH?db=0` for Celery's `redis+socket://PATH?virtual_host=0`."""
    parts = urlsplit(broker_url)
    if parts.scheme != "redis+socket":
        return broker_url
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.path}?db={database}"
