"""Attempts of one run that did the same epochs: what the later one has written counts."""

from typing import Any

from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator


class LaterAttemptsCount(EventAccumulator):  # type: ignore[misc]  # TensorBoard ships no types
    """A new file's first point of a curve takes the place of all from its step on in the files before it.

    TensorBoard does so itself only where a file begins with TensorFlow 1's `SessionLog.START`, and then by one step for
    all curves, whether they count epochs or batches.
    """

    _begun: frozenset[str] = frozenset()

    def _ProcessEvent(self, event: Any) -> None:  # noqa: N802 - TensorBoard's name
        if event.HasField("file_version"):
            self._begun = frozenset()
        super()._ProcessEvent(event)

    def _ProcessTensor(self, tag: str, wall_time: float, step: int, tensor: Any) -> None:  # noqa: N802 - likewise
        if tag not in self._begun:
            self._begun |= {tag}
            if tag in self.tensors_by_tag:
                self.tensors_by_tag[tag].FilterItems(lambda kept: kept.step < step)
        super()._ProcessTensor(tag, wall_time, step, tensor)
