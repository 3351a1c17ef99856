"""Tickets: addresses by which a browser reaches one board without its cookie, which a board never gets to see.

A board's page runs in an origin of its own (`shutting.py`), to which browsers send no cookie; so its address says for
whom it is. A ticket opens that one board, for as long as the session that asked for it lasts and at most for hours.
"""

import time
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

HOURS: Final = 12
HOUR: Final = 3600


@dataclass(frozen=True)
class Ticket:
    """Which board, by its run's id or its own, and by whose session."""

    board: str
    key_id: str
    expires_at: int


class Tickets:
    """Writes and reads them; every api process of a service shares the secret."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="a ticket to a board")

    def write(self, board: str, key_id: str) -> str:
        """The same within an hour, so that a browser keeps the page's files."""
        expires_at = (int(time.time()) // HOUR + 1 + HOURS) * HOUR
        text = self._signer.dumps([board, key_id, expires_at])
        return text if isinstance(text, str) else text.decode()

    def read(self, text: str) -> Ticket | None:
        """The ticket, unless it was not written here or is too old."""
        try:
            ticket = Ticket(*self._signer.loads(text))
        except BadData:
            return None
        return ticket if ticket.expires_at > time.time() else None
