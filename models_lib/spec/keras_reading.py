"""Reads a model of kind `keras`: the config in our notation, and what its `compile_config` asks for."""

from typing import Any

from models_lib.spec.keras_configs import parse_config, plain_config
from models_lib.spec.keras_outputs import name_outputs
from models_lib.spec.keras_plans import read_plan
from models_lib.spec.models import KerasModel
from models_lib.spec.nesting import check_globs, walk_layers
from models_lib.spec.own_classes import read_own_class
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading

LONGEST = 64


def read_keras(reading: Reading, fields: dict[str, Any], place: Place) -> KerasModel | None:
    """The model, or None where its config is not sound."""
    at = place.below("config")
    before = len(reading.faults)
    raw = parse_config(fields.get("config"), at, reading.faults)
    if raw is None and len(reading.faults) == before:
        message = "config is missing: the text or the object of model.to_json()"
        reading.refuse(at.fault("missing", message, allowed="model.to_json()"))
    if len(reading.faults) > before:
        return None
    config = plain_config(raw, at, reading.faults)
    components = reading.objects.components
    plan = read_plan(config, at, reading.faults, components) if len(reading.faults) == before else None
    own = read_own_class(reading, fields, place)
    model = reading.closed(KerasModel, {**fields, "config": config if plan else {}, "class_name": own}, place, "keras")
    if plan is None or model is None:
        return None
    check_globs(reading, model.trainable, [path for path, _ in walk_layers(plan)], place)
    names = name_outputs(config)
    for name in names:
        if len(name) > LONGEST:
            message = f"an output's name has at most {LONGEST} characters"
            reading.refuse(at.fault("too_large", message, found=name))
    return model
