"""What a browser must have before it shows the list of runs."""

import gzip
import re

from tests.dashboard.browsing import BUILT

MOST_BYTES = 250_000
ASSETS = BUILT.parent / "assets"
IMPORTED = re.compile(r'(?:from|import)\s*"\./([^"]+\.js)"')


def needed_by(name: str, known: set[str]) -> set[str]:
    """A script with all that it imports outright; what it asks for later is not among them."""
    if name not in known:
        known.add(name)
        for other in IMPORTED.findall((ASSETS / name).read_text()):
            needed_by(other, known)
    return known


def test_the_first_load_is_small_in_both_languages() -> None:
    entry = re.findall(r'src="/assets/(index-[^"]+\.js)"', BUILT.read_text())
    later = [path.name for part in ("start", "first") for path in ASSETS.glob(f"{part}-*.js")]
    known: set[str] = set()
    for name in (*entry, *later):
        needed_by(name, known)

    size = sum(len(gzip.compress((ASSETS / name).read_bytes())) for name in known)

    assert len(known) > 10
    assert size < MOST_BYTES
