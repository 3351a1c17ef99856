"""What a mother and her owner say to each other: one JSON object per packet, descriptors beside it."""

import json
import socket
from typing import Any

PACKET_BYTES = 65_536
MOST_DESCRIPTORS = 8


def send_packet(to: socket.socket, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    socket.send_fds(to, [json.dumps(message).encode()], descriptors)


def receive_packet(of: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next message and the descriptors that came with it; None when the other side is gone."""
    try:
        packet, descriptors, _, _ = socket.recv_fds(of, PACKET_BYTES, MOST_DESCRIPTORS)
    except ConnectionResetError:
        return None, []
    return (json.loads(packet) if packet else None), descriptors
