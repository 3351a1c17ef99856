"""The run spec: one document that describes a run."""

from typing import Annotated, Literal

from pydantic import Field

from models_lib.spec.bindings import Binding, Closed, Name, Split, Target, Windows
from models_lib.spec.exports import Export, Format
from models_lib.spec.models import Model
from models_lib.spec.training import Compile, Fit

Tag = Annotated[str, Field(strict=True, max_length=128)]


class Resources(Closed):
    """What the run may use."""

    gpus: Literal["auto"] | Annotated[int, Field(strict=True, ge=0, le=64)] = Field(
        default="auto", description="GPUs of each worker, which share each batch; auto takes one where there is one."
    )
    workers: Annotated[int, Field(strict=True, ge=1, le=16)] = Field(
        default=1, description="Workers on as many machines, which train it together and share each batch."
    )
    max_minutes: Annotated[float, Field(strict=True, gt=0, le=525_600)] | None = Field(
        default=None, description="End the run, keeping its work, after so many minutes."
    )


class Retry(Closed):
    """What happens when an attempt is lost."""

    max_attempts: int = Field(
        default=5,
        strict=True,
        ge=1,
        le=100,
        description="Below 5: attempts of all causes together before the run has failed; each has its own number.",
    )


class RunSpec(Closed):
    """A run, resolved: every default written, every object in its long form. Resolving it again changes nothing."""

    name: str = Field(default="", strict=True, max_length=200, description="What people call the run.")
    dataset: str | None = Field(default=None, description="Required. The data set: name (latest), name@version, or id.")
    seed: int = Field(default=42, strict=True, ge=0, lt=2**32, description="Of the split, the order and the weights.")
    components: tuple[Annotated[str, Field(strict=True, max_length=128)], ...] = Field(
        default=(),
        max_length=64,
        description="Uploaded packages by name (latest) or name@version. Left out: those whose objects are named.",
    )
    inputs: dict[Name, Binding] = Field(
        default_factory=dict,
        max_length=4096,
        description="Model input <- columns, arrays. Left out: each column that is no target is an input by its type.",
    )
    targets: dict[Name, Target] = Field(
        default_factory=dict,
        max_length=64,
        description="Required. Model output <- column; a single target may be a plain string.",
    )
    split: Split = Field(default_factory=Split, description="How rows are parted.")
    windows: Windows | None = Field(default=None, description="Cut every input into windows over time.")
    model: Model = Field(description="The model.")
    compile: Compile = Field(description="What Keras' compile is given.")
    fit: Fit = Field(default_factory=Fit, description="What Keras' fit is given.")
    export: tuple[Format | Export, ...] = Field(
        default=("keras",),
        max_length=16,
        description="Formats to export, each tried and compared: keras (always written), weights, h5, tf_saved_model, "
        "onnx, litert; {format: onnx, inputs: tensors} is the core model, on prepared tensors.",
    )
    resources: Resources = Field(default_factory=Resources, description="What the run may use.")
    queue: Name = Field(default="default", description="The queue that it waits in.")
    priority: int = Field(default=0, strict=True, ge=-100, le=100, description="Higher goes first.")
    retry: Retry = Field(default_factory=Retry, description="What happens when an attempt is lost.")
    project: Name = Field(default="default", description="The project that it belongs to.")
    tags: dict[Tag, Tag] = Field(default_factory=dict, max_length=64, description="Words to find the run by.")
