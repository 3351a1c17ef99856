"""A Keras object in its long form: what every notation becomes once it is read."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)
from typing_extensions import TypeAliasType

Family = Literal[
    "layer",
    "loss",
    "metric",
    "optimizer",
    "schedule",
    "initializer",
    "regularizer",
    "constraint",
    "activation",
    "callback",
    "application",
]

ConfigValue = TypeAliasType(
    "ConfigValue",
    Annotated[
        "KerasObject | StrictBool | StrictInt | StrictFloat | StrictStr"
        " | list[ConfigValue] | dict[str, ConfigValue] | None",
        Field(union_mode="left_to_right"),
    ],
)


class KerasObject(BaseModel):
    """A catalog name and its arguments.

    Resolved configs hold every default that is not None; an argument that takes an object holds a KerasObject again.
    Functions (activations) and the metric aliases that Keras settles by shape (`accuracy`) have an empty config.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    class_name: str = Field(description="The name in the catalog.")
    config: dict[str, ConfigValue] = Field(default_factory=dict, description="Arguments by name.")


def _same(value: KerasObject) -> KerasObject:
    return value


# The family is for the JSON Schema (schema.py), which offers its names. The validator keeps the annotations apart:
# without it pydantic gives all of them the first one's JSON Schema, since KerasObject is recursive.
LayerObject = Annotated[KerasObject, AfterValidator(_same), WithJsonSchema({"x-family": "layer"})]
LossObject = Annotated[KerasObject, AfterValidator(_same), WithJsonSchema({"x-family": "loss"})]
MetricObject = Annotated[KerasObject, AfterValidator(_same), WithJsonSchema({"x-family": "metric"})]
OptimizerObject = Annotated[KerasObject, AfterValidator(_same), WithJsonSchema({"x-family": "optimizer"})]
CallbackObject = Annotated[KerasObject, AfterValidator(_same), WithJsonSchema({"x-family": "callback"})]
