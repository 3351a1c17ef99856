"""The command line where things are not as they should be, and its smaller commands."""

import json
from pathlib import Path

import pytest

from horngate.up.ports import choose_port
from tests.stack import Stack, clean_environment, type_command


def free_address() -> str:
    """Where nobody listens."""
    return f"http://127.0.0.1:{choose_port('127.0.0.1', 0)}"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://nowhere.invalid", "There is no host named 'nowhere.invalid'"),
        (free_address(), "Nobody listens at"),
        ("ftp://files", "is not an address"),
    ],
    ids=["unknown host", "refused", "no address"],
)
def test_an_address_that_does_not_answer_is_one_clear_line(address: str, says: str, tmp_path: Path) -> None:
    answer = type_command("--url", address, "runs", "list", environment=clean_environment(tmp_path), cwd=tmp_path)

    assert answer.returncode == 1
    assert says in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert answer.stdout == ""


def test_without_any_service_it_says_how_to_start_one(tmp_path: Path) -> None:
    answer = type_command("datasets", "list", environment=clean_environment(tmp_path), cwd=tmp_path)

    assert answer.returncode == 1
    assert "horngate up" in answer.stderr
    assert "horngate login URL" in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("train",),
        ("train", "spec.yaml", "--data", "a.csv"),
        ("train", "--data", "a.csv"),
        ("train", "missing.yaml"),
        ("predict", "latest"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(stack: Stack, words: tuple[str, ...]) -> None:
    answer = stack.horngate(*words)

    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr


def test_a_wrong_key_says_how_to_sign_in(stack: Stack) -> None:
    answer = stack.horngate("--api-key", "hg_wrong", "runs", "list")

    assert answer.returncode == 1
    assert "horngate login URL" in answer.stderr


def test_an_unknown_run_is_named(stack: Stack) -> None:
    answer = stack.horngate("runs", "show", "run_00000000000000000000000000")

    assert answer.returncode == 2
    assert "run_00000000000000000000000000" in answer.stderr


def test_login_is_kept_for_its_owner_alone_and_used_afterwards(stack: Stack, tmp_path: Path) -> None:
    environment = clean_environment(tmp_path)

    signed_in = type_command("login", stack.url, "--api-key", stack.key, environment=environment, cwd=tmp_path)
    listed = type_command("runs", "list", "--json", environment=environment, cwd=tmp_path)

    assert signed_in.returncode == 0, signed_in.stderr
    assert (tmp_path / "config/horngate/login.json").stat().st_mode & 0o777 == 0o600
    assert listed.returncode == 0, listed.stderr
    assert isinstance(json.loads(listed.stdout), list)


def test_a_wrong_key_is_not_kept(stack: Stack, tmp_path: Path) -> None:
    answer = type_command(
        "login", stack.url, "--api-key", "hg_no", environment=clean_environment(tmp_path), cwd=tmp_path
    )

    assert answer.returncode == 1
    assert not (tmp_path / "config/horngate/login.json").exists()


def test_local_mode_is_found_by_its_home_alone(stack: Stack) -> None:
    environment = clean_environment(stack.home) | {"HORNGATE_HOME": str(stack.home)}

    answer = type_command("datasets", "list", "--json", environment=environment, cwd=stack.home)

    assert answer.returncode == 0, answer.stderr


def test_the_doctor_finds_a_healthy_service_healthy(stack: Stack) -> None:
    answer = stack.horngate("doctor", "--json")

    found = {finding["what"]: finding for finding in json.loads(answer.stdout)}
    assert [finding for finding in found.values() if not finding["ok"]] == []
    assert answer.returncode == 0
    assert {
        "python",
        "disk",
        "address",
        "versions",
        "database",
        "broker",
        "worker",
        "predictor",
        "boards",
        "sign-in",
    } <= set(found)


def test_the_doctor_says_how_to_mend_what_is_wrong(stack: Stack) -> None:
    answer = stack.horngate("--api-key", "hg_wrong", "doctor")

    assert answer.returncode == 1
    assert "✗ sign-in" in answer.stdout
    assert "→ Sign in: horngate login URL" in answer.stdout


def test_the_schema_is_data_on_standard_output(stack: Stack) -> None:
    assert "properties" in json.loads(stack.horngate("schema").stdout)


def test_a_data_set_is_added_listed_shown_and_removed(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text("letter,number\na,1\nb,2\nb,\n")

    added = stack.horngate("datasets", "add", str(file))
    shown = stack.horngate("datasets", "show", "letters", "--json")

    assert (added.returncode, added.stdout) == (0, "letters@1\n"), added.stderr
    about = json.loads(shown.stdout)
    assert [(c["name"], c["dtype"], c["missing"]) for c in about["profile"]["columns"]] == [
        ("letter", "string", 0),
        ("number", "int64", 1),
    ]
    assert "letters@1" in stack.horngate("datasets", "list").stdout
    assert stack.horngate("datasets", "rm", "letters").returncode == 0
    assert "letters@1" not in stack.horngate("datasets", "list").stdout


def test_a_file_without_rows_is_refused_with_its_reason(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("letter,number\n")

    answer = stack.horngate("datasets", "add", str(file))

    assert answer.returncode == 2
    assert "The file has no rows." in answer.stderr


def test_arrays_are_added_from_python(stack: Stack) -> None:
    import numpy as np

    arrays = {"image": np.zeros((20, 4, 4), "float32"), "label": np.arange(20) % 2}

    dataset = stack.remote.datasets.add(arrays, name="tiny")

    assert {column["name"]: column["shape"] for column in dataset.about["columns"]} == {"image": [4, 4], "label": []}
    assert stack.remote.datasets.add(arrays, name="tiny").id == dataset.id
    dataset.delete()
