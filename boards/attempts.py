"""Attempts of one run that did the same epochs: what the later one has written counts."""

import io
from typing import Any

from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter

WRITTEN_BY = "horngate.attempt:"


def say_attempt(name: str) -> bytes:
    """The first record of a copied event file: which attempt has written what follows."""
    record = io.BytesIO()
    RecordWriter(record).write(Event(file_version=WRITTEN_BY + name).SerializeToString())
    return record.getvalue()


class LaterAttemptsCount(EventAccumulator):  # type: ignore[misc]  # TensorBoard ships no types
    """A later attempt's first point of a curve takes the place of all from its step on in the files before it.

    TensorBoard does so itself only where a file begins with TensorFlow 1's `SessionLog.START`, and then by one step for
    all curves, whether they count epochs or batches. Several files of one attempt, as of a script that calls `fit`
    twice, are shown as TensorBoard shows them: none takes another's place.
    """

    _attempt = ""
    _begun: frozenset[str] = frozenset()

    def _ProcessEvent(self, event: Any) -> None:  # noqa: N802 - TensorBoard's name
        if not event.file_version.startswith(WRITTEN_BY):
            super()._ProcessEvent(event)
        elif event.file_version != self._attempt:
            self._attempt, self._begun = event.file_version, frozenset()

    def _ProcessTensor(self, tag: str, wall_time: float, step: int, tensor: Any) -> None:  # noqa: N802 - likewise
        if tag not in self._begun:
            self._begun |= {tag}
            if tag in self.tensors_by_tag:
                self.tensors_by_tag[tag].FilterItems(lambda kept: kept.step < step)
        super()._ProcessTensor(tag, wall_time, step, tensor)
