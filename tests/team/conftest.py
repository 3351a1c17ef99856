"""One team for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.team.team import Team, open_team, write_numbers


@pytest.fixture(scope="session")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with open_team(tmp_path_factory.mktemp("team")) as team:
        team.remote.datasets.add(write_numbers(team.folder / "numbers.csv"))
        yield team
