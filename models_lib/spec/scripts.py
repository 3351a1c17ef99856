"""A run of kind `script`: a whole training script in the sandbox, which reads, builds, compiles and fits by itself."""

from typing import Annotated, Literal

from pydantic import Field

from models_lib.spec.bindings import Closed, Name
from models_lib.spec.types import Resources, Retry, RunSpec, Tag

ScriptArgument = Annotated[str, Field(strict=True, max_length=4096)]
OF_PARTS: dict[str, str] = {"train": "dataset", "validation": "validation_dataset", "test": "test_dataset"}
"""Part of a run -> what its data set is called in a spec, and in braces in `args`."""


class ScriptModel(Closed):
    """A whole training script of a component. Its data sets lie in `data/` where it runs (docs/guides/scripts.md)."""

    kind: Literal["script"] = Field(description="A training script.")
    package: Annotated[str, Field(strict=True, max_length=64)] = Field(description="The component that holds it.")
    entry: Annotated[str, Field(strict=True, max_length=300)] = Field(
        description="The file that is run as `__main__`, e.g. train.py. Left out: the only one, train.py or main.py."
    )
    args: tuple[ScriptArgument, ...] = Field(
        default=(),
        max_length=256,
        description="What `sys.argv` holds after the script: a list, or one line. {dataset}, {validation_dataset} and "
        "{test_dataset} become the paths of their files.",
    )


class OtherDatasets(Closed):
    """Further data sets of a script."""

    validation_dataset: str | None = Field(default=None, max_length=300, description="A second data set.")
    test_dataset: str | None = Field(default=None, max_length=300, description="A third one.")


class ScriptSpec(Closed):
    """A run of a script, resolved. What other kinds say under inputs, targets, compile and fit, the script does."""

    name: str = Field(default="", strict=True, max_length=200, description="What people call the run.")
    dataset: str | None = Field(
        default=None, max_length=300, description="Its data set, data/<name>.<format> where the script runs."
    )
    seed: int = Field(
        default=42, strict=True, ge=0, lt=2**32, description="For keras.utils.set_random_seed, before its first line."
    )
    components: tuple[Annotated[str, Field(strict=True, max_length=128)], ...] = Field(
        default=(), max_length=64, description="The script's package, pinned, and others that it imports."
    )
    split: OtherDatasets = Field(default_factory=OtherDatasets, description="Further data sets.")
    model: ScriptModel = Field(description="The script.")
    resources: Resources = Field(default_factory=Resources, description="What the run may use.")
    queue: Name = Field(default="default", description="The queue that it waits in.")
    priority: int = Field(default=0, strict=True, ge=-100, le=100, description="Higher goes first.")
    retry: Retry = Field(default_factory=Retry, description="What happens when an attempt is lost.")
    project: Name = Field(default="default", description="The project that it belongs to.")
    tags: dict[Tag, Tag] = Field(default_factory=dict, max_length=64, description="Words to find the run by.")

    @property
    def datasets(self) -> dict[str, str]:
        """The data sets by part."""
        named = {
            "train": self.dataset,
            "validation": self.split.validation_dataset,
            "test": self.split.test_dataset,
        }
        return {part: name for part, name in named.items() if name is not None}


AnySpec = RunSpec | ScriptSpec


def is_script(spec: object) -> bool:
    """Whether a document, or a resolved spec as plain data, is a script's."""
    model = spec.get("model") if isinstance(spec, dict) else None
    return isinstance(model, dict) and model.get("kind") == "script"


def place_files(spec: ScriptSpec, formats: dict[str, str]) -> dict[str, str]:
    """Where each part's data set lies in the folder `data`: by its name, with its version where two have one name.

    Images lie there unpacked, as a folder; `formats` by part.
    """
    placed: dict[str, str] = {}
    for part, reference in spec.datasets.items():
        name, _, version = reference.partition("@")
        ending = "" if formats[part] == "images" or name.endswith(f".{formats[part]}") else f".{formats[part]}"
        path = f"{name}{ending}"
        placed[part] = path if path not in placed.values() else f"{name}@{version}{ending}"
    return placed


def entry_files(name: str, files: tuple[str, ...]) -> tuple[str, ...]:
    """What `entry` may say: a package's files; a single module goes by any name that its author may have for it."""
    single = len(files) == 1 and "/" not in files[0]
    return tuple(dict.fromkeys([*files, f"{name}.py", "train.py", "__init__.py"])) if single else files
