"""What is wrong with a data set, or with what a spec asks of it."""

from typing import Any

from models_lib.spec.faults import Fault


class DataFault(Exception):
    """The data cannot be used as asked: every fault that was found, with counts and column names."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


def data_fault(pointer: str, message: str, *, found: Any = None, allowed: Any = None) -> Fault:
    """A fault of the data, at the part of the spec that asked for it (or `/file` for an upload)."""
    return Fault(pointer=pointer, message=message, code="bad_data", found=found, allowed=allowed)
