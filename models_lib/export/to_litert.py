"""LiteRT (once TensorFlow Lite): one `.tflite` file of its built-in operators, tried by LiteRT's own runtime."""

import re
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from models_lib.export.exportable import Exportable, Loaded, Named, NotExportable, to_plain
from models_lib.export.to_saved_model import write_graph

LONGEST_REASON = 300


def write_litert(source: Exportable, path: Path) -> Loaded:
    """For any number of rows; for one a call where more would need operators that are not built in, as for an LSTM."""
    try:
        path.write_bytes(convert(source, rows=None))
        return load_litert(source, path, rows=None)
    except Exception:  # noqa: BLE001 - the converter's errors have no common class; the second try tells its own
        path.write_bytes(convert_one_row(source))
        return load_litert(source, path, rows=1)


def convert_one_row(source: Exportable) -> bytes:
    """Raises NotExportable in a reader's words."""
    try:
        return convert(source, rows=1)
    except Exception as error:
        raise NotExportable(f"LiteRT's built-in operators do not suffice: {reason_of(error)}") from error


def convert(source: Exportable, *, rows: int | None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_graph(source, Path(folder), rows=rows)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        converter.experimental_enable_resource_variables = True
        return bytes(converter.convert())


def load_litert(source: Exportable, path: Path, *, rows: int | None) -> Loaded:
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_path=str(path), num_threads=1).get_signature_runner()
    taken = set(runner.get_input_details())

    def call(fed: Named) -> Named:
        plain = {name: to_plain(array) for name, array in fed.items() if name in taken}
        if rows is None:
            return dict(runner(**plain))
        count = len(next(iter(plain.values())))
        single = [dict(runner(**{name: array[at : at + 1] for name, array in plain.items()})) for at in range(count)]
        return {name: np.concatenate([row[name] for row in single]) for name in source.outputs}

    return Loaded(call, rows)


def reason_of(error: Exception) -> str:
    """The operators that are missing, else the converter's first words."""
    text = str(error)
    missing = re.search(r"(?:Flex|Custom) ops: ([\w, ]+)", text)
    named = missing.group(1).strip() if missing else next(iter(re.findall(r'fused\["(?!Stateful)(\w+):"', text)), None)
    if named:
        return f"they have no {named} as this model uses it."
    return next((line for line in text.splitlines() if line.strip()), type(error).__name__)[:LONGEST_REASON]
