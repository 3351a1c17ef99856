"""Ends of a training that its user can do something about."""


class NonFinite(Exception):
    """The training loss is no number any more."""

    def __init__(self, epoch: int, batch: int, loss: float) -> None:
        super().__init__(f"The loss became {loss} in epoch {epoch}, batch {batch}.")
        self.epoch = epoch
        self.batch = batch


class CheckpointUnusable(Exception):
    """The checkpoint to go on from does not belong to this model."""
