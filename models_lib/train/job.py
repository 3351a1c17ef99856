"""One attempt's task, as the trainer finds it in its folder."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from models_lib.data.loading import PartFile
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.scripts import ScriptSpec, is_script, place_files
from models_lib.spec.types import RunSpec

PartName = Literal["train", "validation", "test"]


class JobPart(BaseModel):
    """One data set of the job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="The file, from the attempt's folder.")
    profile: DatasetProfile = Field(description="What the file holds.")


class JobStart(BaseModel):
    """What another run has left, for a model that begins with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="A folder, from the attempt's: `checkpoint/`, and what that run learned.")


class AnyJob(BaseModel):
    """What every attempt is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str = Field(description="The run, for messages alone.")
    attempt: int = Field(default=1, ge=1, description="The attempt, for messages alone.")
    parts: dict[PartName, JobPart] = Field(
        description="The data set under `train`, and others for `validation` and `test`."
    )
    weights: dict[str, JobPart] = Field(
        default_factory=dict, description="Files of weights that the model is given, by `name@version`."
    )
    starts: dict[str, JobStart] = Field(
        default_factory=dict, description="What models begin with that other runs have trained, by run and checkpoint."
    )
    resume: str | None = Field(default=None, description="Folder of the checkpoint to go on from.")
    is_extension: bool = Field(default=False, description="That checkpoint is of another run, which had ended.")
    live: dict[str, Any] | None = Field(default=None, description="What was changed about the run under way.")
    threads: int | None = Field(default=None, ge=1, description="Threads for TensorFlow; None leaves it to TensorFlow.")
    cpu_devices: int = Field(default=1, ge=1, description="As how many devices the processor appears.")


class ScriptJob(AnyJob):
    """A script to run, in a folder that a worker has laid out for it."""

    spec: ScriptSpec = Field(description="The resolved spec.")

    @property
    def placed(self) -> dict[str, str]:
        """Where each part's data set lies in the folder `data`."""
        return place_files(self.spec, {name: part.profile.format for name, part in self.parts.items()})


class Job(AnyJob):
    """What to train, on what, and from where to go on."""

    spec: RunSpec = Field(description="The resolved spec.")

    def files_in(self, folder: Path) -> dict[str, PartFile]:
        """The files of rows by part."""
        return {name: PartFile(folder / part.path, part.profile) for name, part in self.parts.items()}

    def weights_in(self, folder: Path) -> dict[str, PartFile]:
        """The files of weights by `name@version`."""
        return {name: PartFile(folder / part.path, part.profile) for name, part in self.weights.items()}


def read_job(path: Path) -> Job | ScriptJob:
    """The job that a worker wrote."""
    told = path.read_bytes()
    return (ScriptJob if is_script(json.loads(told)["spec"]) else Job).model_validate_json(told)
