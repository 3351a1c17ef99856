"""Where a name comes from: an installed package (it is imported), or the user's own project (it is captured)."""

import ast
import importlib.util
import site
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from horngate.source.finding import Found
from horngate.source.mentions import dotted
from horngate.source.trees import Shelf, Tree

LOAD_THEIR_PARTS = frozenset({"keras", "tensorflow", "numpy", "os"})


def is_own(module: str | None) -> bool:
    """Whether a module is the user's: neither installed, nor built in."""
    root = (module or "").partition(".")[0]
    if not root or root in sys.stdlib_module_names or root == "horngate":
        return False
    if root == "__main__":
        return True
    file = _file_of(sys.modules.get(module or ""))
    return file is not None and is_own_path(file)


def is_own_path(file: Path) -> bool:
    return not any(file.is_relative_to(folder) for folder in installed_folders())


def _file_of(module: ModuleType | None) -> Path | None:
    """Its file; of a package without one (a namespace) its first folder."""
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    return Path(file).resolve() if file else None


@cache
def installed_folders() -> tuple[Path, ...]:
    paths = [sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")]
    packages = [*site.getsitepackages(), site.getusersitepackages()]
    return tuple(sorted({Path(path).resolve() for path in [*paths, *packages] if path}))


def import_statement(name: str, value: Any, module: str, shelf: Shelf) -> str | None:
    """The statement that gives the name this value, of an installed package; the module's own where it has one."""
    for tree in shelf.trees_of(module):
        for statement in _written_imports(tree, name, value):
            return statement
    return made_import(name, value)


def _written_imports(tree: Tree, name: str, value: Any) -> Iterator[str]:
    for node in ast.walk(tree.module):
        if isinstance(node, ast.Import):
            for part in node.names:
                if _binds(part, name) is value and not is_own(part.name):
                    yield f"import {part.name} as {part.asname}" if part.asname else f"import {name}"
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and not is_own(node.module):
            for part in node.names:
                if (part.asname or part.name) == name or part.name == "*":
                    wanted = name if part.name == "*" else part.name
                    if _is_same(_attribute(node.module, wanted), value):
                        yield _import_from(node.module, wanted, name)


def _binds(part: ast.alias, name: str) -> Any:
    """The module that `import a.b [as c]` binds to the name; an object of its own where it does not bind it."""
    if part.asname:
        return sys.modules.get(part.name) if part.asname == name else object()
    return sys.modules.get(name) if part.name.partition(".")[0] == name else object()


def _attribute(module: str, name: str) -> Any:
    whole = sys.modules.get(f"{module}.{name}")
    return getattr(sys.modules.get(module), name, whole)


def _is_same(found: Any, value: Any) -> bool:
    """Whether they are one; a module that is loaded when it is used (`tf.keras`) is replaced by what it loads."""
    is_lazy = isinstance(value, ModuleType) and type(value) is not ModuleType
    return found is value or (is_lazy and isinstance(found, ModuleType))


def _import_from(module: str, name: str, bound: str) -> str:
    return f"from {module} import {name}" + ("" if name == bound else f" as {bound}")


def made_import(name: str, value: Any) -> str | None:
    """An import of a module, or of a module's class or function, by the names that they have themselves."""
    if isinstance(value, ModuleType):
        known = value.__name__
        if sys.modules.get(known) is not value or is_own(known):
            return None
        return f"import {known}" if known == name else f"import {known} as {name}"
    module, own_name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(own_name, str) or is_own(module):
        return None
    if room := keras_room(value):
        return _import_from(f"keras.{room}", own_name, name)
    return _import_from(module, own_name, name) if _attribute(module, own_name) is value else None


def keras_room(value: Any) -> str | None:
    """`losses` for `keras.losses.Huber`: Keras' classes say of themselves where they lie, not where they are found."""
    keras = sys.modules.get("keras")
    name = getattr(value, "__name__", "")
    rooms = ("layers", "losses", "metrics", "optimizers", "initializers", "regularizers", "constraints", "activations",
             "callbacks", "models", "ops", "random", "optimizers.schedules")  # fmt: skip
    found = (room for room in rooms if getattr(sys.modules.get(f"keras.{room}"), name, None) is value)
    return next(found, None) if keras is not None and name else None


def submodule_imports(name: str, value: ModuleType, chains: set[tuple[str, ...]]) -> set[str]:
    """`import scipy.special` where `scipy.special.erf` is mentioned: its parts are not loaded by `import scipy`."""
    if name != value.__name__ or name in LOAD_THEIR_PARTS:
        return set()
    found = set()
    for chain in chains:
        for depth in range(1, len(chain) + 1):
            whole = ".".join((name, *chain[:depth]))
            if whole in sys.modules:
                found.add(f"import {whole}")
    return found


def alias_of(name: str, value: Any, found: Found, shelf: Shelf) -> tuple[str, str] | None:
    """`layers = keras.layers`: its text and the name it begins with, where that still gives the value."""
    for tree in shelf.trees_of(found.module):
        for node in tree.module.body:
            if not isinstance(node, ast.Assign) or not any(_is_name(target, name) for target in node.targets):
                continue
            chain = dotted(node.value)
            if len(chain) > 1 and chain[0] != name and _is_same(_follow(found.scope, chain), value):
                return f"{name} = {'.'.join(chain)}\n", chain[0]
    return None


def _is_name(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _follow(scope: Mapping[str, Any], chain: tuple[str, ...]) -> Any:
    value: Any = scope.get(chain[0])
    for part in chain[1:]:
        value = getattr(value, part, None)
    return value


def local_imports(text: str) -> list[str]:
    """Modules of the user's own that a definition imports within itself."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [part.name for part in node.names if _is_own_file(part.name)]
        elif isinstance(node, ast.ImportFrom) and (node.level or _is_own_file(node.module or "")):
            found.append("." * node.level + (node.module or ""))
    return found


def _is_own_file(module: str) -> bool:
    """Whether the module is the user's, be it loaded or not."""
    root = module.partition(".")[0]
    if root in sys.modules:
        return is_own(root)
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return False
    file = spec.origin if spec is not None else None
    return file is not None and file not in ("built-in", "frozen") and is_own_path(Path(file).resolve())
