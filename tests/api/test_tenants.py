"""Two tenants who pry at each other, and people who come and go."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from store.roles import Role
from tests.api.serving import Service
from tests.api.tenants import Person, Tenants

SECRET = "supersecretname"


@pytest.fixture(scope="module")
def tenants(service: Service) -> Tenants:
    return Tenants(service, "prying")


@pytest.fixture
def stranger(tenants: Tenants) -> Iterator[httpx.Client]:
    with tenants.of(tenants.stranger) as client:
        yield client


@pytest.fixture
def owner(tenants: Tenants) -> Iterator[httpx.Client]:
    with tenants.of(tenants.owner) as client:
        yield client


class TestPrying:
    """The stranger owns a project of their own, and looks for what is in the other."""

    def test_lists_show_the_callers_projects_alone_and_their_cursors_lead_nowhere_else(
        self, tenants: Tenants, stranger: httpx.Client, owner: httpx.Client
    ) -> None:
        theirs = [tenants.add_run(tenants.theirs, name=f"theirs {n}") for n in range(3)]
        for n in range(3):
            tenants.add_run(tenants.ours, name=f"{SECRET} {n}")
        page = owner.get("/v1/runs", params={"limit": 1}).json()

        foreign = stranger.get("/v1/runs", params={"limit": 1, "after": page["next_cursor"]}).json()
        seen = [run["id"] for run in stranger.get("/v1/runs").json()["data"]]

        assert {run["project"] for run in foreign["data"]} <= {tenants.name_of(tenants.theirs)}
        assert seen == theirs[::-1]
        assert SECRET not in stranger.get("/v1/runs", params={"search": SECRET}).text
        assert SECRET not in stranger.get("/v1/queue", params={"limit": 500}).text
        assert stranger.get("/v1/queue", params={"after": page["data"][0]["id"]}).status_code == 422

    def test_no_error_and_no_did_you_mean_tells_a_name(self, tenants: Tenants, stranger: httpx.Client) -> None:
        tenants.add_dataset(tenants.ours, SECRET)
        model = {"layers": [{"Dense": 1}]}
        asked = [
            {"dataset": f"{SECRET[:-1]}x", "model": model},
            {"dataset": SECRET, "model": model},
            {"dataset": SECRET, "project": tenants.name_of(tenants.ours), "model": model},
            {"dataset": SECRET, "project": tenants.name_of(tenants.ours)[:-1], "model": model},
        ]
        answers = [stranger.post("/v1/specs:validate", json={"spec": spec}) for spec in asked]
        answers += [stranger.get(f"/v1/datasets/{SECRET}"), stranger.get(f"/v1/datasets/{SECRET}@1")]

        assert [answer.status_code for answer in answers] == [422] * 4 + [404] * 2
        for answer in answers:
            told = answer.json()
            assert (told.get("errors") or [{}])[0].get("did_you_mean") in (None, tenants.name_of(tenants.theirs))
            assert tenants.name_of(tenants.ours) not in str([fault["allowed"] for fault in told.get("errors", [])])

    def test_what_exists_elsewhere_and_what_does_not_exist_are_answered_alike(
        self, tenants: Tenants, stranger: httpx.Client
    ) -> None:
        real, made_up = tenants.add_run(tenants.ours), "run_01AAAAAAAAAAAAAAAAAAAAAAAA"
        for path in ("", "/events", "/metrics", "/artifacts/x", "/tensorboard/data/runs", ":cancel"):
            method = "POST" if path.startswith(":") else "GET"
            there, nowhere = (stranger.request(method, f"/v1/runs/{run}{path}") for run in (real, made_up))
            assert (there.status_code, there.text) == (404, nowhere.text.replace(made_up, real))

    def test_a_run_begins_with_no_run_of_another_project(self, tenants: Tenants, stranger: httpx.Client) -> None:
        run = tenants.add_run(tenants.ours)
        spec = {"model": {"kind": "run", "run": run}, "dataset": "d"}
        hidden = stranger.post("/v1/specs:validate", json={"spec": spec}).json()["errors"][0]
        with tenants.service.client() as admin:
            named = admin.post("/v1/specs:validate", json={"spec": spec}).json()["errors"][0]

        assert hidden["message"] == f"There is no run '{run}'."
        assert named["message"] == f"{run} is in another project: what it learned stays there."

    def test_one_idempotency_key_is_two_for_two_people(
        self, tenants: Tenants, stranger: httpx.Client, owner: httpx.Client
    ) -> None:
        answers = [
            client.post("/v1/runs", json={"spec": {"dataset": "x"}}, headers={"Idempotency-Key": "same"})
            for client in (owner, stranger)
        ]
        assert [answer.status_code for answer in answers] == [422, 422]
        assert "Idempotent-Replay" not in answers[1].headers

    def test_bytes_that_another_project_has_are_no_news(self, tenants: Tenants, stranger: httpx.Client) -> None:
        """Whether a file is there already is asked within the project."""
        sha256 = "c" * 64
        tenants.add_dataset(tenants.ours, "shared", sha256)
        begun = stranger.post("/v1/uploads", json={"filename": "shared.csv", "bytes": 10, "sha256": sha256})

        assert (begun.status_code, begun.json()["dataset"]) == (201, None)
        assert stranger.get("/v1/datasets", params={"sha256": sha256}).json()["data"] == []

    def test_bytes_stay_while_another_project_has_them(self, tenants: Tenants, owner: httpx.Client) -> None:
        sha256, blobs = "d" * 64, tenants.service.blobs
        ours = tenants.add_dataset(tenants.ours, "twice", sha256)
        tenants.add_dataset(tenants.theirs, "twice", sha256)
        blobs.put_bytes(f"datasets/{sha256}", b"x")

        assert owner.delete(f"/v1/datasets/{ours}").status_code == 204
        assert blobs.exists(f"datasets/{sha256}")

    def test_people_are_known_to_those_who_share_a_project(
        self, tenants: Tenants, stranger: httpx.Client, owner: httpx.Client
    ) -> None:
        near = {user["name"] for user in owner.get("/v1/users").json()["data"]}
        member = f"/v1/projects/{tenants.theirs}/members/{tenants.owner.id}"

        assert near >= {tenants.owner.name, tenants.editor.name, tenants.viewer.name}
        assert tenants.stranger.name not in near
        assert {user["name"] for user in stranger.get("/v1/users").json()["data"]} == {"admin", tenants.stranger.name}
        assert stranger.put(member, json={"role": "viewer"}).json()["code"] == "unknown_user"

    def test_an_address_is_told_to_administrators_owners_and_whose_it_is(self, tenants: Tenants) -> None:
        def known_to(key: str) -> dict[str, str | None]:
            with tenants.service.client(key=key) as http:
                members = http.get(f"/v1/projects/{tenants.ours}/members").json()["data"]
            return {member["user"]: member["email"] for member in members if member["email"]}

        with tenants.service.client() as admin:
            admin.patch(f"/v1/users/{tenants.editor.id}", json={"email": "ed@ours.example"}).raise_for_status()
        whole = {tenants.editor.id: "ed@ours.example"}

        keys = (tenants.service.key, tenants.owner.key, tenants.editor.key, tenants.viewer.key)
        assert [known_to(key) for key in keys] == [whole, whole, whole, {}]

    @pytest.mark.parametrize("name", ["ad\u200bmin", "\u202enimda", "\u2060", " ", "a\tb"])
    def test_nobody_is_called_by_what_is_not_seen(self, tenants: Tenants, name: str) -> None:
        with tenants.service.client() as admin:
            answer = admin.post("/v1/users", json={"name": name})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")

    def test_blanks_around_a_name_make_no_other_name(self, tenants: Tenants) -> None:
        with tenants.service.client() as admin:
            assert admin.post("/v1/users", json={"name": "  ADMIN "}).json()["code"] == "name_taken"

    def test_a_projects_name_that_others_use_is_free(self, tenants: Tenants, stranger: httpx.Client) -> None:
        made = stranger.post("/v1/projects", json={"name": tenants.name_of(tenants.ours)})
        taken = stranger.post("/v1/projects", json={"name": tenants.name_of(tenants.ours)})
        default = stranger.post("/v1/projects", json={"name": "default"})

        assert (made.status_code, taken.status_code, default.status_code) == (201, 409, 409)

    def test_boards_answer_whoever_sees_the_run(self, tenants: Tenants, stranger: httpx.Client) -> None:
        run = tenants.add_run(tenants.ours)
        with tenants.of(tenants.viewer) as viewer:
            assert viewer.get(f"/v1/runs/{run}/tensorboard/").json()["code"] == "boards_away"
        assert stranger.get(f"/v1/runs/{run}/tensorboard/").json()["code"] == "unknown_run"


class TestComingAndGoing:
    """Invitations, roles that change, and keys that end."""

    @pytest.fixture
    def guest(self, tenants: Tenants, owner: httpx.Client, request: pytest.FixtureRequest) -> Person:
        return tenants.invite(owner, tenants.ours, "editor", f"guest-{abs(hash(request.node.name)) % 10**9}")

    def test_an_invitation_lets_one_person_in_once_with_its_role(self, tenants: Tenants, owner: httpx.Client) -> None:
        made = owner.post(f"/v1/projects/{tenants.ours}/invitations", json={"role": "viewer", "note": "for Gil"}).json()
        body = {"token": made["link"].partition("#token=")[2], "name": "Gil"}
        listed = owner.get(f"/v1/projects/{tenants.ours}/invitations").text
        with tenants.service.client(key="") as guest, tenants.service.client(key="") as second:
            taken = guest.post("/v1/invitations:accept", json={**body, "name": tenants.owner.name.upper()})
            welcome = guest.post("/v1/invitations:accept", json=body)
            again = second.post("/v1/invitations:accept", json={**body, "name": "Other"})
            me = guest.get("/v1/me").json()

        assert body["token"] not in listed
        assert "for Gil" in listed
        assert (taken.status_code, welcome.status_code, again.status_code) == (409, 201, 401)
        assert (me["user"]["name"], me["signed_in_by"], me["project"]["id"]) == ("Gil", "session", tenants.ours)
        assert [project["role"] for project in me["projects"]] == ["viewer"]

    def test_an_invitation_that_was_taken_back_or_whose_maker_left_is_of_no_use(
        self, tenants: Tenants, owner: httpx.Client
    ) -> None:
        second = tenants.invite(owner, tenants.ours, "owner", "second owner")
        with tenants.of(second) as host:
            links = [host.post(f"/v1/projects/{tenants.ours}/invitations", json={}).json() for _ in range(2)]
            gone = host.delete(f"/v1/projects/{tenants.ours}/invitations/{links[0]['id']}")
        owner.put(f"/v1/projects/{tenants.ours}/members/{second.id}", json={"role": "editor"}).raise_for_status()
        with tenants.service.client(key="") as guest:
            answers = [
                guest.post(
                    "/v1/invitations:accept", json={"token": link["link"].partition("#token=")[2], "name": f"g{n}"}
                ).status_code
                for n, link in enumerate(links)
            ]

        assert (gone.status_code, answers) == (204, [401, 401])

    def test_somebody_who_is_a_user_joins_another_project_and_never_with_less(
        self, tenants: Tenants, owner: httpx.Client, stranger: httpx.Client
    ) -> None:
        for role, expected in (("editor", "editor"), ("viewer", "editor")):
            made = owner.post(f"/v1/projects/{tenants.ours}/invitations", json={"role": role}).json()
            joined = stranger.post("/v1/invitations:join", json={"token": made["link"].partition("#token=")[2]})
            assert (joined.status_code, joined.json()["role"]) == (201, expected)
        assert stranger.post(f"/v1/projects/{tenants.ours}:leave").status_code == 204
        assert stranger.get(f"/v1/projects/{tenants.ours}").status_code == 404

    def test_a_role_that_was_taken_counts_from_the_next_request(
        self, tenants: Tenants, owner: httpx.Client, guest: Person
    ) -> None:
        run, member = tenants.add_run(tenants.ours), f"/v1/projects/{tenants.ours}/members/{guest.id}"
        with tenants.of(guest) as client:
            assert client.patch(f"/v1/runs/{run}", json={"name": "mine"}).status_code == 200
            owner.put(member, json={"role": "viewer"}).raise_for_status()
            refused = client.patch(f"/v1/runs/{run}", json={"name": "no"})
            owner.delete(member).raise_for_status()
            assert client.get(f"/v1/runs/{run}").status_code == 404

        assert refused.status_code == 403
        assert tenants.owner.name in refused.json()["detail"]

    def test_who_is_put_out_hears_nothing_more_of_a_run_that_they_were_following(
        self, tenants: Tenants, owner: httpx.Client, guest: Person
    ) -> None:
        run = tenants.add_run(tenants.ours)
        with (
            tenants.of(guest) as client,
            client.stream("GET", f"/v1/runs/{run}/events", headers={"Accept": "text/event-stream"}) as answer,
        ):
            lines = answer.iter_lines()
            assert any(line.startswith("data:") for line in lines)
            owner.delete(f"/v1/projects/{tenants.ours}/members/{guest.id}").raise_for_status()
            owner.post(f"/v1/runs/{run}:cancel").raise_for_status()
            rest = [line for line in lines if line.startswith("data:")]

        assert rest == []

    def test_a_disabled_users_keys_and_sessions_stop_at_once_and_come_back_with_them(
        self, tenants: Tenants, guest: Person
    ) -> None:
        with tenants.service.client() as admin, tenants.of(guest) as client, tenants.service.client(key="") as browser:
            browser.post("/v1/session", json={"token": guest.key}).raise_for_status()
            admin.patch(f"/v1/users/{guest.id}", json={"disabled": True}).raise_for_status()
            stopped = [client.get("/v1/me").status_code, browser.get("/v1/me").status_code]
            sign_in = browser.post("/v1/session", json={"token": guest.key}).status_code
            admin.patch(f"/v1/users/{guest.id}", json={"disabled": False}).raise_for_status()
            assert (stopped, sign_in, client.get("/v1/me").status_code) == ([401, 401], 401, 200)

    def test_an_administrator_makes_a_user_with_a_project_of_their_own(self, tenants: Tenants) -> None:
        with tenants.service.client() as admin, tenants.service.client(key="") as browser:
            made = admin.post("/v1/users", json={"name": "Uma"}).json()
            token = {"token": made["link"].partition("#token=")[2]}
            browser.post("/v1/session", json=token).raise_for_status()
            me = browser.get("/v1/me").json()
            own = admin.get("/v1/me").json()["user"]["id"]
            assert admin.patch(f"/v1/users/{own}", json={"disabled": True}).json()["code"] == "yourself"

        assert (me["user"]["name"], me["project"]["name"], me["user"]["is_admin"]) == ("Uma", "Uma", False)

    def test_the_last_owner_stays(self, tenants: Tenants, stranger: httpx.Client) -> None:
        own = stranger.post("/v1/projects", json={"name": "ones-own"}).json()["id"]
        member = f"/v1/projects/{own}/members/{tenants.stranger.id}"
        answers = [
            stranger.post(f"/v1/projects/{own}:leave"),
            stranger.put(member, json={"role": "editor"}),
            stranger.delete(member),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "last_owner")] * 3

    def test_a_run_of_a_project_that_was_renamed_is_cloned_where_it_is(self, tenants: Tenants) -> None:
        dataset = tenants.service.add_dataset("moved")
        with tenants.service.client() as admin:
            project = tenants.make_project(admin, "before")
            with tenants.service.database.transaction() as session:
                session.get_one(type(dataset), dataset.id).project_id = project
            spec = {"project": "before", "dataset": "moved", "targets": "price"}
            spec |= {"inputs": {"x": {"columns": ["size", "rooms"]}}, "fit": {"epochs": 3}, "queue": "moved"}
            spec |= {"model": {"kind": "sequential", "layers": ["Dense(1)"]}}
            spec["compile"] = {"optimizer": "Adam(1e-3)", "loss": "mse"}
            run = admin.post("/v1/runs", json={"spec": spec}).raise_for_status().json()
            admin.patch(f"/v1/projects/{project}", json={"name": "after"}).raise_for_status()
            clone = admin.post(f"/v1/runs/{run['id']}:clone", json={})

        assert clone.status_code == 201, clone.text
        assert clone.json()["project"] == "after"


class TestKeys:
    """A key goes no further than it was made for, and neither does what is made with it."""

    def test_a_key_makes_no_key_and_no_session_that_goes_further(self, tenants: Tenants) -> None:
        _, read = tenants.make_key(tenants.owner, scope="read", expires_in_days=1)
        _, write = tenants.make_key(tenants.owner, expires_in_days=1, projects=[tenants.ours])
        service = tenants.service
        with service.client(key=read) as reader, service.client(key=write) as writer, service.browser(read) as browser:
            refused = [
                reader.post("/v1/keys", json={"name": "k", "scope": "read"}),
                writer.post("/v1/keys", json={"name": "k", "scope": "admin"}),
                writer.post("/v1/keys", json={"name": "k", "projects": [tenants.theirs]}),
                writer.post(f"/v1/projects/{tenants.ours}/invitations", json={}),
                writer.post("/v1/projects", json={"name": "unseen"}),
            ]
            made = writer.post("/v1/keys", json={"name": "k", "expires_in_days": 300}).json()
            mine = writer.get("/v1/me").json()
            session = browser.get("/v1/me").json()
            changed = browser.patch(f"/v1/projects/{tenants.ours}", json={"name": "x"})

        assert [answer.status_code for answer in refused] == [403, 403, 404, 403, 403]
        assert made["projects"] == [tenants.ours]
        assert made["expires_at"] == mine["expires_at"]
        assert session["scope"] == "read"
        assert changed.status_code == 403

    def test_a_browser_that_a_key_signed_in_goes_with_the_key(self, tenants: Tenants) -> None:
        """Whoever has got hold of a key keeps nothing when it is revoked."""
        leaked, token = tenants.make_key(tenants.editor)
        with tenants.service.browser(token) as browser, tenants.of(tenants.editor) as editor:
            before = browser.get("/v1/me").status_code
            editor.delete(f"/v1/keys/{leaked}").raise_for_status()
            after = [browser.get("/v1/me").status_code, browser.post("/v1/keys", json={"name": "k"}).status_code]
            shown = editor.get("/v1/sessions").json()["data"]

        assert (before, after, shown) == (200, [401, 401], [])

    def test_a_link_that_a_key_made_for_its_person_goes_with_the_key(self, tenants: Tenants) -> None:
        """Used, or not used yet."""
        with tenants.service.client() as admin:
            leaked = admin.post("/v1/keys", json={"name": "leaked", "scope": "admin"}).json()
        with tenants.service.client(key=leaked["key"]) as client, tenants.service.client() as admin:
            used, unused = (client.post("/v1/sign-in-links").json()["url"].partition("#token=")[2] for _ in range(2))
            with tenants.service.browser(used) as browser:
                before = browser.get("/v1/me").status_code
                admin.delete(f"/v1/keys/{leaked['id']}").raise_for_status()
                after = browser.get("/v1/me").status_code
            late = client.post("/v1/session", json={"token": unused}).status_code

        assert (before, after, late) == (200, 401, 401)

    def test_a_key_that_ends_makes_none_that_lasts_in_a_browser_either(self, tenants: Tenants) -> None:
        _, token = tenants.make_key(tenants.editor, expires_in_days=30)
        with tenants.service.client(key=token) as client, tenants.service.browser(token) as browser:
            made = [maker.post("/v1/keys", json={"name": "lasting"}).json() for maker in (client, browser)]
            ends = next(key for key in client.get("/v1/keys").json()["data"] if key["prefix"] == token[:10])

        assert [key["expires_at"] for key in made] == [ends["expires_at"]] * 2

    def test_a_key_ends_no_key_and_no_session_that_goes_further(self, tenants: Tenants) -> None:
        """Or whoever has got hold of a job's key locks its person out."""
        wide, _ = tenants.make_key(tenants.editor, scope="admin")
        elsewhere, _ = tenants.make_key(tenants.editor)
        same, _ = tenants.make_key(tenants.editor, projects=[tenants.ours])
        own, narrow = tenants.make_key(tenants.editor, projects=[tenants.ours])
        service = tenants.service
        with service.client(key=narrow) as job, service.browser(tenants.editor.key) as browser:
            session = next(one for one in browser.get("/v1/sessions").json()["data"] if one["is_this"])
            ends = [f"/v1/keys/{wide}", f"/v1/keys/{elsewhere}", f"/v1/sessions/{session['id']}", "/v1/sessions"]
            refused = [job.delete(end).status_code for end in ends]
            allowed = [job.delete(f"/v1/keys/{one}").status_code for one in (same, own)]
            ended = browser.delete(f"/v1/keys/{wide}").status_code

        assert refused == [403] * 4
        assert (allowed, ended) == ([204, 204], 204)

    def test_a_key_for_one_project_sees_that_one(self, tenants: Tenants) -> None:
        with tenants.service.client() as admin:
            made = admin.post("/v1/keys", json={"name": "one", "scope": "admin", "projects": [tenants.theirs]}).json()
        hidden = tenants.add_run(tenants.ours)
        with tenants.service.client(key=made["key"]) as narrow:
            me = narrow.get("/v1/me").json()
            assert [project["id"] for project in me["projects"]] == [tenants.theirs]
            assert narrow.get(f"/v1/runs/{hidden}").status_code == 404
            assert narrow.post("/v1/users", json={"name": "x"}).status_code == 403
            assert narrow.get("/metrics").status_code == 403

    def test_a_person_sees_their_browsers_and_signs_them_out(self, tenants: Tenants) -> None:
        browser = tenants.service.browser
        with browser(tenants.viewer.key) as first, browser(tenants.viewer.key) as second:
            shown = first.get("/v1/sessions").json()["data"]
            first.delete("/v1/sessions").raise_for_status()
            states = (first.get("/v1/me").status_code, second.get("/v1/me").status_code)

        assert [session["is_this"] for session in shown] == [False, True]
        assert states == (200, 401)


class TestLimits:
    """What is used, what is allowed, and how to mend it."""

    @pytest.fixture
    def limited(self, tenants: Tenants) -> Iterator[httpx.Client]:
        """The owner of a project in which next to nothing is allowed."""
        limits = {"storage_bytes": 100, "upload_bytes": 50, "run_minutes": 0}
        with tenants.service.client() as admin:
            mark = f"small-{len(admin.get('/v1/projects').json()['data'])}"
            project = tenants.make_project(admin, mark)
            person = tenants.invite(admin, project, "owner", mark)
            admin.patch(f"/v1/projects/{project}", json={"limits": limits}).raise_for_status()
        with tenants.of(person) as client:
            assert client.patch(f"/v1/projects/{project}", json={"limits": {}}).status_code == 403
            yield client

    def test_a_file_that_is_too_large_is_refused(self, limited: httpx.Client) -> None:
        sent = limited.post("/v1/datasets", files={"file": ("t.csv", b"a,b\n" + b"1,2\n" * 20)})
        begun = limited.post("/v1/uploads", json={"filename": "t.csv", "bytes": 51, "sha256": "a" * 64})

        assert (sent.status_code, sent.json()["code"]) == (403, "over_quota")
        assert "50 bytes allowed" in begun.json()["detail"]

    def test_no_room_is_told_with_what_is_used(self, tenants: Tenants, limited: httpx.Client) -> None:
        project = limited.get("/v1/me").json()["project"]["id"]
        for n in range(9):
            tenants.add_dataset(project, f"d{n}", f"{n}" * 64)
        refused = limited.post("/v1/uploads", json={"filename": "t.csv", "bytes": 11, "sha256": "a" * 64})
        shown = limited.get(f"/v1/projects/{project}").json()

        assert "90 bytes used and 11 bytes more would be, 100 bytes allowed" in refused.json()["detail"]
        assert shown["used"] == {"storage_bytes": 90, "run_minutes": 0}

    def test_minutes_that_are_used_up_refuse_the_next_run(self, tenants: Tenants, limited: httpx.Client) -> None:
        dataset = tenants.service.add_dataset("minutes")
        project = limited.get("/v1/me").json()["project"]["id"]
        with tenants.service.database.transaction() as session:
            session.get_one(type(dataset), dataset.id).project_id = project
        spec = {"dataset": dataset.name, "targets": "price", "inputs": {"x": {"columns": ["size", "rooms"]}}}
        spec |= {"model": {"kind": "sequential", "layers": ["Dense(1)"]}}
        spec |= {"compile": {"optimizer": "Adam(1e-3)", "loss": "mse"}, "fit": {"epochs": 3}}
        refused = limited.post("/v1/runs", json={"spec": spec})

        assert refused.json()["code"] == "over_quota", refused.text
        assert refused.status_code == 403
        assert "Training in 30 days" in refused.json()["detail"]


def test_roles_are_in_order() -> None:
    assert [role.covers(Role.EDITOR) for role in Role] == [False, True, True]


class TestAudit:
    """Who did what, read by those whom it concerns."""

    def test_what_was_done_and_what_was_refused_is_noted_and_reads_tell_nothing(
        self, tenants: Tenants, owner: httpx.Client, stranger: httpx.Client
    ) -> None:
        run = tenants.add_run(tenants.ours)
        owner.get(f"/v1/runs/{run}").raise_for_status()
        owner.patch(f"/v1/runs/{run}", json={"name": SECRET}).raise_for_status()
        with tenants.of(tenants.viewer) as viewer:
            viewer.delete(f"/v1/runs/{run}")
        stranger.get(f"/v1/runs/{run}")
        with tenants.service.client() as admin:
            entries = admin.get("/v1/audit", params={"thing": run}).json()["data"]

        assert [(entry["user_name"], entry["operation"], entry["status"]) for entry in entries] == [
            (tenants.stranger.name, "get_run", 404),
            (tenants.viewer.name, "delete_run", 403),
            (tenants.owner.name, "change_run", 200),
        ]
        assert entries[2]["project_id"] == tenants.ours
        assert entries[2]["ip"] == "127.0.0.1"
        assert SECRET not in str(entries)

    def test_owners_read_what_concerns_their_projects_page_by_page(
        self, tenants: Tenants, owner: httpx.Client, stranger: httpx.Client
    ) -> None:
        made = owner.post(f"/v1/projects/{tenants.ours}/invitations", json={}).json()
        stranger.post("/v1/keys", json={"name": "not ours"}).raise_for_status()
        first = owner.get("/v1/audit", params={"limit": 1, "operation": "invite"}).json()
        second = owner.get(
            "/v1/audit", params={"limit": 1, "operation": "invite", "after": first["next_cursor"]}
        ).json()
        everything = owner.get("/v1/audit", params={"limit": 500}).json()["data"]

        assert first["data"][0]["thing"] == made["id"]
        assert second["data"][0]["id"] < first["data"][0]["id"]
        assert {entry["project_id"] for entry in everything} == {tenants.ours}
        assert stranger.get("/v1/audit", params={"project": tenants.ours}).status_code == 404
        with tenants.of(tenants.editor) as editor:
            assert editor.get("/v1/audit").status_code == 403

    def test_no_secret_is_kept(self, tenants: Tenants) -> None:
        _, key = tenants.make_key(tenants.owner)
        with tenants.service.client(key="hg_a_wrong_key") as wrong, tenants.service.client() as admin:
            wrong.get("/v1/me")
            kept = admin.get("/v1/audit", params={"limit": 500}).text

        assert key not in kept
        assert "hg_a_wrong_key" not in kept


def test_many_who_follow_one_invitation_are_one(tenants: Tenants, owner: httpx.Client) -> None:
    link = owner.post(f"/v1/projects/{tenants.ours}/invitations", json={}).json()["link"]
    token, answers = link.partition("#token=")[2], []

    def follow(n: int) -> None:
        with tenants.service.client(key="") as guest:
            body = {"token": token, "name": f"many {n}", "with_key": True}
            answers.append(guest.post("/v1/invitations:accept", json=body).status_code)

    threads = [threading.Thread(target=follow, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [201, 401, 401, 401]
