"""Settings come from the environment, follow from `home`, and are documented as they are."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from store.errors import SettingsRefused
from store.private import make_private_folder, read_or_make_secret, service_secret
from store.settings import Settings, describe_settings, read_settings, socket_path

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_is_what_the_code_says() -> None:
    assert PAGE.read_text() == describe_settings() + "\n", "run: python -m store.settings > docs/settings.md"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_local_mode_needs_nothing_but_a_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/horngate.db"
    assert settings.blobs_url == f"file://{tmp_path}/blobs"
    assert settings.broker_url == f"redis+socket://{socket_path(settings, 'valkey.sock')}?virtual_host=0"


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("http://127.0.0.1:8000", "must differ"),
        ("HTTP://127.0.0.1:8000/", "must differ"),
        ("boards.example.org", "scheme, a host"),
        ("https://boards.example.org/tb", "scheme, a host"),
        ("ftp://boards.example.org", "scheme, a host"),
    ],
)
def test_an_origin_for_boards_is_an_origin_and_another(monkeypatch: pytest.MonkeyPatch, origin: str, said: str) -> None:
    monkeypatch.setenv("HORNGATE_BOARDS_ORIGIN", origin)

    with pytest.raises(SettingsRefused, match=f"HORNGATE_BOARDS_ORIGIN: .*{said}"):
        read_settings()


def test_the_environment_sets_them_and_an_empty_variable_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HORNGATE_WORKER_QUEUES", "fast, slow")
    monkeypatch.setenv("HORNGATE_PORT", "9001")
    monkeypatch.setenv("HORNGATE_S3_KEY", "")

    settings = read_settings()

    assert settings.worker_queues == ("fast", "slow")
    assert settings.public_url == "http://127.0.0.1:9001"
    assert settings.s3_key is None


def test_a_wrong_setting_is_named_with_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HORNGATE_PORT", "eight")
    monkeypatch.setenv("HORNGATE_MODE", "solo")

    with pytest.raises(SettingsRefused) as refused:
        read_settings()

    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["HORNGATE_MODE", "HORNGATE_PORT"]
    assert lines[1].endswith("(found 'eight')")


def test_settings_are_frozen_and_hide_secrets(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, service_secret="open sesame")  # type: ignore[arg-type]  # pydantic wraps it

    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # which is what is tested
    assert "sesame" not in repr(settings)


def test_a_socket_of_a_deep_home_is_moved_to_a_short_private_folder(tmp_path: Path) -> None:
    shallow, deep = Settings(home=Path("/srv/horngate")), Settings(home=tmp_path / ("deep/" * 30))

    assert socket_path(shallow, "predictor.sock") == Path("/srv/horngate/predictor/predictor.sock")
    assert len(str(socket_path(deep, "predictor.sock"))) < 100
    assert socket_path(deep, "boards.sock") != socket_path(Settings(home=tmp_path / ("deep/" * 31)), "boards.sock")


def test_the_service_secret_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new")

    assert service_secret(settings) == service_secret(settings)
    assert (settings.home / "service.key").stat().st_mode & 0o777 == 0o600


def test_a_team_on_one_machine_need_not_set_its_service_secret(tmp_path: Path) -> None:
    """`docker compose up` without a `.env`: its services share a home."""
    assert service_secret(Settings(home=tmp_path, mode="team")) == service_secret(Settings(home=tmp_path))


def test_of_two_who_make_a_secret_both_use_the_first(tmp_path: Path) -> None:
    assert read_or_make_secret(tmp_path / "key", "first") == "first"
    assert read_or_make_secret(tmp_path / "key", "second") == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_link_put_in_the_place_of_a_private_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "valkey").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingsRefused, match="not this user's own folder"):
        make_private_folder(tmp_path / "valkey")
