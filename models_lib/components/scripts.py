"""Which files of a component are scripts, told by reading them: what trains when it is imported is not imported."""

import ast
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from models_lib.components.packing import INIT
from models_lib.spec.faults import Fault

TRAINING_CALLS = frozenset({
    "fit", "fit_generator", "train_on_batch", "apply_gradients", "evaluate", "GradientTape", "parse_args", "load_data",
})  # fmt: skip
"""A module that calls one of these while it is imported is a script."""
DATA_CALLS = frozenset({
    "read_csv", "read_parquet", "genfromtxt", "loadtxt", "open", "image_dataset_from_directory",
})  # fmt: skip
"""So is one that reads data and defines nothing; a component that does is imported, and told why it cannot be."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def syntax_fault(file: str, text: str) -> Fault | None:
    """What Python says of a file that it cannot read."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        message = f"{file}, line {error.lineno}: {error.msg}"
        found = (error.text or "").strip()
        return Fault(pointer="/source", message=message, code="syntax", line=error.lineno, found=found)
    except (ValueError, RecursionError) as error:
        return Fault(pointer="/source", message=f"{file}: {error}", code="syntax")
    return None


def is_script(text: str) -> bool:
    """Whether importing the file would train: what it calls outside of functions, and outside of its `__main__`."""
    tree = ast.parse(text)
    called = {_name_of(node.func) for node in _run_by_import(tree.body) if isinstance(node, ast.Call)}
    offers = any(isinstance(statement, FUNCTIONS) for statement in tree.body)
    return bool(called & TRAINING_CALLS) or (bool(called & DATA_CALLS) and not offers) or _reports(tree)


def has_main(text: str) -> bool:
    """Whether the file does something of its own when it is run, and not when it is imported."""
    return any(_is_main_guard(statement) for statement in ast.parse(text).body)


def missing_modules(text: str, *folders: Path) -> Iterator[tuple[str, int]]:
    """Modules that a script imports first of all and that are not there, with the lines.

    `folders`: its own, and that of the components, where it finds modules besides those that are installed.
    """
    for node in ast.parse(text).body:
        for module in _imported(node):
            top = module.split(".")[0]
            is_own = any((folder / top).is_dir() or (folder / f"{top}.py").is_file() for folder in folders)
            if not is_own and top not in sys.stdlib_module_names and find_spec(top) is None:
                yield module, node.lineno


def downloads(text: str) -> Iterator[tuple[str, int]]:
    """Calls of Keras' that fetch something from the network, with the lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name_of(node.func) in ("load_data", "get_file"):
            owner = ast.unparse(node.func).partition("(")[0]
            if owner.startswith(("keras.", "tf.keras.", "tensorflow.keras.")) or owner == "get_file":
                yield owner, node.lineno


def _reports(tree: ast.Module) -> bool:
    """Whether it imports horngate at all: what no layer or loss needs."""
    return any(module.split(".")[0] == "horngate" for node in tree.body for module in _imported(node))


def _run_by_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if not _is_main_guard(statement):
            yield from _outside_functions(statement)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, FUNCTIONS):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _outside_functions(child)


def _is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in {
        part.id for part in ast.walk(statement.test) if isinstance(part, ast.Name)
    }


def _name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _imported(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


def shown_name(name: str, file: str, files: Mapping[str, str]) -> str:
    """A file as its author knows it: a single module by its package's name."""
    return f"{name}.py" if file == INIT and len(files) == 1 else file
