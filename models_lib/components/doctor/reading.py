"""What can be seen in the source: rules of code that runs in a graph, found by their line without running anything."""

import ast
import builtins
import sys
from collections.abc import Iterator

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.subjects import Subject

IN_GRAPH = frozenset(
    {
        "call",
        "__call__",
        "update_state",
        "result",
        "train_step",
        "test_step",
        "predict_step",
        "compute_loss",
        "update_step",
    }
)
GRAPH_FAMILIES = frozenset(
    {"loss", "metric", "layer", "model", "activation", "regularizer", "constraint", "schedule", "optimizer"}
)
DRAWN_ONCE = (
    "np.random.",
    "numpy.random.",
    "random.",
    "time.time",
    "time.perf_counter",
    "time.monotonic",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "uuid.",
    "secrets.",
    "os.urandom",
)
MADE_ONCE = ("tf.Variable", "keras.Variable", "self.add_weight", "self.add_variable", "tensorflow.Variable")
GROWING = frozenset({"append", "extend", "add", "update", "insert"})
LONG_LOOP = 64
KERAS_OWN = frozenset({"optimizer", "compiled_metrics", "compiled_loss"})


def read_source(subject: Subject) -> Iterator[Finding]:
    """Findings of every body of the subject that Keras runs in a graph."""
    if subject.tree is None:
        if subject.family in GRAPH_FAMILIES:
            yield subject.find(
                "source-not-available",
                "warning",
                f"The source of {subject.name} cannot be read: it was made by exec, or is no Python.",
                "Write it in the component's file: AutoGraph, and whoever loads the saved model, need its source.",
            )
        return
    if subject.family in GRAPH_FAMILIES:
        for body in graph_bodies(subject.tree, is_class=subject.is_class):
            yield from _read_body(subject, body)


def graph_bodies(tree: ast.AST, *, is_class: bool) -> list[ast.FunctionDef]:
    """Methods that run in a graph; of a function itself, or of what is inside a factory, all of it."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    if is_class:
        return [function for function in functions if function.name in IN_GRAPH]
    return functions[:1]


def _read_body(subject: Subject, body: ast.FunctionDef) -> Iterator[Finding]:
    shadowed = _names_of_keras(subject)
    for node in ast.walk(body):
        if isinstance(node, ast.Call):
            yield from _read_call(subject, node, body, shadowed)
        elif isinstance(node, ast.For):
            yield from _read_loop(subject, node)
        elif isinstance(node, ast.Assign) and (kept := _kept_in(node)):
            yield _side_effect(subject, node.lineno, f"puts something into {kept}")
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield _side_effect(subject, node.lineno, f"changes {', '.join(node.names)} outside of itself")


def _kept_in(assigned: ast.Assign) -> str | None:
    """The attribute that `self.attribute[key] = …` puts it into: a dict or a list, for variables are assigned to."""
    for target in assigned.targets:
        match target:
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self")) as attribute):
                return ast.unparse(attribute)
    return None


def _read_call(subject: Subject, call: ast.Call, body: ast.FunctionDef, shadowed: bool) -> Iterator[Finding]:
    name = ast.unparse(call.func)
    if any(name.startswith(prefix) for prefix in DRAWN_ONCE) and not (shadowed and name.startswith("random.")):
        yield subject.find(
            "traced-constant",
            "error",
            f"{name}(…) runs once, when the graph is traced: the same value is used ever after.",
            "Draw random numbers with keras.random or tf.random; take the time with tf.timestamp().",
            line=call.lineno,
        )
    elif name in MADE_ONCE:
        yield subject.find(
            "variables-created-in-call",
            "error",
            f"{name}(…) in {body.name} makes a new variable at each call.",
            "Make variables once: in __init__ or build.",
            line=call.lineno,
        )
    elif (
        isinstance(call.func, ast.Attribute) and call.func.attr in GROWING and _is_kept(subject, call.func.value, body)
    ):
        yield _side_effect(subject, call.lineno, f"calls {name}(…)")
    elif name == "print":
        yield _side_effect(subject, call.lineno, "prints")


def _names_of_keras(subject: Subject) -> bool:
    """Whether `random` is Keras' module there: `from keras import random`."""
    module = sys.modules.get(str(getattr(subject.value, "__module__", "")))
    return str(getattr(getattr(module, "random", None), "__name__", "")).startswith(("keras", "tensorflow"))


def _is_kept(subject: Subject, receiver: ast.expr, body: ast.FunctionDef) -> bool:
    """Whether a list or dict outlives the call: an attribute of self, or a name that the body does not assign."""
    if isinstance(receiver, ast.Attribute):
        return isinstance(receiver.value, ast.Name) and receiver.value.id == "self" and receiver.attr not in KERAS_OWN
    if not isinstance(receiver, ast.Name):
        return False
    held = getattr(sys.modules.get(str(getattr(subject.value, "__module__", ""))), receiver.id, None)
    if held is not None:
        return isinstance(held, list | dict | set)
    assigned = {node.id for node in ast.walk(body) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    taken = {argument.arg for function in ast.walk(body) for argument in _arguments(function)}
    return receiver.id not in assigned | taken and not hasattr(builtins, receiver.id)


def _arguments(node: ast.AST) -> list[ast.arg]:
    if not isinstance(node, ast.FunctionDef | ast.Lambda):
        return []
    given = node.args
    return [*given.args, *given.kwonlyargs, *(extra for extra in (given.vararg, given.kwarg) if extra is not None)]


def _side_effect(subject: Subject, line: int, does: str) -> Finding:
    return subject.find(
        "tracing-side-effect",
        "warning",
        f"{subject.name} {does}: in a graph that happens once, when it is traced, and not at each step.",
        "Use tf.print to print, self.add_weight(…) and assign to keep a value, a callback for anything else.",
        line=line,
    )


def _read_loop(subject: Subject, loop: ast.For) -> Iterator[Finding]:
    """A Python loop is unrolled into the graph, once for each turn."""
    source = loop.iter
    if not (isinstance(source, ast.Call) and ast.unparse(source.func) == "range" and source.args):
        return
    bounds = [part for part in source.args if isinstance(part, ast.Constant)]
    turns = bounds[-1].value if len(bounds) == len(source.args) and len(bounds) == 1 else None
    over_shape = any("shape" in ast.unparse(part) for part in source.args)
    if (isinstance(turns, int) and turns >= LONG_LOOP) or over_shape:
        often = f"{turns} times" if isinstance(turns, int) else "as often as the tensor is long"
        yield subject.find(
            "python-loop",
            "warning",
            f"for … in {ast.unparse(source)} is unrolled into the graph, {often}: slow to trace, and large.",
            "Compute on the whole tensor at once, or loop with keras.ops.scan, keras.ops.fori_loop or tf.range.",
            line=loop.lineno,
        )
