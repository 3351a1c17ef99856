"""A process that runs ejected scripts in plain Keras, one for all tests: importing TensorFlow takes seconds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models_lib.train.attempts import Attempt


class Alone:
    """Runs scripts where nothing of ours can be imported."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, script: Path, *arguments: Path, at: Path) -> str:
        """What the script prints, which ends well."""
        out = at / "printed"
        task = {"script": str(script), "arguments": [str(path) for path in arguments], "cwd": str(at), "out": str(out)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        status = self._process.stdout.readline().strip()
        assert status == "0", out.read_text() + script.read_text()
        return out.read_text()

    def eject(self, attempt: Attempt) -> str:
        """Train; the digest that the script prints last, run beside a copy of the data."""
        attempt.train()
        folder = attempt.artifacts / "eject"
        assert not (folder / "refused.json").exists(), (folder / "refused.json").read_text()
        text = (folder / "train.py").read_text()
        assert "models_lib" not in text
        assert "import horngate" not in text
        files = [attempt.folder / part.path for part in {**attempt.job.parts, **attempt.job.weights}.values()]
        return self.run(folder / "train.py", *files, at=attempt.folder).split()[-1]


@pytest.fixture(scope="session")
def alone() -> Iterator[Alone]:
    script = str(Path(__file__).with_name("alone.py"))
    process = subprocess.Popen(
        [sys.executable, "-I", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        yield Alone(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A trainer enters its folder, counts layers from the first and makes its components known, once in its life."""
    import keras

    keras.backend.clear_session(free_memory=False)
    monkeypatch.chdir(Path.cwd())
    known = dict(keras.saving.get_custom_objects())
    yield
    keras.saving.get_custom_objects().clear()
    keras.saving.get_custom_objects().update(known)


def trained_digest(attempt: Attempt) -> str:
    """The digest of the weights that the run left."""
    import keras

    from models_lib.eject.script import digest_weights
    from models_lib.export.artifacts import find_core
    from models_lib.export.components import load_saved

    head = (attempt.artifacts / "eject" / "train.py").read_text()
    loaded = load_saved(attempt.artifacts)
    core = next((layer for layer in loaded.layers if layer.name == "core"), None)
    if core is None:
        own = [layer for layer in loaded.layers if isinstance(layer, keras.Model)]
        core = find_core(loaded, own[-1])
    digest = digest_weights(core)
    assert digest in head
    return digest
