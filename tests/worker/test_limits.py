"""What a forked child may take."""

import subprocess
import sys

ASK_FOR_MORE = """
from worker.trainer.limits import limit_memory, stack_bytes
limit_memory(50 << 20)
small = bytearray(10 << 20)
try:
    large = bytearray((100 << 20) + stack_bytes())
except MemoryError:
    print("refused")
"""


def test_a_process_that_takes_more_memory_than_it_may_gets_an_error_it_can_report() -> None:
    """An error in Python, not the kernel's choice of whom to kill."""
    done = subprocess.run([sys.executable, "-c", ASK_FOR_MORE], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "refused"
