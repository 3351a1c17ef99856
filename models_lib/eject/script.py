"""`train.py`: a run as a plain Keras script that ends with the run's weights, bit for bit, on the same machine."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import keras

from models_lib.build.model import InputTensor
from models_lib.data.inputs import ModelInput
from models_lib.data.kept import Kept
from models_lib.data.loading import LoadedRows, PartFile
from models_lib.data.targets import ModelTarget
from models_lib.eject.beginning_text import beginning_lines, optimizer_lines
from models_lib.eject.fitting_text import fit_lines, part_lines
from models_lib.eject.helpers import helper_texts, modules_of
from models_lib.eject.model_text import compile_lines, model_lines
from models_lib.eject.names import Page, Variables, package_alias
from models_lib.eject.reading_text import other_lines, read_lines
from models_lib.eject.splitting_text import split_lines, window_lines
from models_lib.eject.tensors_text import input_lines, target_lines, weight_lines
from models_lib.export.components import package_names
from models_lib.spec.types import RunSpec
from models_lib.train.beginning import Beginning

HEAD = '''"""{title}: a run of Horngate ({run_id}) as a plain Keras script.

    pip install -r requirements.txt
    python train.py {files}

With the same versions on the same machine it ends with the weights of the run, bit for bit: their SHA-256 is
{digest}.
"""

import hashlib
import sys
{standard}

{installed}

{own}FILES = dict(zip({parts}, map(Path, sys.argv[1:] or {names})))
HASHES = {hashes}
SEED = {seed}
WEIGHTS = {digest!r}

for part, path in FILES.items():
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found == HASHES[part], f"{{path}} is not the data of the run"
'''
OWN = """sys.path.insert(0, str(Path(__file__).resolve().parent))
from components import custom_objects  # noqa: E402 - the run's own code, which lies beside this file

{imports}

keras.saving.get_custom_objects().update(custom_objects)
"""
TAIL = """
core.save_weights("core.weights.h5")
digest = hashlib.sha256(b"".join(array.tobytes() for array in core.get_weights())).hexdigest()
print("These are the weights of the run:" if digest == WEIGHTS else "The weights are others than the run's:", digest)
"""


@dataclass(frozen=True)
class Trained:
    """A run that was trained, with all that was learned from its data."""

    run_id: str
    spec: RunSpec
    core: keras.Model
    data: LoadedRows
    inputs: Mapping[str, ModelInput]
    tensors: Mapping[str, InputTensor]
    targets: Mapping[str, ModelTarget]
    digest: str
    files: Mapping[str, PartFile]
    hashes: Mapping[str, str]
    threads: int | None
    is_in_one_order: bool
    """Whether a GPU's sums were kept in one order."""
    begun: Beginning
    kept: Kept

    @property
    def all_files(self) -> dict[str, PartFile]:
        """Rows by part, and weights by `name@version`: what the script is given."""
        return {**self.files, **self.begun.weights}


def digest_weights(core: keras.Model) -> str:
    """The SHA-256 of the weights' arrays, one after the other."""
    return hashlib.sha256(b"".join(array.tobytes() for array in core.get_weights())).hexdigest()


def write_script(run: Trained) -> tuple[str, set[str]]:
    """The whole text, and the modules that it imports; raises NotEjectable."""
    packages = package_names(run.spec)
    page = Page(Variables(*map(package_alias, packages)))
    body = list(_body(run, page))
    modules = page.modules | modules_of(page.helpers)
    names = [file.path.name for file in run.all_files.values()]
    standard = [f"import {name}" for name in ("tempfile", "zipfile") if name in modules]
    standard.append("from pathlib import Path" + (", PurePosixPath" if "PurePosixPath" in modules else ""))
    about = {
        "title": " ".join((run.spec.name or "a model").replace("\\", "/").replace('"', "'").split()),
        "run_id": run.run_id,
        "files": " ".join(names),
        "digest": run.digest,
        "standard": "\n".join(standard),
        "installed": "\n".join(_imports(modules)),
        "own": OWN.format(imports="\n".join(map(_import, packages))) + "\n" if packages else "",
        "parts": list(run.all_files),
        "names": names,
        "hashes": dict(run.hashes),
        "seed": run.spec.seed,
    }
    parts = ["\n".join(["", *_devices(run)]) + "\n", *helper_texts(page.helpers), "\n", "\n".join(body)]
    return HEAD.format(**about) + "".join(parts), modules


def _imports(modules: set[str]) -> Iterator[str]:
    """What is installed beside Python, in the order of the alphabet."""
    yield from (f"import {name}" for name in ("duckdb", "h5py") if name in modules)
    yield from ("import keras", "import numpy as np")
    yield from (["import pyarrow as pa", "import pyarrow.parquet as pq"] if "pyarrow" in modules else [])
    yield "import tensorflow as tf"


def _import(package: str) -> str:
    alias = package_alias(package)
    return f"import {package}  # noqa: E402" if alias == package else f"import {package} as {alias}  # noqa: E402"


def _devices(run: Trained) -> Iterator[str]:
    if run.is_in_one_order:
        yield "tf.config.experimental.enable_op_determinism()"
    if run.threads is not None:
        yield f"tf.config.threading.set_intra_op_parallelism_threads({run.threads})"
        yield f"tf.config.threading.set_inter_op_parallelism_threads({run.threads})"


def _body(run: Trained, page: Page) -> Iterator[str]:
    spec = run.spec
    yield "# The data, as the run read it."
    yield from read_lines(spec, run.data, run.files["train"], page)
    yield "\n# Which rows train, validate and test."
    yield from split_lines(spec, run.data, page)
    yield from other_lines(spec, run.data, run.files, page)
    if spec.windows is not None:
        yield from window_lines(spec.windows, run.data, page)
    for name, part in run.inputs.items():
        yield f"\n# Input {_plain(name)}: {_plain(', '.join(part.sources))}."
        yield from input_lines(name, part, spec.inputs[name], run.data, page, kept=run.kept)
    for name, target in run.targets.items():
        yield f"\n# Target {_plain(name)}: {_plain(target.source)}."
        is_kept = run.kept.target_like(name, spec.targets[name]) is not None
        yield from target_lines(name, target, run.data, page, is_kept=is_kept)
        yield from weight_lines(spec, name, target, run.data, page)
    yield "\n# The parts, as the model takes them."
    yield from part_lines(spec, run.core, run.data, tuple(run.inputs), run.targets, page)
    yield "\n# The model."
    yield "keras.utils.set_random_seed(SEED)"
    has_policy = spec.compile.dtype_policy != "float32"
    yield from ([f"keras.config.set_dtype_policy({spec.compile.dtype_policy!r})"] if has_policy else [])
    yield from model_lines(spec, run.core, run.tensors, page)
    yield from beginning_lines(spec, run.core, run.begun, page)
    yield from compile_lines(spec.compile, run.core, page)
    yield from optimizer_lines(spec, run.begun, page)
    yield from (['keras.config.set_dtype_policy("float32")'] if has_policy else [])
    yield "\n# Training."
    yield from fit_lines(spec, run.core, run.data, page)
    yield TAIL


def _plain(words: str) -> str:
    """Words that stand in a comment, in one line."""
    return " ".join(words.split())
