"""Importing a component's package, and telling its author what went wrong in their own file and line."""

import importlib
import importlib.util
import pkgutil
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import keras

from models_lib.components.import_advice import advise
from models_lib.components.packing import INIT, module_name, read_files
from models_lib.components.scripts import has_main, is_script, shown_name, syntax_fault
from models_lib.spec.components import short_name
from models_lib.spec.faults import Fault


class NoComponent(Exception):
    """No component that was imported has an object of this name."""


class ImportRefused(Exception):
    """The package cannot be imported; the fault has the file, the line and the message."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.faults = (fault,)


FOLDERS: list[Path] = []
"""Where this process has found components."""


def add_folder(folder: Path) -> None:
    """Have Python find packages there, before any other of the same name."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
        FOLDERS.append(folder)
    importlib.invalidate_caches()


def exists_elsewhere(name: str) -> bool:
    """Whether the name is an installed module's: a component may not stand in its way."""
    return importlib.util.find_spec(name) is not None


def import_package(name: str, folder: Path) -> list[ModuleType]:
    """The package in `folder`/`name` and all modules in it, itself first; raises ImportRefused."""
    add_folder(folder)
    try:
        package = importlib.import_module(name)
        inside = pkgutil.walk_packages(package.__path__, f"{name}.", onerror=_raise_again)
        return [package, *(importlib.import_module(found.name) for found in inside)]
    except SyntaxError as error:
        raise ImportRefused(_syntax_fault(error, folder / name)) from error
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a module may raise anything, SystemExit among it
        raise ImportRefused(_import_fault(error, folder / name)) from error


def import_objects(name: str, folder: Path) -> list[ModuleType]:
    """The modules of a package that may hold objects, itself first; its scripts are not run. Raises ImportRefused.

    Beside a script stands what only it may be able to import, from its own folder: that is tried, and left out.
    """
    files = read_files(folder / name)
    for file, text in files.items():
        if fault := syntax_fault(shown_name(name, file, files), text):
            raise ImportRefused(fault)
    scripts = {file for file, text in files.items() if is_script(text)}
    if not scripts and not (len(files) > 1 and any(map(has_main, files.values()))):
        return import_package(name, folder)
    add_folder(folder)
    first = [] if INIT in scripts else _try_to_import(name)
    names = [module_name(name, file) for file in files if file not in {INIT, *scripts}]
    return [*first, *(module for inside in names for module in _try_to_import(inside))] if first else []


def _try_to_import(name: str) -> list[ModuleType]:
    with suppress(Exception, SystemExit):
        return [importlib.import_module(name)]
    return []


def import_components(names: Sequence[str], folder: Path) -> None:
    """Import the packages that a run pins, and have Keras know their objects by name; raises ImportRefused."""
    for name in names:
        import_objects(name, folder)
    keras.saving.get_custom_objects().update(custom_objects(names))


def find_component(class_name: str) -> Any:
    """The class or function that `package.Name` names, of a component that has been imported; raises NoComponent."""
    home = _home(class_name)
    return as_function(vars(home)[short_name(class_name)] if home is not None else None, class_name)


def home_of(class_name: str) -> str:
    """The module that has it, such as `robust.losses`; raises NoComponent."""
    home = _home(class_name)
    if home is None:
        raise NoComponent(f"there is no {class_name}")
    return home.__name__


def _home(class_name: str) -> ModuleType | None:
    """Of the modules that know the name that one which defines it."""
    package, name = class_name.rpartition(".")[0], short_name(class_name)
    modules = [module for key, module in sys.modules.items() if key == package or key.startswith(f"{package}.")]
    modules = [module for module in modules if any(Path(module.__file__ or "").is_relative_to(f) for f in FOLDERS)]
    having = [module for module in modules if name in vars(module)]
    return next((module for module in having if _is_of(vars(module)[name], package)), having[0] if having else None)


def own_line(error: BaseException) -> str:
    """Where in a component an error arose: the innermost of its lines, for the end of a message."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for folder in FOLDERS:
            if Path(frame.filename).is_relative_to(folder):
                inside = Path(frame.filename).relative_to(folder).as_posix().removesuffix("/__init__.py")
                return f" ({inside}, line {frame.lineno}: {frame.line})"
    return ""


def as_function(found: Any, class_name: str) -> Any:
    """The same; what a decorator made an object of becomes a function again, since Keras saves functions by name."""
    if found is None:
        raise NoComponent(f"there is no {class_name}")
    if isinstance(found, type | FunctionType):
        return found

    @wraps(found)
    def function(*arguments: Any, **named: Any) -> Any:
        return found(*arguments, **named)

    return function


def _is_of(found: Any, package: str) -> bool:
    module = getattr(found, "__module__", None) or ""
    return module == package or module.startswith(f"{package}.")


def _raise_again(name: str) -> None:
    raise  # noqa: PLE0704 - pkgutil calls this while it handles the error


def _syntax_fault(error: SyntaxError, folder: Path) -> Fault:
    file = shown_file(Path(error.filename or ""), folder)
    message = f"{file}, line {error.lineno}: {error.msg}"
    return Fault(pointer="/source", message=message, code="syntax", line=error.lineno, found=(error.text or "").strip())


def _import_fault(error: BaseException, folder: Path) -> Fault:
    """The innermost line of the package itself: what it called is not its author's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(folder.resolve())]
    said = f"{type(error).__name__}: {error}"[:500]
    said += advise(said)
    if not own:
        return Fault(pointer="/source", message=f"it cannot be imported: {said}", code="bad_data")
    at = own[-1]
    message = f"{shown_file(Path(at.filename), folder)}, line {at.lineno}: {said}"
    return Fault(pointer="/source", message=message, code="bad_data", line=at.lineno, found=at.line)


def shown_file(path: Path, folder: Path) -> str:
    """The file as its author knows it: a single module by its package's name."""
    try:
        inside = path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.name
    return f"{folder.name}.py" if inside == "__init__.py" and len(list(folder.rglob("*.py"))) == 1 else inside


def _folder_of(name: str) -> Path:
    """Where the package of that name lies, of the folders of components."""
    return next(folder for folder in FOLDERS if (folder / name).is_dir())


def custom_objects(names: Iterable[str]) -> dict[str, Any]:
    """All classes and functions of packages, private ones too, by name: what Keras needs to load a saved model."""
    objects: dict[str, Any] = {}
    for name in names:
        for module in import_objects(name, _folder_of(name)):
            objects |= {key: value for key, value in vars(module).items() if callable(value) and _is_of(value, name)}
    return objects
