"""The model kinds: a stack of layers, a graph of them, a Keras config; and models inside models."""

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from models_lib.spec.bindings import Closed, Name
from models_lib.spec.keras_outputs import name_outputs
from models_lib.spec.keras_plans import plan_keras
from models_lib.spec.objects import ConfigValue, LayerObject
from models_lib.spec.plans import Plan

Trainable = Annotated[
    dict[str, StrictBool],
    Field(
        max_length=256,
        description="Freeze by glob on the paths of layers, e.g. {'block1_*': false, 'backbone/*': false}; the last "
        "match wins.",
    ),
]
Weights = Annotated[
    str | None,
    Field(
        max_length=256,
        description="A data set that holds weights (a .weights.h5 or .keras file): name (latest), name@version or id. "
        "Loaded before the training.",
    ),
]
# A tensor: an input's or a layer's name; `lstm:1` is a layer's second output, `dense@2` its second call.
Reference = Annotated[str, Field(strict=True, min_length=1, max_length=96)]


class SequentialLayer(Closed):
    """One layer of a stack."""

    name: Name = Field(description="The layer's name, unique in the model. Left out: Keras' own (dense, dense_1, …).")
    layer: LayerObject = Field(description="The layer.")
    trainable: StrictBool = Field(default=True, description="False freezes the layer's weights.")

    @property
    def class_name(self) -> str:
        return self.layer.class_name


class StackedModel(Closed):
    """A model as one layer of a stack."""

    name: Name = Field(description="Its name, unique in the model around it.")
    model: "InnerModel" = Field(discriminator="kind", description="The model, of any kind but component.")
    trainable: StrictBool = Field(default=True, description="False freezes all weights inside.")

    @property
    def class_name(self) -> str:
        return ""


class Sequential(Closed):
    """A stack of layers; several inputs are concatenated along the last axis before the first."""

    kind: Literal["sequential"] = Field(description="A stack of layers.")
    layers: tuple[SequentialLayer | StackedModel, ...] = Field(
        min_length=1, max_length=1000, description="Layers in order, each an object or {name, layer, trainable}."
    )
    weights: Weights = None
    trainable: Trainable = Field(default_factory=dict)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Keras names an output after the layer that makes it."""
        return (self.layers[-1].name,)


class FunctionalLayer(Closed):
    """One layer of a graph, and what it is called on."""

    name: Name = Field(description="The layer's name, unique in the model, none of the inputs' names.")
    layer: LayerObject = Field(description="The layer.")
    inputs: tuple[tuple[Reference, ...], ...] = Field(
        default=(),
        max_length=64,
        description="A name, a list of names, or a list of lists to call the layer again (the second call is name@2).",
    )
    call: dict[str, Any] = Field(
        default_factory=dict,
        max_length=16,
        description="Arguments of the call by name: a string names a tensor, anything else is a constant.",
    )
    trainable: StrictBool = Field(default=True, description="False freezes the layer's weights.")

    @property
    def class_name(self) -> str:
        return self.layer.class_name


class NestedLayer(Closed):
    """A model as one layer of a graph, and what it is called on; called again it shares its weights."""

    name: Name = Field(description="Its name, unique in the model around it.")
    model: "InnerModel" = Field(discriminator="kind", description="The model, of any kind but component.")
    inputs: tuple[tuple[Reference, ...], ...] = Field(
        default=(), max_length=64, description="A name, a list of names, or a list of lists to call it again."
    )
    call: dict[str, Any] = Field(default_factory=dict, max_length=16, description="`training: false`, say.")
    trainable: StrictBool = Field(default=True, description="False freezes all weights inside.")

    @property
    def class_name(self) -> str:
        return ""


class Functional(Closed):
    """A graph of layers, in any order."""

    kind: Literal["functional"] = Field(description="A graph of layers.")
    layers: tuple[FunctionalLayer | NestedLayer, ...] = Field(
        min_length=1, max_length=1000, description="Layers, in any order."
    )
    inputs: tuple[Name, ...] = Field(
        default=(),
        max_length=64,
        description="Of a model inside another one: its own names for the tensors that it is called on, in order.",
    )
    outputs: tuple[Reference, ...] = Field(
        min_length=1, max_length=64, description="The tensors that the model returns, one name or a list."
    )
    weights: Weights = None
    trainable: Trainable = Field(default_factory=dict)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Keras names an output after the layer that makes it, whichever call or tensor of it is meant."""
        return tuple(layer_of(reference) for reference in self.outputs)


class ComponentModel(Closed):
    """A subclassed model that was uploaded as source."""

    kind: Literal["component"] = Field(description="A subclassed model of a component.")
    class_name: Annotated[str, Field(strict=True, max_length=160)] = Field(
        description="The class: package.Name, or Name where only one package has it."
    )
    config: dict[str, ConfigValue] = Field(default_factory=dict, description="What its constructor is given.")
    outputs: tuple[Name, ...] = Field(
        default=(),
        max_length=64,
        description="Names of what its call returns, by key or in order. Left out: the targets.",
    )
    weights: Weights = None

    @property
    def output_names(self) -> tuple[str, ...]:
        return self.outputs

    @property
    def layers(self) -> tuple[()]:
        """A spec knows nothing of its layers."""
        return ()


class KerasModel(Closed):
    """What `model.to_json()` gives, read by the catalog; its `compile_config` is used where `compile` is left out."""

    kind: Literal["keras"] = Field(description="A Keras config.")
    config: dict[str, Any] = Field(description="The text or the object of `model.to_json()`.")
    class_name: Annotated[str, Field(strict=True, max_length=160)] | None = Field(
        default=None,
        description="A component's class that takes the graph as keras.Model does, Name(inputs, outputs), for a "
        "train_step of its own. Left out: keras.Model.",
    )
    weights: Weights = None
    trainable: Trainable = Field(default_factory=dict)

    @cached_property
    def output_names(self) -> tuple[str, ...]:
        """Keras names an output after the layer that makes it, or by its key where outputs are a mapping."""
        return name_outputs(self.config)

    @cached_property
    def plan(self) -> Plan:
        """What the config says, read once; its pointers are those of a run's own model."""
        return plan_keras(self.config, "/model/config")


class ApplicationModel(Closed):
    """A model of `keras.applications`, made anew: a backbone under a head, or a whole classifier."""

    kind: Literal["application"] = Field(description="A model of keras.applications.")
    class_name: str = Field(max_length=64, description="Its name, e.g. MobileNetV3Small.")
    config: dict[str, ConfigValue] = Field(
        default_factory=dict,
        description="Arguments, e.g. {include_top: false, pooling: avg, input_shape: [96, 96, 3]}.",
    )
    name: Name = Field(description="The name of its output. Left out: the target's.")
    weights: Weights = None
    trainable: Trainable = Field(default_factory=dict)

    @property
    def output_names(self) -> tuple[str, ...]:
        return (self.name,)


class RunModel(Closed):
    """Another run's model, beginning with the weights of one of its checkpoints."""

    kind: Literal["run"] = Field(description="Another run's model.")
    run: str = Field(max_length=64, description="The run's id.")
    checkpoint: str = Field(default="best", max_length=64, description="best, last, or the number of an epoch.")
    readapt: StrictBool = Field(
        default=False,
        description="True learns means, vocabularies and fill values anew; false keeps those of inputs bound as there.",
    )
    outputs: tuple[Reference, ...] = Field(
        default=(), max_length=64, description="Of a model inside another one: cut it at these layers."
    )
    trainable: Trainable = Field(default_factory=dict)
    model: "OwnModel" = Field(discriminator="kind", description="What that run trained; the service writes it.")

    @property
    def output_names(self) -> tuple[str, ...]:
        return self.model.output_names

    @property
    def layers(self) -> tuple[()]:
        """They are another run's, and begin with its weights."""
        return ()


LayeredModel = Sequential | Functional | KerasModel | ApplicationModel
"""The kinds whose layers a spec knows; they can stand in one another."""
InnerModel = LayeredModel | RunModel
OwnModel = LayeredModel | ComponentModel
Model = Annotated[LayeredModel | ComponentModel | RunModel, Field(discriminator="kind")]
for part in (StackedModel, NestedLayer, Sequential, Functional, RunModel):
    part.model_rebuild()


def own_model(model: Any) -> Any:
    """The model itself: of one that begins with a run's weights, that run's."""
    return model.model if isinstance(model, RunModel) else model


def layer_of(reference: str) -> str:
    """The layer (or input) that a reference such as `lstm:1` or `dense@2` names."""
    return reference.split(":", 1)[0].split("@", 1)[0]
