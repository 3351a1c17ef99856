"""ONNX, by tf2onnx from the frozen graph; tried by ONNX Runtime."""

import logging
from pathlib import Path
from typing import Any

from models_lib.export.exportable import Exportable, Loaded, Named, NotExportable, to_plain

OPSET = 18
DOUBLE = 11  # of ONNX' TensorProto
ADVICE = "write {format: onnx, inputs: tensors}, so that the preparation of raw rows stays outside"


def write_onnx(source: Exportable, path: Path) -> Loaded:
    """Inputs and outputs keep their names; the number of rows stays open."""
    import onnxruntime

    model = convert(source)
    refuse_unknown_operators(model)
    path.write_bytes(model.SerializeToString())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    taken = {part.name for part in session.get_inputs()}
    outputs = [part.name for part in session.get_outputs()]

    def call(rows: Named) -> Named:
        fed = {name: to_plain(array) for name, array in rows.items() if name in taken}
        return dict(zip(outputs, session.run(outputs, fed), strict=True))

    return Loaded(call)


def convert(source: Exportable) -> Any:
    """The ONNX model.

    Frozen by us: tf2onnx takes constants that the graph has captured, such as a Normalization's mean, for inputs.
    """
    import tf2onnx
    from keras.src.export.tf2onnx_lib import patch_tf2onnx
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    patch_tf2onnx()  # Keras' own mend of tf2onnx for NumPy 2
    for name in ("tf2onnx", "tf2onnx.tfonnx", "tf2onnx.tf_loader"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what it cannot convert is told by us
    traced = source.function.get_concrete_function()
    frozen = convert_variables_to_constants_v2(traced, lower_control_flow=False, aggressive_inlining=True)
    names = sorted(source.inputs)
    inputs = [tensor.name for tensor in frozen.inputs[: len(names)]]
    outputs = [tensor.name for tensor in frozen.outputs]
    model, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(add_shapes=True),
        input_names=inputs,
        output_names=outputs,
        opset=OPSET,
        custom_op_handlers={"Erfc": (write_erfc, [])},
        tensors_to_rename=dict(zip([*inputs, *outputs], [*names, *sorted(source.outputs)], strict=True)),
    )
    return model


def write_erfc(graph: Any, node: Any, *_: Any) -> None:
    """1 - erf(x), for gelu: ONNX has the one, TensorFlow calls the other."""
    import numpy as np

    (output,), name = node.output, node.name
    dtype, shape = graph.get_dtype(output), graph.get_shape(output)
    graph.remove_node(name)
    erf = graph.make_node("Erf", node.input, dtypes=[dtype], shapes=[shape])
    kind = np.float64 if dtype == DOUBLE else np.float32
    one = graph.make_const(f"{name}/one", np.array(1, dtype=kind))
    graph.make_node("Sub", [one.output[0], erf.output[0]], outputs=[output], dtypes=[dtype], shapes=[shape])


def refuse_unknown_operators(model: Any) -> None:
    """tf2onnx goes on past what it cannot convert, and writes a file that nothing loads."""
    import onnx

    known = {schema.name for schema in onnx.defs.get_all_schemas_with_history()}
    unknown = sorted({node.op_type for node in model.graph.node if node.op_type not in known and not node.domain})
    if unknown:
        raise NotExportable(f"ONNX has no {', '.join(unknown)}: {ADVICE}.")
