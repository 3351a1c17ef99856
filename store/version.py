"""Which version this is."""

import tomllib
from pathlib import Path
from typing import Any, Final


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    return project


VERSION: Final[str] = _project()["version"]
