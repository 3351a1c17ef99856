"""Which epochs' checkpoints are kept: by what the spec asks for, by how good they are, and by the room there is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import Field

from models_lib.spec.bindings import Closed


class KeepSome(Closed):
    """So many of the best by `fit.monitor`, and so many of the latest; an epoch may be both."""

    best: int = Field(default=0, strict=True, ge=0, le=1000, description="The best epochs by fit.monitor.")
    latest: int = Field(default=0, strict=True, ge=0, le=1000, description="The latest epochs.")


Keep: TypeAlias = int | KeepSome | Literal["best", "all"]


@dataclass(frozen=True)
class Kept:
    """A checkpoint taken after an epoch. `merit`: the larger the better; None where there was nothing to judge by."""

    epoch: int
    merit: float | None
    bytes: int = 0


def rank_by_merit(checkpoints: Collection[Kept]) -> list[Kept]:
    """Those that can be judged, the best first; of equals the earlier, as Keras' own callbacks have it."""
    judged = [(-each.merit, each.epoch, each) for each in checkpoints if each.merit is not None]
    return [each for _, _, each in sorted(judged, key=lambda ranked: ranked[:2])]


def choose_kept(checkpoints: Collection[Kept], keep: Keep, *, budget: int | None = None) -> set[int]:
    """The epochs whose checkpoints stay; where `budget` bytes do not hold them all the best go before the latest."""
    wanted = _in_order_of_worth(checkpoints, keep)
    if budget is None:
        return {each.epoch for each in wanted}
    kept: set[int] = set()
    for each in wanted:
        budget -= each.bytes
        if budget < 0:
            break
        kept.add(each.epoch)
    return kept


def _in_order_of_worth(checkpoints: Collection[Kept], keep: Keep) -> Sequence[Kept]:
    newest_first = sorted(checkpoints, key=lambda each: -each.epoch)
    match keep:
        case "best":
            return []
        case "all":
            return newest_first
        case int():
            return newest_first[:keep]
    best = rank_by_merit(checkpoints)[: keep.best]
    return [*best, *(each for each in newest_first[: keep.latest] if each not in best)]
