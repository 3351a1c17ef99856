"""What an api that was killed in the middle of an upload left behind."""

import shutil
from contextlib import suppress

from store.blobs import Blobs
from store.errors import BlobsAway
from store.quarantine import FOLDER
from store.settings import Settings


def sweep_uploads(settings: Settings) -> None:
    """Delete half-received files and files in quarantine; only for an api that is alone with them."""
    shutil.rmtree(settings.home / "cache" / "uploads", ignore_errors=True)
    with suppress(BlobsAway):  # workers' reconcilers sweep it, too
        Blobs(settings).delete_prefix(FOLDER)
