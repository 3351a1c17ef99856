"""The source of one live class or function: where it was written, and whether it still is what is written there."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import indent as indent_lines
from types import CodeType, FunctionType
from typing import Any

from horngate.source.trees import Definition, Shelf, Tree, first_line, last_line, unwrapped

FUTURE_ANNOTATIONS = 0x1000000  # __future__.annotations.compiler_flag


class NoSource(Exception):
    """The reason why an object's source cannot be had, and what its author may do."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason, self.mend = reason, mend


@dataclass(frozen=True)
class Found:
    """A definition as it is written, and what its names mean."""

    name: str
    text: str
    indent: str
    module: str
    scope: Mapping[str, Any]
    """The globals that its names are looked up in."""
    closure: Mapping[str, Any] = field(default_factory=dict)
    """What the function around it gave to its names."""
    bases: Mapping[str, type] = field(default_factory=dict)
    """The classes that a class is really made of, by the names that its text calls them."""
    set_around: frozenset[str] = frozenset()
    """What the function around it binds: what a default or a class' body takes of that is lost."""
    has_future_annotations: bool = False


def find_source(value: Any, shelf: Shelf) -> Found:
    """The definition of a class or function; raises NoSource."""
    if isinstance(value, type):
        return _find_class(value, shelf)
    function = _decorated(value) or unwrapped(value)
    if function is None:
        raise NoSource("it is neither a class nor a Python function", "pass the class or function itself")
    if function.__name__ == "<lambda>":
        return _find_lambda(function, shelf)
    return _find_function(function, shelf)


def _decorated(value: Any) -> FunctionType | None:
    """The function of a project's name that a decorator without `functools.wraps` made this value of."""
    cells = value.__closure__ or () if isinstance(value, FunctionType) else ()
    held = [cell.cell_contents for cell in cells if _is_filled(cell)]
    functions = (unwrapped(part) for part in held if isinstance(part, FunctionType))
    return next((found for found in functions if found and found.__globals__.get(found.__name__) is value), None)


def _find_function(function: FunctionType, shelf: Shelf) -> Found:
    tree = _tree_of(function.__code__, shelf)
    fitting = [node for node in tree.definitions() if _is_written_as(function, node)]
    if not fitting:
        raise NoSource(*_changed(tree))
    node = fitting[-1]
    for code in _codes(node, tree, function.__code__):
        if code.co_name == function.__code__.co_name and _differ(code, function.__code__):
            raise NoSource(*_changed(tree))
    return _found(node, tree, function, _closure(function))


def _is_written_as(function: FunctionType, node: Definition) -> bool:
    at = function.__code__.co_firstlineno
    return node.name == function.__code__.co_name and at in (first_line(node), node.lineno)


def _find_class(cls: type, shelf: Shelf) -> Found:
    if "." in cls.__qualname__.rpartition("<locals>.")[2]:
        outer = cls.__qualname__.rpartition("<locals>.")[2].split(".")[0]
        raise NoSource(f"it is written inside the class {outer}", "write it at the top of its module or cell")
    tree, node = _class_node(cls, shelf)
    _check_methods(cls, node, tree)
    written = [method for method in own_functions(cls) if method.__code__.co_filename == tree.filename]
    closures = [_closure(method) for method in written]
    closure = {name: value for found in closures for name, value in found.items() if value is not cls}
    bases = _bases(cls, node)
    if "<locals>" in cls.__qualname__:
        closure |= {
            name: base for name, base in bases.items() if sys.modules[cls.__module__].__dict__.get(name) is not base
        }
    return _found(node, tree, next(iter(written), cls), closure, bases=bases)


def _bases(cls: type, node: ast.ClassDef) -> dict[str, type]:
    if len(node.bases) != len(cls.__bases__):
        return {}
    pairs = zip(node.bases, cls.__bases__, strict=True)
    return {part.id: base for part, base in pairs if isinstance(part, ast.Name)}


def _class_node(cls: type, shelf: Shelf) -> tuple[Tree, ast.ClassDef]:
    """By where its methods are; without any, the last definition of the name."""
    for method in own_functions(cls):
        tree = None if method.__code__.co_filename == "<string>" else shelf.tree(method.__code__.co_filename)
        for node in _classes(tree, cls) if tree else ():
            if first_line(node) <= method.__code__.co_firstlineno <= last_line(node):
                return tree, node  # type: ignore[return-value]  # there is a node, so there is a tree
    for tree in shelf.trees_of(cls.__module__):
        nodes = list(_classes(tree, cls))
        if nodes:
            return tree, nodes[-1]
    if cls.__module__ != "__main__" and shelf.trees_of(cls.__module__):
        raise NoSource(*_changed(shelf.trees_of(cls.__module__)[0]))
    raise NoSource("there is no source of it", "write it in a .py file and import it, or in a notebook's cell")


def _classes(tree: Tree, cls: type) -> Iterator[ast.ClassDef]:
    return (node for node in tree.definitions() if isinstance(node, ast.ClassDef) and node.name == cls.__name__)


def own_functions(cls: type) -> Iterator[FunctionType]:
    """The functions that the class' own body holds, under properties and decorators too."""
    for value in vars(cls).values():
        for part in (value, getattr(value, "__func__", None), getattr(value, "fget", None)):
            function = unwrapped(part)
            if function is not None and function.__qualname__.startswith(f"{cls.__qualname__}."):
                yield function


def _check_methods(cls: type, node: ast.ClassDef, tree: Tree) -> None:
    """Refuse a class one of whose methods was replaced, or added, after it was written."""
    written = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef) and not part.decorator_list}
    code_of = {code.co_name: code for code in _codes(node, tree, None) if code.co_firstlineno > first_line(node)}
    for name, part in written.items():
        live = vars(cls).get(name)
        if isinstance(live, FunctionType) and not hasattr(live, "__wrapped__"):
            code = code_of.get(name)
            if live.__code__.co_name != part.name or (code is not None and _differ(code, live.__code__)):
                raise NoSource(
                    f"its method {name} is not what its source says: one of the two has changed since",
                    "import the file or run the cell anew, and write the method in the class",
                )
    added = [name for name in _added(cls, node) if not node.decorator_list]
    if added:
        raise NoSource(f"its method {added[0]} was given to it after it was written", "write the method in the class")


def _added(cls: type, node: ast.ClassDef) -> list[str]:
    bound = {part.name for part in ast.walk(node) if isinstance(part, Definition)}
    bound |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    here = [(name, value) for name, value in vars(cls).items() if isinstance(value, FunctionType)]
    return sorted(name for name, value in here if name not in bound and value.__module__ == cls.__module__)


def _find_lambda(function: FunctionType, shelf: Shelf) -> Found:
    """The one lambda that was compiled to this code, written as a function of a name."""
    tree = _tree_of(function.__code__, shelf)
    at = function.__code__.co_firstlineno
    nodes = [node for node in ast.walk(tree.module) if isinstance(node, ast.Lambda) and node.lineno == at]
    written = len(nodes)
    if written > 1:
        nodes = [node for node in nodes if _place(node.body) in set(function.__code__.co_positions())]
    if len(nodes) != 1:
        reason = f"it is one of {written} lambdas in line {at} of {tree.filename}" if written else _changed(tree)[0]
        raise NoSource(reason, "write it with `def`")
    arguments, body = ast.unparse(nodes[0].args), tree.segment(nodes[0].body)
    name = next((name for name, value in function.__globals__.items() if value is function), "unnamed")
    text = f"def {name}({arguments}):\n    return (\n        {body}\n    )\n"
    closure = _closure(function)
    indent = "    " if closure else ""
    return Found(name, indent_lines(text, indent), indent, function.__module__, function.__globals__, closure)


def _place(node: ast.expr) -> tuple[int | None, ...]:
    """As a code's instructions tell where they come from."""
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


def _found(
    node: Definition, tree: Tree, made: Any, closure: Mapping[str, Any], *, bases: Mapping[str, type] | None = None
) -> Found:
    line = tree.lines[first_line(node) - 1]
    scope = made.__globals__ if isinstance(made, FunctionType) else vars(sys.modules[made.__module__])
    future = scope.get("annotations")
    return Found(
        name=node.name,
        text=tree.text(node),
        indent=line[: len(line) - len(line.lstrip())],
        module=made.__module__,
        scope=scope,
        closure=closure,
        bases=bases or {},
        set_around=_set_around(node, tree),
        has_future_annotations=getattr(future, "compiler_flag", None) == FUTURE_ANNOTATIONS,
    )


def _set_around(node: Definition, tree: Tree) -> frozenset[str]:
    """Arguments and variables of the functions that a definition is within."""
    around = [
        outer for outer in tree.definitions() if outer is not node and any(part is node for part in ast.walk(outer))
    ]
    names = {part.id for outer in around for part in ast.walk(outer) if isinstance(part, ast.Name) and _is_set(part)}
    return frozenset(names | {part.arg for outer in around for part in ast.walk(outer) if isinstance(part, ast.arg)})


def _is_set(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _tree_of(code: CodeType, shelf: Shelf) -> Tree:
    tree = shelf.tree(code.co_filename)
    if tree is None:
        mend = "write it in a .py file and import it, or in a notebook's cell"
        raise NoSource(f"there is no source of it ({code.co_filename})", mend)
    return tree


def _closure(function: FunctionType) -> dict[str, Any]:
    """The names that the function around it has bound, `__class__` left out, and itself."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    bound = {name: cell.cell_contents for name, cell in cells if name != "__class__" and _is_filled(cell)}
    return {name: value for name, value in bound.items() if value is not function}


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None or True
    except ValueError:
        return False


def _codes(node: Definition, tree: Tree, like: CodeType | None) -> list[CodeType]:
    """The code of a definition and of what is directly in it, compiled anew."""
    flags = FUTURE_ANNOTATIONS if like is not None and like.co_flags & FUTURE_ANNOTATIONS else 0
    try:
        top = compile(ast.Module([node], []), tree.filename, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError):
        return []
    first = [part for part in top.co_consts if isinstance(part, CodeType)]
    return [*first, *(part for code in first for part in code.co_consts if isinstance(part, CodeType))]


def _differ(written: CodeType, live: CodeType) -> bool:
    """Whether names or constants are others; a test's rewritten `assert` is none of our business."""
    if any(name.startswith("@") for name in (*live.co_names, *live.co_varnames)):
        return False
    free = set(live.co_freevars)
    return (
        set(written.co_names) - free != set(live.co_names) - free
        or written.co_varnames != live.co_varnames
        or _constants(written.co_consts) != _constants(live.co_consts)
    )


def _constants(values: Iterable[Any]) -> list[str]:
    return sorted(repr(value) for value in values if not isinstance(value, CodeType) and "<locals>" not in str(value))


def _changed(tree: Tree) -> tuple[str, str]:
    reason = f"{tree.filename} does not hold it any more: it has changed since it was imported"
    return reason, "import it anew (restart, or importlib.reload)"
