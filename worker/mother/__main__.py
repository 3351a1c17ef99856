"""`python -m worker.mother DESCRIPTOR OWNER`: started by a worker or a predictor, never by hand."""

import socket
import sys

from worker.mother.kernel import die_with_parent


def main(descriptor: int, owner: int) -> None:
    die_with_parent(owner)
    import gc

    from worker.mother.programs import PROGRAMS
    from worker.mother.serving import Mother

    gc.collect()
    gc.freeze()
    Mother(socket.socket(fileno=descriptor), PROGRAMS).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
