"""How long a cancellation takes, from the request until the row is final and no process is left, at awkward moments."""

import time
from collections import defaultdict
from collections.abc import Callable

import httpx

from chaos.specs import make_spec
from chaos.town import Town, run_of
from store.events import read_events
from store.runs import get_run

DEAF = "in training, SIGTERM ignored"
MOMENTS = ("before the claim", "at the claim", "in training", "while saving", "after the last step", DEAF)
PROMISED_SECONDS, PROMISED_DEAF_SECONDS = 2.0, 12.0
ENDLESS = 100_000
FINAL = ("succeeded", "failed", "cancelled")


def measure_cancels(town: Town, count: int) -> str:
    """All together, and by moment the median and the longest, in seconds, from the request to process and row gone."""
    took: dict[str, list[float]] = defaultdict(list)
    with town.http as http:
        for number in range(count):
            moment = MOMENTS[number % len(MOMENTS)]
            took[moment].append(cancel_at(town, http, moment))
    heard = sorted(seconds for moment, each in took.items() if moment != DEAF for seconds in each)
    p50, p99 = (heard[min(len(heard) - 1, int(share * len(heard)))] for share in (0.5, 0.99))
    by_moment = "; ".join(
        f"{moment} {sorted(each)[len(each) // 2]:.2f} (longest {max(each):.2f})" for moment, each in took.items()
    )
    kept = p99 <= PROMISED_SECONDS and max(took[DEAF], default=0.0) <= PROMISED_DEAF_SECONDS
    verdict = "as promised" if kept else "LONGER THAN PROMISED"
    return f"{count}, p50 {p50:.2f} s, p99 {p99:.2f} s, {verdict}: {by_moment}"


def cancel_at(town: Town, http: httpx.Client, moment: str) -> float:
    """Seconds; the run's process and row are both waited for."""
    queue = "nobody" if moment == "before the claim" else "default"
    epochs = 40 if moment == "after the last step" else ENDLESS
    spec = make_spec("deaf" if moment == DEAF else "dropout", epochs=epochs, queue=queue)
    run_id = str(http.post("/v1/runs", json={"spec": spec, "preflight": False}).json()["id"])
    await_moment(town, run_id, moment)
    began = time.monotonic()
    http.post(f"/v1/runs/{run_id}:cancel")
    until(lambda: http.get(f"/v1/runs/{run_id}").json()["status"] in FINAL)
    until(lambda: all((run_of(trainer) or ("", 0))[0] != run_id for trainer in town.trainers()))
    return time.monotonic() - began


def await_moment(town: Town, run_id: str, moment: str) -> None:
    def has(kind: str, **said: object) -> bool:
        with town.database.reading() as session:
            events = read_events(session, run_id, limit=10_000)
        return any(event.kind == kind and said.items() <= event.data.items() for event in events)

    def has_come() -> bool:
        match moment.removesuffix(", SIGTERM ignored"):
            case "before the claim":
                return True
            case "at the claim":
                return has("attempt")
            case "in training":
                return has("progress")
            case "while saving":
                return has("checkpoint")
            case _:
                return has("phase", phase="exporting") or status_of(town, run_id) in FINAL

    until(has_come)


def status_of(town: Town, run_id: str) -> str:
    with town.database.reading() as session:
        return get_run(session, run_id).status.value


def until(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
