"""What runs here."""

from typing import Final

from store import version

VERSION: Final[str] = version.VERSION
