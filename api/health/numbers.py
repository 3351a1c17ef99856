"""What the database says of queue, runs, attempts and workers, as docs/guides/operating.md names it for Prometheus."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.parts import Parts
from store import numbers, waiting, workers
from store.lifecycle import WorkerState
from store.rows import Worker
from store.version import VERSION

SAMPLES: Final[Mapping[str, tuple[str, str, float]]] = {
    "system/memory_mb": ("horngate_run_memory_bytes", "Memory of the run's trainer that it shares with nobody.", 2**20),
    "system/cpu_percent": ("horngate_run_cpu_cores", "Cores that the run's trainer keeps busy.", 0.01),
    "system/gpu_memory_mb": ("horngate_run_gpu_memory_bytes", "Memory in use on the run's GPUs.", 2**20),
    "system/gpu_percent": ("horngate_run_gpu_busy", "GPUs that are busy: 1 is one GPU all the time.", 0.01),
}
"""Curve of a run → name, meaning, and what a unit of the curve is worth."""
TALLIES: Final[Mapping[str, tuple[str, str]]] = {
    "checkpoints": ("horngate_checkpoints", "Checkpoints that workers brought to the files."),
    "checkpoint_seconds": ("horngate_checkpoint_seconds", "Seconds that this took."),
    "checkpoint_bytes": ("horngate_checkpoint_bytes", "Their bytes."),
    "cancels": ("horngate_cancels", "Trainers that were gone after a cancel."),
    "cancel_seconds": ("horngate_cancel_seconds", "Seconds from hearing of the cancel until the trainer was gone."),
}


@dataclass(frozen=True, eq=False)  # a registry keeps its collectors by identity
class Numbers(Collector):
    """One look at the database."""

    now: datetime
    queues: Mapping[str, tuple[int, datetime]]
    running: int
    workers: Sequence[Worker]
    attempts: Sequence[numbers.Ended]
    leases: numbers.Leases
    samples: Sequence[tuple[str, str, float]]

    def collect(self) -> Iterator[Metric]:
        """Every family, those without a value too, so that their names can be found."""
        yield labelled("horngate_queued_runs", "Runs that wait.", "queue", {q: n for q, (n, _) in self.queues.items()})
        ages = {queue: (self.now - since).total_seconds() for queue, (_, since) in self.queues.items()}
        yield labelled("horngate_oldest_queued_seconds", "How long the oldest of them waits.", "queue", ages)
        yield GaugeMetricFamily("horngate_running_runs", "Runs that are trained now.", value=self.running)
        yield GaugeMetricFamily("horngate_live_workers", "Workers that were seen lately.", value=len(self.workers))
        yield from self.collect_attempts()
        yield from self.collect_samples()
        yield from self.collect_workers()
        version = GaugeMetricFamily("horngate_version_info", "The api's version.", labels=["version"])
        version.add_metric([VERSION], 1)
        yield version

    def collect_attempts(self) -> Iterator[Metric]:
        """Attempts and leases."""
        family = CounterMetricFamily(
            "horngate_attempts", "Attempts of the runs that are kept.", labels=["outcome", "cause"]
        )
        for ended in self.attempts:
            family.add_metric([ended.outcome, ended.cause], ended.count)
        yield family
        lag = self.leases.lag_seconds
        yield GaugeMetricFamily("horngate_lease_lag_seconds", "Since the stalest lease was renewed.", value=lag)
        yield GaugeMetricFamily(
            "horngate_expired_leases",
            "Runs whose lease ran out and that nobody recovered yet.",
            value=self.leases.expired,
        )

    def collect_samples(self) -> Iterator[Metric]:
        """What running trainers take."""
        for curve, (name, told, unit) in SAMPLES.items():
            values = {run: value * unit for run, found, value in self.samples if found == curve}
            yield labelled(name, told, "run", values)

    def collect_workers(self) -> Iterator[Metric]:
        """What living workers say of themselves."""
        pulses: dict[str, Any] = {worker.name: workers.pulse_of(worker) for worker in self.workers}
        for key, (name, told) in TALLIES.items():
            family = CounterMetricFamily(name, told, labels=["worker"])
            for worker, pulse in pulses.items():
                family.add_metric([worker], pulse.get("tallies", {}).get(key, 0))
            yield family
        free = {worker: pulse["free_bytes"] for worker, pulse in pulses.items() if "free_bytes" in pulse}
        yield labelled("horngate_worker_free_bytes", "Room on the disk of the worker's home.", "worker", free)
        silent = {worker.name: (self.now - worker.seen_at).total_seconds() for worker in self.workers}
        yield labelled("horngate_worker_silent_seconds", "Since the worker was seen.", "worker", silent)


def labelled(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def read_numbers(here: Parts) -> Numbers:
    """In one session."""
    with here.database.reading() as session:
        return Numbers(
            now=waiting.clock(session),
            queues=waiting.oldest_waiting(session),
            running=sum(workers.count_running(session).values()),
            workers=workers.list_workers(session, state=WorkerState.ALIVE, limit=500).items,
            attempts=list(numbers.count_attempts(session)),
            leases=numbers.look_at_leases(session, here.settings.lease_seconds),
            samples=list(numbers.newest_samples(session)),
        )
