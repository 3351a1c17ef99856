"""What is examined: an object, its source, and instances of it made with arguments that are not its defaults."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from models_lib.components.doctor.findings import Finding, Severity
from models_lib.components.doctor.guessing import guess
from models_lib.components.importing import shown_file

Parameter = inspect.Parameter
ESCAPES = re.compile(r"\x1b\[\d*m")
GIVEN = {"loss": 2, "metric": 2}
KERAS = ("keras.", "tensorflow.")


class CannotMake(Exception):
    """No instance can be made without being told its arguments."""


@dataclass
class Subject:
    """One class or function of a component; `config` holds arguments that its author gave for the check."""

    name: str
    value: Any
    family: str
    is_factory: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    """The package's folder, by which its files are named."""

    @property
    def is_class(self) -> bool:
        return isinstance(self.value, type)

    @cached_property
    def is_borrowed(self) -> bool:
        """Whether it is Keras' own, or a subclass that adds no function to it: its author has nothing to mend."""
        if not self.is_class:
            return str(getattr(self.value, "__module__", "")).startswith(KERAS)
        own = [cls for cls in self.value.__mro__ if not cls.__module__.startswith((*KERAS, "builtins", "abc"))]
        return not any(
            inspect.isroutine(part) or isinstance(part, property) for cls in own for part in vars(cls).values()
        )

    @cached_property
    def source(self) -> str:
        """Its source, where it can be read."""
        return "" if self.tree is None else ast.unparse(self.tree)

    @cached_property
    def file(self) -> str | None:
        """The file that it is written in; None where it has no source."""
        try:
            return inspect.getsourcefile(inspect.unwrap(self.value))
        except TypeError:
            return None

    @cached_property
    def first_line(self) -> int | None:
        try:
            return inspect.getsourcelines(inspect.unwrap(self.value))[1]
        except (OSError, TypeError):
            return None

    @cached_property
    def tree(self) -> ast.AST | None:
        """Its source, parsed, with the line numbers of its file."""
        try:
            text = textwrap.dedent(inspect.getsource(inspect.unwrap(self.value)))
        except (OSError, TypeError):
            return None
        try:
            return ast.increment_lineno(ast.parse(text), (self.first_line or 1) - 1)
        except SyntaxError:
            return None

    @cached_property
    def parameters(self) -> list[Parameter]:
        """What a call of the class or the factory takes, by name."""
        try:
            found = inspect.signature(self.value).parameters.values()
        except (TypeError, ValueError):
            return []
        return [p for p in found if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]

    def arguments(self) -> dict[str, Any]:
        """What an instance is made with: what its author gave, and a guess for each that has no default."""
        required = {p.name: guess(p) for p in self.parameters if p.default is p.empty and p.name not in self.config}
        if self.family == "optimizer" and not self.parameters:
            required["learning_rate"] = 0.01  # Keras hides what it takes behind *args and **kwargs
        return required | dict(self.config)

    def make(self, **changes: Any) -> Any:
        """An instance, what the factory returns, or the function with its further arguments; raises CannotMake."""
        if not self.is_class and not self.is_factory:
            return self._function()
        try:
            return self.value(**(self.arguments() | changes))
        except Exception as error:
            raise CannotMake(f"{self.name}({', '.join(self.arguments())}): {short(error)}") from error

    def _function(self) -> Any:
        """As Keras calls it: with as many arguments as its family gives, the others guessed."""
        given = GIVEN.get(self.family, 1)
        further = {p.name: guess(p) for p in self.parameters[given:] if p.default is p.empty} | dict(self.config)
        return partial(self.value, **further) if further else self.value

    def changed(self) -> Iterator[tuple[str, Any]]:
        """Arguments with a number or a truth as their default, each with another that it could have been."""
        for parameter in self.parameters:
            default = self.config.get(parameter.name, parameter.default)
            if type(default) is float:
                yield parameter.name, default / 2 if 0 < default < 1 else default + 0.75
            elif type(default) is int:
                yield parameter.name, default + 1
            elif type(default) is bool:
                yield parameter.name, not default

    def find(self, rule: str, severity: Severity, message: str, advice: str, *, line: int | None = None) -> Finding:
        """A finding about it, at its first line where no better one is known."""
        path = Path(self.file) if self.file else None
        file = None if path is None else shown_file(path, self.folder) if self.folder else path.name
        return Finding(self.name, rule, severity, message, advice, line or self.first_line, file)

    def line_of(self, error: BaseException) -> int | None:
        """The innermost line of its own file that the error went through."""
        return innermost_line(error.__traceback__, self.file) if self.file else None


def innermost_line(trace: TracebackType | None, file: str) -> int | None:
    """AutoGraph and TensorFlow leave the user's own frames in a traceback."""
    found = None
    while trace is not None:
        frame: FrameType = trace.tb_frame
        if frame.f_code.co_filename == file:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def short(error: BaseException) -> str:
    """Its type and the first line that it says itself: Keras puts a line of its own before it."""
    lines = [line for line in ESCAPES.sub("", str(error)).splitlines() if line.strip()]
    own = [line for line in lines if not line.startswith("Exception encountered when calling")]
    return f"{type(error).__name__}: {(own or lines or [''])[0].strip()}"[:300]


Check = Callable[[Subject], Iterator[Finding]]
