"""Keys: shown once, kept hashed, valid until they expire or are revoked; sign-in tokens work once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from store.bootstrap import bootstrap
from store.errors import NotFound, SettingsRefused
from store.keys import (
    KeyKind,
    create_key,
    find_caller,
    forget_dead_keys,
    list_keys,
    redeem_sign_in,
    revoke_key,
    touch_key,
)
from store.migrate import upgrade
from store.rows import Key
from store.settings import Settings
from tests.store.conftest import Shop

LONG_KEY = "hg_" + "k" * 40


def test_a_key_stands_for_its_user_and_is_kept_as_a_hash(shop: Shop) -> None:
    key, token = shop.write(create_key, user_id=shop.owner_id, kind=KeyKind.API, name="laptop")

    caller = shop.read(find_caller, token, KeyKind.API)

    assert caller is not None
    assert (caller.user.id, caller.user.is_admin, caller.key.id) == (shop.owner_id, True, key.id)
    assert token.startswith("hg_")
    assert len(token) == 46
    assert token not in {key.hash, key.name, key.prefix}
    assert key.prefix == token[:10]


def test_unknown_expired_revoked_and_other_kinds_of_tokens_stand_for_nobody(shop: Shop) -> None:
    def create(**more: object) -> tuple[Key, str]:
        return shop.write(create_key, user_id=shop.owner_id, name="k", **{"kind": KeyKind.API, **more})

    _, expired = create(lifetime=timedelta(seconds=-1))
    _, session = create(kind=KeyKind.SESSION, lifetime=timedelta(hours=1))
    revoked_key, revoked = create()
    shop.write(revoke_key, revoked_key.id)

    assert [shop.read(find_caller, t, KeyKind.API) for t in ("hg_x", "", expired, session, revoked)] == [None] * 5
    assert shop.read(find_caller, session, KeyKind.SESSION) is not None


def test_a_sign_in_token_is_used_up_by_the_first_of_many(shop: Shop) -> None:
    more = {"user_id": shop.owner_id, "kind": KeyKind.SIGN_IN, "name": "link", "lifetime": timedelta(minutes=5)}
    _, token = shop.write(create_key, **more)

    with ThreadPoolExecutor(6) as pool:
        users = list(pool.map(lambda _: shop.write(redeem_sign_in, token), range(6)))

    assert [used.user_id for used in users if used] == [shop.owner_id]
    _, late = shop.write(create_key, **{**more, "lifetime": timedelta(seconds=-1)})
    assert shop.write(redeem_sign_in, late) is None


def test_an_api_key_is_no_sign_in_token(shop: Shop) -> None:
    _, token = shop.write(create_key, user_id=shop.owner_id, kind=KeyKind.API, name="k")

    assert shop.write(redeem_sign_in, token) is None
    assert shop.read(find_caller, token, KeyKind.API) is not None


def test_revoking_is_for_the_owner_and_may_be_repeated(shop: Shop) -> None:
    key, _ = shop.write(create_key, user_id=shop.owner_id, kind=KeyKind.API, name="k")

    with pytest.raises(NotFound):
        shop.write(revoke_key, key.id, user_id="usr_other")
    shop.write(revoke_key, key.id, user_id=shop.owner_id)
    first = shop.read(lambda session: session.get_one(Key, key.id).revoked_at)
    shop.write(revoke_key, key.id)

    assert first is not None
    assert shop.read(lambda session: session.get_one(Key, key.id).revoked_at) == first


def test_use_is_noted_once_in_a_while(shop: Shop) -> None:
    key, _ = shop.write(create_key, user_id=shop.owner_id, kind=KeyKind.API, name="k")

    def used() -> object:
        shop.write(touch_key, key.id)
        return shop.read(lambda session: session.get_one(Key, key.id).last_used_at)

    first = used()
    assert first is not None
    assert used() == first


def test_keys_are_listed_by_kind_and_dead_ones_forgotten(shop: Shop) -> None:
    for name in ("a", "b"):
        shop.write(create_key, user_id=shop.owner_id, kind=KeyKind.API, name=name)
    shop.write(create_key, user_id=shop.owner_id, kind=KeyKind.SESSION, name="s", lifetime=timedelta(days=-8))

    page = shop.read(list_keys, user_id=shop.owner_id, limit=2)
    assert [key.name for key in page.items] == ["b", "a"]
    assert page.has_more
    assert [key.name for key in shop.read(list_keys, kind=KeyKind.SESSION).items] == ["s"]

    shop.write(forget_dead_keys)
    assert shop.read(list_keys, kind=KeyKind.SESSION).items == []
    assert len(shop.read(list_keys).items) == 3


def test_local_mode_makes_an_administrators_key_for_its_owner_alone(shop: Shop, settings: Settings) -> None:
    path = settings.home / "admin.key"

    caller = shop.read(find_caller, path.read_text().strip(), KeyKind.API)

    assert caller is not None
    assert caller.user.is_admin
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_was_removed_is_made_anew_and_the_old_key_works_no_longer(
    shop: Shop, settings: Settings
) -> None:
    path = settings.home / "admin.key"
    old = path.read_text().strip()
    path.unlink()

    upgrade(settings)

    assert shop.read(find_caller, old, KeyKind.API) is None
    assert shop.read(find_caller, path.read_text().strip(), KeyKind.API) is not None


def test_a_team_sets_the_administrators_key_and_may_change_it(shop: Shop, settings: Settings) -> None:
    for token in (LONG_KEY, LONG_KEY + "2"):
        team = settings.model_copy(update={"mode": "team", "admin_key": SecretStr(token)})
        shop.write(bootstrap, team)
        shop.write(bootstrap, team)
        assert shop.read(find_caller, token, KeyKind.API) is not None

    assert shop.read(find_caller, LONG_KEY, KeyKind.API) is None
    assert len(shop.read(lambda session: session.scalars(select(Key)).all())) == 3


def test_a_team_that_sets_no_key_finds_one_in_its_home(shop: Shop, settings: Settings) -> None:
    shop.write(bootstrap, settings.model_copy(update={"mode": "team"}))

    token = (settings.home / "admin.key").read_text().strip()
    assert shop.read(find_caller, token, KeyKind.API) is not None


@pytest.mark.parametrize("token", ["hg_short", "x" * 50])
def test_a_weak_administrators_key_is_refused(token: str, shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="HORNGATE_ADMIN_KEY"):
        shop.write(bootstrap, Settings(home=tmp_path, mode="team", admin_key=SecretStr(token)))
