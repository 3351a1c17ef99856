"""A Keras object in its long form: what every notation becomes once it is read."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StrictBool, StrictFloat, StrictInt, StrictStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
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


class OfFamily:
    """Says which family an object belongs to; the JSON Schema then offers that family's names."""

    def __init__(self, family: Family) -> None:
        self.family = family

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        handler(schema)
        return {"x-family": self.family}


LayerObject = Annotated[KerasObject, OfFamily("layer")]
LossObject = Annotated[KerasObject, OfFamily("loss")]
MetricObject = Annotated[KerasObject, OfFamily("metric")]
OptimizerObject = Annotated[KerasObject, OfFamily("optimizer")]
CallbackObject = Annotated[KerasObject, OfFamily("callback")]
