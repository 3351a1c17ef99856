"""Which fault strikes next: all of them, with their weights."""

from collections.abc import Callable

import httpx
import psutil
import psycopg

from chaos.faults import (
    Storm,
    damage_checkpoint,
    disturb_database,
    empty_broker,
    freeze_worker,
    kill_api,
    kill_broker,
    kill_mother,
    kill_trainer,
    kill_worker,
    reconcile_at_once,
    repeat_message,
    restart_worker,
)
from chaos.surroundings import fill_disk, jump_clock, jump_database_clock, send_poison
from store.errors import StoreError

FAULTS: dict[Callable[[Storm], bool], int] = {
    kill_trainer: 20,
    damage_checkpoint: 3,
    kill_worker: 3,
    freeze_worker: 2,
    restart_worker: 2,
    kill_mother: 2,
    kill_broker: 2,
    empty_broker: 2,
    kill_api: 2,
    repeat_message: 1,
    reconcile_at_once: 2,
    disturb_database: 3,
    fill_disk: 3,
    jump_clock: 2,
    jump_database_clock: 2,
    send_poison: 2,
}
TROUBLE = (StoreError, OSError, psutil.Error, psycopg.Error, httpx.TransportError)
"""The victim was gone, or what the fault needs itself was just struck."""


def strike_once(storm: Storm) -> None:
    fault = storm.dice.choices(list(FAULTS), weights=list(FAULTS.values()))[0]
    try:
        if fault(storm):
            storm.note(fault.__name__)
    except TROUBLE:
        return
