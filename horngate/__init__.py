"""Horngate's client, `horngate.connect()`; and what a training script reports itself by: `Callback`, `report`.

All but the last are imported when they are first asked for: a script needs no HTTP, a client no Keras.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from horngate.inside import report as report
from horngate.inside import should_stop as should_stop

if TYPE_CHECKING:
    from horngate.callback import Callback as Callback
    from horngate.client.connecting import connect as connect

LATER = {"Callback": "horngate.callback", "connect": "horngate.client.connecting"}


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module 'horngate' has no attribute {name!r}")
    return getattr(import_module(LATER[name]), name)
