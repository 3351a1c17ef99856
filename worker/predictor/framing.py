"""JSON with its length before it, over a socket between the predictor and a child."""

import json
import socket
import struct
from typing import Any

LENGTH = struct.Struct("!Q")
LONGEST_MESSAGE = 1 << 30


class PeerGone(Exception):
    """The other side has closed the socket, or has died."""


def send_message(to: socket.socket, message: Any) -> None:
    """Raises PeerGone, TimeoutError."""
    content = json.dumps(message, separators=(",", ":")).encode()
    try:
        to.sendall(LENGTH.pack(len(content)) + content)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise PeerGone from error


def receive_message(of: socket.socket) -> Any:
    """Raises PeerGone, TimeoutError."""
    (length,) = LENGTH.unpack(_receive_exactly(of, LENGTH.size))
    if length > LONGEST_MESSAGE:
        raise PeerGone
    return json.loads(_receive_exactly(of, length))


def _receive_exactly(of: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        try:
            part = of.recv(min(size - len(parts), 1 << 20))
        except ConnectionResetError as error:
            raise PeerGone from error
        if not part:
            raise PeerGone
        parts += part
    return bytes(parts)
