"""Weights that a model is given before it is trained: data sets which hold them, named where the model stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import join_pointer
from models_lib.spec.models import Model, NestedLayer, StackedModel
from models_lib.spec.names import did_you_mean, nearest
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.training import Compile

FORMAT = "weights"
DOWNLOADED = "imagenet"
NO_DOWNLOAD = (
    "nothing is downloaded: upload the file (keras.applications keeps it in ~/.keras/models, "
    "model.save_weights('name.weights.h5') writes one) as a data set and name it here, or leave weights out to train "
    "from scratch"
)


@dataclass(frozen=True)
class GivenWeights:
    """`pointer` says where in the spec they are named, `path` which model inside the core gets them."""

    pointer: str
    reference: str
    path: tuple[str, ...] = ()


def list_weights(model: Any, pointer: str = "/model", path: tuple[str, ...] = ()) -> Iterator[GivenWeights]:
    """All weights that are named, a model's own before those of models inside it, which then hold."""
    if getattr(model, "weights", None) is not None:
        yield GivenWeights(join_pointer(pointer, "weights"), model.weights, path)
    for n, layer in enumerate(getattr(model, "layers", ())):
        if isinstance(layer, NestedLayer | StackedModel):
            yield from list_weights(layer.model, join_pointer(pointer, "layers", n, "model"), (*path, layer.name))


def check_weights(reading: Reading, model: Model | None, profiles: Mapping[str, DatasetProfile] | None) -> None:
    """Refuse references that lead nowhere, or to rows."""
    for given in list_weights(model):
        place = Place(given.pointer)
        profile = (profiles or {}).get(given.reference)
        if given.reference == DOWNLOADED and profile is None:
            reading.refuse(place.fault("forbidden", NO_DOWNLOAD, found=given.reference))
        elif profiles is not None and profile is None:
            near = nearest(given.reference, profiles)
            message = f"there is no data set {given.reference[:80]!r}{did_you_mean(near)}"
            reading.refuse(place.fault("bad_reference", message, found=given.reference, did_you_mean=near))
        elif profile is not None and profile.format != FORMAT:
            message = f"data set {given.reference!r} holds rows ({profile.format}), and weights are a file of weights"
            reading.refuse(place.fault("bad_reference", message, found=profile.format, allowed=FORMAT))


def holds_rows(reading: Reading, name: str, profile: DatasetProfile, place: Place) -> bool:
    """Whether the data set can be trained on; a file of weights is refused."""
    if profile.format != FORMAT:
        return True
    message = f"data set {name!r} holds weights and no rows: name it under model.weights"
    reading.refuse(place.fault("bad_reference", message, found=FORMAT, allowed="a data set of rows"))
    return False


def check_state(reading: Reading, model: Model | None, compiled: Compile | None) -> None:
    """An optimizer's state lies in the file of the model's own weights, or nowhere."""
    if compiled is None or not compiled.optimizer_state or getattr(model, "weights", None) is not None:
        return
    message = "the optimizer's state lies in the file of model.weights, and the model is given none"
    reading.refuse(Place("/compile/optimizer_state").fault("bad_reference", message, found=True))
