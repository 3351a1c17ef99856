"""What a joining machine does for itself, with uv and with sockets, short of joining."""

import hashlib
import io
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx
import pytest

from horngate.client.service import Service
from horngate.errors import NotReachable, NotRunning, UsageError
from horngate.joining.code import describe_checkout, fetch_code
from horngate.joining.environment import find_uv, make_environment
from horngate.joining.place import Place
from horngate.joining.reaching import require_reachable
from tests.stack import ROOT

TINY = """
[project]
name = "tiny"
version = "1"
requires-python = ">=3.11"
[dependency-groups]
worker = []
boards = []
cpu = []
gpu = []
"""


def test_an_environment_is_made_by_uv_from_the_lock(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "pyproject.toml").write_text(TINY)
    uv = find_uv(tmp_path / "uv")
    subprocess.run([uv, "lock", "--offline", "--python", sys.executable], cwd=code, check=True, capture_output=True)
    place = Place(tmp_path / "home")

    python = make_environment(place.venv(code / "uv.lock", gpu=False), code, tools=tmp_path / "uv", gpu=False)

    said = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == str(place.venv(code / "uv.lock", gpu=False))
    assert place.venv(code / "uv.lock", gpu=True) != place.venv(code / "uv.lock", gpu=False)


def test_code_that_is_not_what_was_told_is_not_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("pyproject.toml"))
    content = packed.getvalue()
    service = Service("http://service", "hgj_x", httpx.MockTransport(lambda _: httpx.Response(200, content=content)))

    with pytest.raises(NotRunning, match="SHA-256"):
        fetch_code(service, "0" * 64, tmp_path / "code")
    assert not (tmp_path / "code").exists()

    assert fetch_code(service, hashlib.sha256(content).hexdigest(), tmp_path / "code") == tmp_path / "code"
    assert (tmp_path / "code" / "pyproject.toml").exists()


def test_an_address_that_nobody_answers_at_is_named_with_the_setting_that_mends_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reached = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        with socket.create_server(("127.0.0.1", 0)) as other:
            gone = other.getsockname()[1]
        settings = {
            "HORNGATE_DATABASE_URL": f"postgresql+psycopg://u:secret@127.0.0.1:{gone}/x",
            "HORNGATE_BROKER_URL": reached,
        }
        with pytest.raises(NotReachable) as caught:
            require_reachable(settings)

    assert f"The database at 127.0.0.1:{gone} cannot be reached" in str(caught.value)
    assert "HORNGATE_WORKER_DATABASE_URL" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "broker" not in str(caught.value)


def test_settings_come_back_as_they_were_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    place, settings = Place(tmp_path / "home"), {"A": "plain", "B": "with 'quotes' and $ and spaces"}
    place.prepare()

    place.write(settings, url="http://x", version="1", code=tmp_path, python=Path(sys.executable))

    assert place.read_settings() == settings
    assert place.settings.stat().st_mode & 0o777 == 0o600
    assert place.home.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no checkout"):
        describe_checkout(tmp_path)

    assert describe_checkout(ROOT)["revision"].isdigit()
