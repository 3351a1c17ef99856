"""One attempt's task, as the trainer finds it in its folder."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models_lib.data.loading import PartFile
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.types import RunSpec

PartName = Literal["train", "validation", "test"]


class JobPart(BaseModel):
    """One data set of the job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="The file, from the attempt's folder.")
    profile: DatasetProfile = Field(description="What the file holds.")


class Job(BaseModel):
    """What to train, on what, and from where to go on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str = Field(description="The run, for messages alone.")
    attempt: int = Field(default=1, ge=1, description="The attempt, for messages alone.")
    spec: RunSpec = Field(description="The resolved spec.")
    parts: dict[PartName, JobPart] = Field(
        description="The data set under `train`, and others for `validation` and `test`."
    )
    weights: dict[str, JobPart] = Field(
        default_factory=dict, description="Files of weights that the model is given, by `name@version`."
    )
    resume: str | None = Field(default=None, description="Folder of the checkpoint to go on from.")
    threads: int | None = Field(default=None, ge=1, description="Threads for TensorFlow; None leaves it to TensorFlow.")

    def files_in(self, folder: Path) -> dict[str, PartFile]:
        """The files of rows by part."""
        return {name: PartFile(folder / part.path, part.profile) for name, part in self.parts.items()}

    def weights_in(self, folder: Path) -> dict[str, PartFile]:
        """The files of weights by `name@version`."""
        return {name: PartFile(folder / part.path, part.profile) for name, part in self.weights.items()}


def read_job(path: Path) -> Job:
    """The job that a worker wrote."""
    return Job.model_validate_json(path.read_bytes())
