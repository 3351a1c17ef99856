"""Inputs by their columns' types: which there are when none is written, how each is prepared, as what type it comes."""

from collections.abc import Iterable, Mapping
from typing import Any

from models_lib.spec.bindings import Binding, Split, Windows
from models_lib.spec.data_reading import INPUTS, source_field, tensor_name
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.input_names import declared_inputs
from models_lib.spec.kinds import ABSENT, item_type, settle_kind
from models_lib.spec.models import ComponentModel, Functional, KerasModel, Model, NestedLayer, Sequential, layer_of
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Place
from models_lib.spec.planning import plan_model
from models_lib.spec.sections import Reading

# Layers that want the values as they are: numbers that go straight into one are not standardised.
RAW_READERS = frozenset(
    {
        "CategoryEncoding", "Discretization", "Embedding", "HashedCrossing", "Hashing", "IntegerLookup",
        "Normalization", "Rescaling", "ReversibleEmbedding", "StringLookup", "TextVectorization",
    }
)  # fmt: skip
INTEGER_READERS = frozenset({"CategoryEncoding", "Embedding", "Hashing", "IntegerLookup", "ReversibleEmbedding"})
TEXT, NUMBERS, WORDS = "TextVectorization()", "Normalization()", 'StringLookup(output_mode="one_hot")'
SPARSE_WORDS = 'StringLookup(output_mode="multi_hot", mask_token="")'
SPARSE_NUMBERS = 'IntegerLookup(output_mode="multi_hot", mask_token={})'
# How lists are read where nobody says it: sets of words and of whole numbers, series of fractions.
WAYS_OF_LISTS = {"string": "sparse", "int64": "sparse", "bool": "sequence", "float64": "sequence"}
MANY_WORDS = 1000


def inputs_by_type(
    reading: Reading, profile: DatasetProfile, taken: Iterable[str], model: Model | None
) -> dict[str, Binding]:
    """One input for each column that is not taken; of a graph's, those that its layers name."""
    taken = set(taken)
    field = source_field(profile)
    inputs: dict[str, Binding] = {}
    layers = {layer.name for layer in model.layers} if isinstance(model, Sequential) else set()
    for column in profile.columns:
        if column.name in taken:
            continue
        way = "image" if column.is_image else "date" if column.is_time else WAYS_OF_LISTS.get(column.items or "", field)
        inputs[tensor_name(column.name, layers | set(inputs))] = Binding.model_validate({way: column.name})
    if isinstance(model, KerasModel) and len(declared := declared_inputs(model)) > 1:
        return {name: binding for name, binding in inputs.items() if name in declared}
    if not isinstance(model, Functional):
        return inputs
    named = {layer_of(reference) for reference in _references(model)}
    return {name: binding for name, binding in inputs.items() if name in named}


def columns_beside_inputs(
    targets: Iterable[str], split: Split, weights: Iterable[str], windows: Windows | None = None
) -> set[str]:
    """Columns that are no inputs unless somebody says so."""
    beside = {*targets, *weights, split.group, split.time, split.column}
    beside |= {windows.time, windows.by} if windows is not None else set()
    return {name for name in beside if name}


def prepare_binding(
    reading: Reading,
    name: str,
    binding: Binding,
    columns: list[Column],
    model: Model | None,
    *,
    written: bool,
) -> Binding:
    """The binding with its preprocessing and type written out. `written`: the spec says what to do, or null."""
    place = INPUTS.below(name)
    readers = _readers(name, model)
    preprocess = binding.preprocess or ()
    if not written and (columns or binding.text):
        preprocess = _preprocess_by_type(reading, binding, columns, readers, place)
    binding = settle_kind(binding, columns)
    if (binding.sequence or binding.sparse) and columns:
        kind = item_type(binding, columns[0])
        whole = kind == "int64" and bool(preprocess or readers & INTEGER_READERS)
        dtype = "string" if kind == "string" else "int64" if whole else "float32"
        binding = binding.model_copy(update={"dtype": binding.dtype or dtype})
    first = {preprocess[0].class_name} if preprocess else readers
    return binding.model_copy(
        update={"preprocess": preprocess, "dtype": binding.dtype or _tensor_type(binding, columns, first)}
    )


def _preprocess_by_type(
    reading: Reading, binding: Binding, columns: list[Column], readers: set[str], place: Place
) -> tuple[KerasObject, ...]:
    if binding.image is not None or readers & {"TextVectorization", "StringLookup"}:
        return ()
    if binding.text is not None:
        return (reading.object(TEXT, "layer", place),)
    if binding.sequence or binding.sparse:
        return _preprocess_lists(reading, binding, columns[0], place)
    if readers & RAW_READERS or all(column.dtype == "bool" for column in columns):
        return ()
    if not columns[0].is_text:
        return (reading.object(NUMBERS, "layer", place),)
    if len(columns) > 1:
        message = "several columns of words in one input would share one vocabulary: give each an input of its own"
        reading.refuse(place.fault("wrong_type", message, found=[column.name for column in columns]))
    if (columns[0].unique or 0) > MANY_WORDS:
        message = f"column {columns[0].name!r} has {columns[0].unique} different words: one-hot makes as many columns"
        reading.warn(place, message)
    return (reading.object(WORDS, "layer", place),)


def _preprocess_lists(reading: Reading, binding: Binding, column: Column, place: Place) -> tuple[KerasObject, ...]:
    """Words are numbered, and what a sparse input has is marked; numbers of a sequence stay as they are."""
    kind = item_type(binding, column)
    if binding.sequence is not None:
        return (
            (reading.object(f"StringLookup(mask_token={binding.value or ''!r})", "layer", place),)
            if kind == "string"
            else ()
        )
    if kind == "float64":
        message = (
            f"column {column.name!r} holds fractions, of which no set is made: sparse takes words or whole numbers"
        )
        reading.refuse(place.fault("wrong_type", message, found=kind, allowed=("string", "int64")))
        return ()
    layer = SPARSE_WORDS if kind == "string" else SPARSE_NUMBERS.format(ABSENT)
    return (reading.object(layer, "layer", place),)


def _tensor_type(binding: Binding, columns: list[Column], readers: set[str]) -> str:
    """float64 becomes float32, and so do whole numbers, unless what reads them wants whole numbers."""
    if binding.text or binding.date or (columns and columns[0].is_text):
        return "string"
    if not columns or columns[0].is_image:
        return "float32"
    types = {column.dtype for column in columns}
    if len(types) == 1 and (kind := types.pop()) not in ("float64", "bool", "uint64"):
        whole = kind.startswith(("int", "uint"))
        return kind if (whole and readers & INTEGER_READERS) or kind in ("float16", "float32") else "float32"
    return "float32"


def _readers(name: str, model: Model | None) -> set[str]:
    """The classes of the layers that an input goes into."""
    match model:
        case Sequential() if model.layers[0].class_name:
            return {model.layers[0].class_name}
        case Functional() if not any(isinstance(layer, NestedLayer) for layer in model.layers):
            return {layer.class_name for layer in model.layers if name in _layer_references(layer)}
        case None | ComponentModel():
            return set()
        case _:
            return plan_model(model, (name,)).readers(name)


def _references(model: Functional) -> set[str]:
    return {reference for layer in model.layers for reference in _layer_references(layer)}


def _layer_references(layer: Any) -> set[str]:
    called = {reference for call in layer.inputs for reference in call}
    return called | set(_strings(layer.call))


def _strings(call: Mapping[str, Any]) -> list[str]:
    values = [value if isinstance(value, list | tuple) else [value] for value in call.values()]
    return [reference for listed in values for reference in listed if isinstance(reference, str)]
