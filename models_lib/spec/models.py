"""The model kinds: a stack of layers, or a graph of them."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from models_lib.spec.bindings import Closed, Name
from models_lib.spec.objects import ConfigValue, LayerObject

Trainable = Annotated[
    dict[str, StrictBool],
    Field(max_length=256, description="Freeze by glob on layer names, e.g. {'block1_*': false}; the last match wins."),
]
# A tensor: an input's or a layer's name; `lstm:1` is a layer's second output, `dense@2` its second call.
Reference = Annotated[str, Field(strict=True, min_length=1, max_length=96)]


class SequentialLayer(Closed):
    """One layer of a stack."""

    name: Name = Field(description="The layer's name, unique in the model. Left out: Keras' own (dense, dense_1, …).")
    layer: LayerObject = Field(description="The layer.")
    trainable: StrictBool = Field(default=True, description="False freezes the layer's weights.")


class Sequential(Closed):
    """A stack of layers; several inputs are concatenated along the last axis before the first."""

    kind: Literal["sequential"] = Field(description="A stack of layers.")
    layers: tuple[SequentialLayer, ...] = Field(
        min_length=1, max_length=1000, description="Layers in order, each an object or {name, layer, trainable}."
    )
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


class Functional(Closed):
    """A graph of layers, in any order."""

    kind: Literal["functional"] = Field(description="A graph of layers.")
    layers: tuple[FunctionalLayer, ...] = Field(min_length=1, max_length=1000, description="Layers, in any order.")
    outputs: tuple[Reference, ...] = Field(
        min_length=1, max_length=64, description="The tensors that the model returns, one name or a list."
    )
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

    @property
    def output_names(self) -> tuple[str, ...]:
        return self.outputs

    @property
    def layers(self) -> tuple[()]:
        """A spec knows nothing of its layers."""
        return ()


Model = Annotated[Sequential | Functional | ComponentModel, Field(discriminator="kind")]


def layer_of(reference: str) -> str:
    """The layer (or input) that a reference such as `lstm:1` or `dense@2` names."""
    return reference.split(":", 1)[0].split("@", 1)[0]
