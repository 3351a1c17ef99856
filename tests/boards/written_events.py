"""Real event files, written by TensorBoard's own record writer: scalars, histograms and a graph."""

import boards.without_tensorflow  # noqa: F401 - must come before any part of TensorBoard

# isort: split
import io
from collections.abc import Iterable

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from store.blobs import Blobs

NAME = "events.out.tfevents.1790000000.host.1.0.v2"


def file_of(events: Iterable[Event]) -> bytes:
    """The bytes of an event file that holds these events."""
    file = io.BytesIO()
    writer = RecordWriter(file)
    writer.write(Event(wall_time=1e9, file_version="brain.Event:2").SerializeToString())
    for event in events:
        writer.write(event.SerializeToString())
    return file.getvalue()


def scalars(values: Iterable[float], *, tag: str = "epoch_loss", first_step: int = 0) -> list[Event]:
    return [summary(scalar_pb(tag, value), first_step + index) for index, value in enumerate(values)]


def histogram(step: int, *, tag: str = "hidden/kernel") -> Event:
    return summary(histogram_pb(tag, np.random.default_rng(step).normal(size=2_000)), step)


def graph(nodes: int) -> Event:
    definition = GraphDef(node=[NodeDef(name=f"layer{index}/kernel", op="VarHandleOp") for index in range(nodes)])
    return Event(wall_time=1e9, graph_def=definition.SerializeToString())


def summary(value: Summary, step: int) -> Event:
    return Event(wall_time=1e9 + step, step=step, summary=value)


def ship(
    blobs: Blobs, run_id: str, data: bytes, *, path: str = f"train/{NAME}", attempt: int = 1, first: int = 0
) -> None:
    """Put one chunk where the supervisor would."""
    blobs.put_bytes(f"runs/{run_id}/tensorboard/{attempt}/{path}/{first:08d}", data)
