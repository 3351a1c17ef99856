"""A session that was opened for somebody finds rows of their projects alone, whatever is asked of it."""

import pytest
from sqlalchemy import delete, func, select, update

from store import datasets, people, runs, waiting
from store.access import Caller, read_roles, settle_project
from store.database import Database
from store.errors import AmbiguousProject, LastOwner, NotAllowed, NotFound
from store.keys import KeyKind, create_key, find_again, find_caller
from store.roles import Role, Scope
from store.rows import Dataset, Project, Run, User


@pytest.fixture
def two(database: Database) -> tuple[str, str]:
    """Two projects with a run and a data set each, whose bytes are the same."""
    with database.transaction() as session:
        projects = [people.add_project(session, name, None).id for name in ("ours", "theirs")]
        owner = people.find_user(session).id
        for project in projects:
            session.refresh(runs.add_run(session, spec={}, name="r", project_id=project, owner_id=owner, datasets={}))
            datasets.add_dataset(
                session, project_id=project, owner_id=owner, name="d", format="csv", rows=1, bytes=1, sha256="a" * 64,
                profile={},
            )  # fmt: skip
    return projects[0], projects[1]


def add_caller(database: Database, name: str, roles: dict[str, Role], **about: object) -> Caller:
    with database.transaction() as session:
        user = people.add_user(session, name)
        for project, role in roles.items():
            people.set_role(session, project, user.id, role)
        _, token = create_key(session, user_id=user.id, kind=KeyKind.API, name="k", **about)  # type: ignore[arg-type]
    with database.reading() as session:
        caller = find_caller(session, token, KeyKind.API)
    assert caller is not None
    return caller


def test_what_others_have_is_found_by_no_query_of_any_kind(database: Database, two: tuple[str, str]) -> None:
    ours, theirs = two
    with database.reading() as session:
        foreign = session.scalars(select(Run.id).where(Run.project_id == theirs)).one()

    narrow = database.seen_with([ours])
    with narrow.reading() as session:
        assert [run.project_id for run in runs.list_runs(session).items] == [ours]
        assert session.get(Run, foreign) is None
        assert session.execute(select(func.count()).where(Run.name == "r")).scalar_one() == 1
        assert session.scalars(select(Run.id).where(Run.id.in_(select(Run.id)))).all() != [foreign]
        assert [project.name for project in people.list_projects(session)] == ["ours"]
        assert set(people.project_names(session).values()) == {"ours"}
        with pytest.raises(NotFound):
            runs.get_run(session, foreign)


def test_what_others_have_is_changed_by_no_statement(database: Database, two: tuple[str, str]) -> None:
    ours, theirs = two
    narrow = database.seen_with([ours])
    with narrow.transaction() as session:
        session.execute(update(Run).values(name="changed"))
        session.execute(delete(Dataset))

    with database.reading() as session:
        assert session.scalars(select(Run.name).where(Run.project_id == theirs)).all() == ["r"]
        assert session.scalars(select(Dataset.project_id)).all() == [theirs]


def test_numbers_are_told_of_everybody(database: Database, two: tuple[str, str]) -> None:
    """A place in the queue counts all who wait; and bytes stay while anybody has them."""
    _, theirs = two
    narrow = database.seen_with([theirs])
    with narrow.transaction() as session:
        own = session.scalars(select(Run)).one()
        place = waiting.queue_place(session, own)
        assert place is not None
        assert place.position == 2
        assert [(w.run_id, w.position) for w in waiting.list_waiting(session, projects=[theirs])] == [(own.id, 2)]
        assert datasets.delete_dataset(session, session.scalars(select(Dataset.id)).one()) is None
        assert not datasets.hold_unused(session, "a" * 64)


def test_a_key_does_no_more_than_its_scope_and_projects_say(database: Database, two: tuple[str, str]) -> None:
    ours, theirs = two
    caller = add_caller(database, "ann", {ours: Role.OWNER, theirs: Role.OWNER}, scope=Scope.READ, project_ids=[ours])

    assert dict(caller.roles) == {ours: Role.VIEWER}
    assert caller.sight == (ours,)
    with database.seen_with(caller.sight).reading() as session:
        with pytest.raises(NotAllowed, match="scope is read"):
            settle_project(session, caller.wanting(Role.EDITOR))
        with pytest.raises(NotFound):
            settle_project(session, caller, "theirs")


def test_who_may_not_is_told_who_could(database: Database, two: tuple[str, str]) -> None:
    ours, _ = two
    add_caller(database, "olga", {ours: Role.OWNER})
    viewer = add_caller(database, "vera", {ours: Role.VIEWER})

    with database.reading() as session, pytest.raises(NotAllowed, match=r"You are viewer .* wants editor.*: olga"):
        settle_project(session, viewer.wanting(Role.EDITOR), "ours")


def test_what_names_no_project_goes_to_the_only_one_or_is_asked_back(database: Database, two: tuple[str, str]) -> None:
    ours, theirs = two
    in_one = add_caller(database, "one", {ours: Role.EDITOR})
    in_both = add_caller(database, "both", {ours: Role.EDITOR, theirs: Role.EDITOR})
    nowhere = add_caller(database, "nowhere", {})

    with database.reading() as session:
        assert settle_project(session, in_one).id == ours
        with pytest.raises(AmbiguousProject, match="ours, theirs"):
            settle_project(session, in_both)
        with pytest.raises(NotAllowed, match="in no project"):
            settle_project(session, nowhere)


def test_a_name_that_two_of_ones_projects_bear_is_asked_back_and_an_id_never(database: Database) -> None:
    with database.transaction() as session:
        twins = [Project(id=f"prj_{n}", name="twin") for n in range(3)]
        session.add_all(twins)
    caller = add_caller(database, "ann", {"prj_0": Role.VIEWER, "prj_1": Role.VIEWER})

    with database.reading() as session:
        with pytest.raises(AmbiguousProject, match="prj_0, prj_1"):
            settle_project(session, caller, "twin")
        assert settle_project(session, caller, "prj_1").id == "prj_1"
        with pytest.raises(NotFound):
            settle_project(session, caller, "prj_2")


def test_an_administrator_owns_every_project_and_their_limited_key_does_not(database: Database) -> None:
    with database.transaction() as session:
        admin = people.find_user(session)
        project = people.add_project(session, "new", None)
        key, _ = create_key(session, user_id=admin.id, kind=KeyKind.API, name="all")
        narrow, _ = create_key(session, user_id=admin.id, kind=KeyKind.API, name="one", project_ids=[project.id])
        assert read_roles(session, admin, key)[project.id] == Role.OWNER
        assert read_roles(session, admin, narrow) == {project.id: Role.OWNER}
        assert Caller(admin, narrow, {project.id: Role.OWNER}).sight == (project.id,)
        assert Caller(admin, key, {}).sight is None


def test_a_disabled_user_is_known_by_no_key(database: Database, two: tuple[str, str]) -> None:
    caller = add_caller(database, "ann", {two[0]: Role.OWNER})
    with database.transaction() as session:
        session.get_one(User, caller.user.id).disabled_at = caller.user.created_at

    with database.reading() as session:
        assert find_again(session, caller.key.id) is None


def test_the_last_owner_stays(database: Database, two: tuple[str, str]) -> None:
    ours, _ = two
    owner = add_caller(database, "olga", {ours: Role.OWNER}).user.id
    with database.transaction() as session:
        with pytest.raises(LastOwner):
            people.remove_member(session, ours, owner)
        with pytest.raises(LastOwner):
            people.set_role(session, ours, owner, Role.EDITOR)

    add_caller(database, "oleg", {ours: Role.OWNER})
    with database.transaction() as session:
        people.remove_member(session, ours, owner)
        assert [user.name for _, user in people.list_members(session, ours)] == ["oleg"]
