"""`python -m worker.mother DESCRIPTOR OWNER`: started by a worker or a predictor, never by hand."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from worker.mother.kernel import die_with_parent


@contextmanager
def absent(module: str) -> Iterator[None]:
    """Keras imports matplotlib where it is installed, which looks at all fonts of the machine, and starts a timer.

    Scripts that want it import it themselves.
    """
    sys.modules[module] = None  # type: ignore[assignment]  # Python's own word for a module that there is not
    yield
    del sys.modules[module]


def main(descriptor: int, owner: int) -> None:
    die_with_parent(owner)
    import gc

    with absent("matplotlib"):
        from worker.mother.programs import PROGRAMS
    from worker.mother.serving import Mother

    gc.collect()
    gc.freeze()
    Mother(socket.socket(fileno=descriptor), PROGRAMS).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
