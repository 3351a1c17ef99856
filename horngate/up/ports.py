"""The port that local mode listens on."""

import errno
import socket

from horngate.errors import NotRunning


def choose_port(host: str, port: int) -> int:
    """`port` if nobody has it, any free one for 0; else an error that says what to do."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotRunning(explain(error, host, port)) from None
        return int(probe.getsockname()[1])


def explain(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is taken. Choose another: horngate up --port {port + 1} (or --port 0 for any)."
            )
        case errno.EACCES:
            return f"Port {port} needs more rights than you have. Choose one above 1023: horngate up --port 8000."
        case _:
            return f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --host or --port."


def public_address(host: str, port: int) -> str:
    """The address to open: one that listens everywhere is reached by loopback from here."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"
