"""People, projects and keys at the command line."""

import json
from pathlib import Path

from tests.stack import Stack, clean_environment, type_command


def test_somebody_is_invited_comes_in_and_is_put_out(stack: Stack, tmp_path: Path) -> None:
    """The whole way by the command line, on a second machine with a home of its own."""
    project = stack.horngate("projects", "add", "readers").stdout.strip()
    link = stack.horngate("projects", "invite", "readers", "--role", "viewer", "--note", "for Rea").stdout.strip()
    elsewhere = clean_environment(tmp_path) | {"XDG_CONFIG_HOME": str(tmp_path)}

    def rea(*words: str) -> tuple[int, str, str]:
        answer = type_command(*words, environment=elsewhere, cwd=tmp_path)
        return answer.returncode, answer.stdout, answer.stderr

    assert "You are viewer in readers" in rea("join", link, "--name", "Rea")[2]
    assert json.loads(rea("projects", "list", "--json")[1])[0] | {"created_at": ""} == {
        "id": project,
        "name": "readers",
        "role": "viewer",
        "created_at": "",
    }
    code, _, said = rea("projects", "invite", "readers")
    assert (code, "You are viewer in this project" in said) == (1, True)
    key = rea("keys", "add", "for a script", "--scope", "read", "--days", "1")[1].strip()
    assert key.startswith("hg_")
    assert "for a script" in rea("keys", "list")[1]

    members = json.loads(stack.horngate("projects", "members", "readers", "--json").stdout)
    assert {member["name"]: member["role"] for member in members} == {"admin": "owner", "Rea": "viewer"}
    assert stack.horngate("users", "disable", "Rea").returncode == 0
    assert "expired or was revoked" in rea("projects", "list")[2]
    assert stack.horngate("users", "enable", "Rea").returncode == 0
    assert stack.horngate("projects", "members", "readers", "--rm", "Rea").returncode == 0
    assert json.loads(rea("projects", "list", "--json")[1]) == []
    assert "no invitation" in rea("join", "https://example.org", "--name", "x")[2]
