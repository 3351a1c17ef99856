"""The JSON Schema of the run spec, which editors complete from: the closed types, opened to the short notations."""

from functools import cache
from typing import Any, get_args

from models_lib.spec.catalog import Argument, Catalog, Entry, load_catalog
from models_lib.spec.objects import Family
from models_lib.spec.scripts import ScriptModel, ScriptSpec
from models_lib.spec.types import RunSpec

FAMILIES: tuple[Family, ...] = get_args(Family)
KINDS: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "string": {"type": "string"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
}
Schema = dict[str, Any]
SCRIPT_FIELDS = frozenset(ScriptSpec.model_fields)
OF_COMPONENT: Schema = {
    "type": "string",
    "pattern": r"^[A-Za-z][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$",
    "description": "An object of an uploaded component: package.Name.",
}


@cache
def run_schema() -> Schema:
    """The schema of what may be written, draft 2020-12. Treat it as read-only: it is built once."""
    schema = RunSpec.model_json_schema(mode="validation")
    catalog = load_catalog()
    definitions = schema["$defs"]
    definitions.pop("KerasObject", None)
    definitions.pop("ConfigValue", None)
    for family in FAMILIES:
        definitions[family] = _object_schema(catalog, family)
    schema = _with_references(schema)
    _open_notations(schema, schema["$defs"])
    _add_scripts(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Horngate run spec"}


def _with_references(node: Any) -> Any:
    """Fields of a family refer to the family's definition."""
    if isinstance(node, list):
        return [_with_references(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("$ref") == "#/$defs/ConfigValue":
        return {}  # a component's argument takes anything
    if "x-family" in node:
        described = {"description": node["description"]} if "description" in node else {}
        return {"$ref": f"#/$defs/{node['x-family']}", **described}
    return {key: _with_references(value) for key, value in node.items()}


def _object_schema(catalog: Catalog, family: Family) -> Schema:
    """An alias, a call, or the long form with the arguments of each name."""
    names = catalog.names(family)
    entries = [entry for name in names if (entry := catalog.find(family, name))]
    long_form: Schema = {
        "type": "object",
        "required": ["class_name"],
        "additionalProperties": False,
        "properties": {"class_name": {"anyOf": [{"enum": list(names)}, OF_COMPONENT]}, "config": {"type": "object"}},
    }
    rules = [_config_rule(entry) for entry in entries if entry.arguments]
    long_form |= {"allOf": rules} if rules else {}
    alias = {"enum": sorted({*names, *catalog.aliases(family)}), "description": f"A {family} by its name."}
    call = {"type": "string", "pattern": r"^\s*[A-Za-z_][A-Za-z0-9_.]*\s*\(", "description": f"A {family} as a call."}
    return {"title": family, "anyOf": [alias, call, long_form, OF_COMPONENT]}


def _config_rule(entry: Entry) -> Schema:
    arguments = [argument for argument in entry.arguments.values() if not argument.refused]
    config: Schema = {
        "type": "object",
        "description": entry.doc,
        "additionalProperties": False,
        "properties": {argument.name: _argument_schema(argument) for argument in arguments},
    }
    required = [argument.name for argument in arguments if argument.required]
    config |= {"required": required} if required else {}
    given = {"properties": {"class_name": {"const": entry.name}}, "required": ["class_name"]}
    return {"if": given, "then": {"properties": {"config": config}}}


def _argument_schema(argument: Argument) -> Schema:
    described: Schema = {"description": argument.doc} if argument.doc else {}
    described |= {"default": argument.default} if argument.default is not None else {}
    objects: list[Schema] = [{"$ref": f"#/$defs/{family}"} for family in argument.takes]
    many: list[Schema] = [{"type": "array", "items": item} for item in objects] if argument.many else []
    kinds = [_kind_schema(argument, kind) for kind in sorted(argument.kinds)]
    allowed = objects + many + kinds
    return described | ({"anyOf": [*allowed, {"type": "null"}]} if allowed else {})


def _kind_schema(argument: Argument, kind: str) -> Schema:
    if kind == "string" and argument.choices:
        return {"enum": list(argument.choices)}
    if kind == "int" and argument.minimum is not None:
        return {"type": "integer", "minimum": argument.minimum}
    return KINDS[kind]


def _open_notations(schema: Schema, definitions: Schema) -> None:
    """The resolved types are strict; people may write one for many, and leave out defaults."""
    schema["required"] = ["dataset", "model"]
    keras, run = ({"properties": {"kind": {"const": kind}}, "required": ["kind"]} for kind in ("keras", "run"))
    schema["anyOf"] = [
        {"required": ["targets", "compile"]},
        {"required": ["targets"], "properties": {"model": keras}},
        {"properties": {"model": run}},
    ]
    _or_short(schema["properties"], "targets", {"type": "string"}, {"$ref": "#/$defs/Target"})
    targets = schema["properties"]["targets"]["anyOf"][0]
    target = {"anyOf": [{"$ref": "#/$defs/Target"}, {"type": "string"}]}
    targets["additionalProperties"] = target
    targets["patternProperties"] = dict.fromkeys(targets["patternProperties"], target)
    _or_short(schema["properties"], "export", {"type": "string"})
    _or_short(definitions["Binding"]["properties"], "preprocess", {"$ref": "#/$defs/layer"})
    definitions["SequentialLayer"]["required"] = ["layer"]
    definitions["StackedModel"]["required"] = ["model"]
    definitions["ApplicationModel"]["required"] = ["kind", "class_name"]
    definitions["RunModel"]["required"] = ["kind", "run"]
    _or_short(definitions["RunModel"]["properties"], "checkpoint", {"type": "integer"})
    _or_short(definitions["RunModel"]["properties"], "outputs", {"type": "string"})
    _or_short(definitions["KerasModel"]["properties"], "config", {"type": "string"})
    _items_or_short(definitions["Sequential"], "layers", {"$ref": "#/$defs/layer"})
    reference = {"type": "string"}
    for part in ("FunctionalLayer", "NestedLayer"):
        _or_short(definitions[part]["properties"], "inputs", reference, {"type": "array", "items": reference})
    _or_short(definitions["Functional"]["properties"], "inputs", reference)
    _or_short(definitions["Functional"]["properties"], "outputs", reference)
    _or_short(schema["properties"], "components", {"type": "string"})
    _open_compile(definitions["Compile"])
    _open_own_compile(schema)
    _open_fit(definitions["Fit"])


def _add_scripts(schema: Schema) -> None:
    """A document of kind script has no data of its own and no sections for what the script does by itself."""
    definitions, script = schema["$defs"], ScriptModel.model_json_schema(mode="validation")
    definitions["ScriptModel"] = script
    _or_short(script["properties"], "args", {"type": "string"})
    words = script["properties"]["args"]["anyOf"][0]
    words["items"] = {"anyOf": [words["items"], {"type": "number"}]}
    script["required"] = ["kind", "package"]
    model = schema["properties"]["model"]
    model["oneOf"].append({"$ref": "#/$defs/ScriptModel"})
    model["discriminator"]["mapping"]["script"] = "#/$defs/ScriptModel"
    kind = {"required": ["kind"], "properties": {"kind": {"const": "script"}}}
    otherwise = {key: schema.pop(key) for key in ("required", "anyOf", "if", "then", "else")}
    schema["if"] = {"required": ["model"], "properties": {"model": kind}}
    schema["then"] = {"properties": {name: False for name in schema["properties"] if name not in SCRIPT_FIELDS}}
    schema["else"] = otherwise
    schema["required"] = ["model"]


def _open_compile(compiled: Schema) -> None:
    fields = compiled["properties"]
    compiled["required"] = ["loss"]
    loss: Schema = {"$ref": "#/$defs/loss"}
    _or_short(fields, "loss", loss, {"type": "array", "items": loss})
    _or_short(fields, "loss_weights", {"type": "number"}, {"type": "array", "items": {"type": "number"}})
    metric: Schema = {"$ref": "#/$defs/metric"}
    several: Schema = {
        "type": "array",
        "items": {"anyOf": [metric, {"type": "array", "items": metric}, {"type": "null"}]},
    }
    for field in ("metrics", "weighted_metrics"):
        _or_short(fields, field, metric, several)
        fields[field]["anyOf"][0]["additionalProperties"] = {"anyOf": [metric, several, {"type": "null"}]}


def _open_own_compile(schema: Schema) -> None:
    """What a component's own `compile` takes, and a `compile` without a loss where own code says what is learned."""
    definitions = schema["$defs"]
    whole = definitions["Compile"]
    lossless = {key: value for key, value in whole.items() if key != "required"}
    definitions["LosslessCompile"] = lossless
    definitions["OwnCompile"] = {**lossless, "additionalProperties": True}
    compiled = schema["properties"]["compile"]
    schema["properties"]["compile"] = {key: value for key, value in compiled.items() if key != "$ref"}
    is_component = {"properties": {"model": {"properties": {"kind": {"const": "component"}}, "required": ["kind"]}}}
    has_loop = {"required": ["fit"], "properties": {"fit": {"required": ["loop"]}}}
    is_targetless = {"properties": {"targets": {"enum": ["none", {}]}}}
    schema |= {
        "if": is_component,
        "then": _compiled_as("OwnCompile"),
        "else": {
            "if": {"anyOf": [has_loop, is_targetless]},
            "then": _compiled_as("LosslessCompile"),
            "else": _compiled_as("Compile"),
        },
    }


def _compiled_as(definition: str) -> Schema:
    return {"properties": {"compile": {"$ref": f"#/$defs/{definition}"}}}


def _open_fit(fit: Schema) -> None:
    fields = fit["properties"]
    _or_short(fields, "loop", {"type": "string"})
    _or_short(fields, "tensorboard", {"type": "boolean"})
    _or_short(fields, "callbacks", {"$ref": "#/$defs/callback"})
    _or_short(fields, "class_weight", {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}})


def _or_short(fields: Schema, field: str, *short: Schema) -> None:
    """The field also takes the short notations; its description and default stay outside."""
    strict = dict(fields[field])
    outer = {key: strict.pop(key) for key in ("description", "default", "title") if key in strict}
    fields[field] = outer | {"anyOf": [strict, *short]}


def _items_or_short(part: Schema, field: str, *short: Schema) -> None:
    listed = part["properties"][field]
    listed["items"] = {"anyOf": [listed["items"], *short]}
