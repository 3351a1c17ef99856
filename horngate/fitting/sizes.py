"""How many rows a batch has and how many batches an epoch, as Keras settles it."""

from typing import TYPE_CHECKING, Any

from horngate.errors import FitRefused
from horngate.fitting.structures import Rows

if TYPE_CHECKING:
    from horngate.fitting.fit import Asked

BATCH = 32


def settle_sizes(asked: "Asked", rows: Rows, held: Rows | None) -> dict[str, Any]:
    """The sizes among the fields of the spec's `fit`; raises FitRefused where Keras would run out of data."""
    count = int(rows.count * (1.0 - asked.validation_split)) if held is None else rows.count
    size = rows.batch_size or asked.batch_size or _parted(count, asked.steps_per_epoch)
    fields: dict[str, Any] = {"batch_size": size}
    if asked.steps_per_epoch is not None:
        fields["steps_per_epoch"] = asked.steps_per_epoch
        if not rows.comes_round:
            _check_end(asked, batches=-(-count // size))
    validated = held.count if held is not None else rows.count - count
    if validated:
        given = asked.validation_batch_size or asked.batch_size or _parted(validated, asked.validation_steps)
        fields["validation_batch_size"] = (held.batch_size if held is not None else None) or given
    if asked.validation_steps is not None:
        fields["validation_steps"] = asked.validation_steps
    parts = {"train": rows, "validation": held or rows}
    return fields | {"fixed_batches": [part for part, source in parts.items() if source.is_fixed]}


def _parted(rows: int, steps: int | None) -> int:
    """The batch size of arrays that none was given for: so many steps go through all rows."""
    return -(-rows // steps) if steps else BATCH


def _check_end(asked: "Asked", *, batches: int) -> None:
    """Keras ends the epoch in which the rows do, with a warning, and begins the next one with the first row."""
    steps, taken = asked.steps_per_epoch or batches, asked.batches or batches
    if taken <= batches or (steps <= batches and batches % steps == 0):
        return
    parts = next(part for part in range(min(steps, batches), 0, -1) if batches % part == 0)
    raise FitRefused(
        "steps_per_epoch",
        f"is {steps}, and x has {batches} batches: Keras would run out of data and cut an epoch short. Give one that "
        f"divides them, such as {parts}, or rows that come round again: tf.data.Dataset….batch(…).repeat()",
    )
