"""Files that only the service's own user may read: socket folders and secrets."""

import os
import secrets
from pathlib import Path

from store.errors import SettingsRefused
from store.settings import Settings


def make_private_folder(folder: Path) -> None:
    """A folder of our own with mode 700; raises SettingsRefused where somebody else made it first."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not folder.is_dir() or folder.is_symlink() or found.st_uid != os.getuid():
        raise SettingsRefused(f"{folder} is not this user's own folder: remove it, or choose another HORNGATE_HOME.")
    folder.chmod(0o700)


def prepare_socket(path: Path) -> None:
    """Make the socket's folder private and remove what a server that died left there. Call it before listening."""
    make_private_folder(path.parent)
    path.unlink(missing_ok=True)


def read_or_make_secret(path: Path, secret: str) -> str:
    """The secret that the file holds; where there is none, `secret`, written with mode 600. The first writer wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        return path.read_text().strip()
    finally:
        draft.unlink()
    return secret


def service_secret(settings: Settings) -> str:
    """What the api shows to the predictor and the boards: the setting's, else the one that their common home keeps."""
    if settings.service_secret is not None:
        return settings.service_secret.get_secret_value()
    return read_or_make_secret(settings.home / "service.key", secrets.token_urlsafe(32))
