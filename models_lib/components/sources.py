"""What a function's parameters and source tell of it: which families it may serve, and whether it makes the object."""

import ast
import inspect
import textwrap
from typing import Any

from models_lib.spec.components import ComponentFamily

Parameter = inspect.Parameter
ANY_FAMILY: tuple[ComponentFamily, ...] = (
    "loss",
    "metric",
    "activation",
    "initializer",
    "regularizer",
    "constraint",
    "transform",
)


def families_of(parameters: list[Parameter]) -> tuple[ComponentFamily, ...]:
    """What a function of these parameters may be: it says so by their number, and by the first one's name."""
    named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    required = [p for p in named if p.default is p.empty]
    first = named[0].name if named else ""
    if first == "shape":
        return ("initializer",)
    if first == "model" and len(named) >= 2:
        return ("loop",)
    match len(required):
        case 2:
            return ("loss", "metric")
        case 1:
            return ("activation", "regularizer", "constraint", "transform")
        case 0 if len(named) == 1:
            return ("activation", "regularizer", "constraint", "transform")
    return ()


def tree_of(function: Any) -> ast.FunctionDef | None:
    """A function's source, parsed; None where it has none."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    return tree if isinstance(tree, ast.FunctionDef) else None


def inner_name(function: Any) -> str | None:
    """The name of the function that a factory returns, under which Keras logs it."""
    inner = _inner_function(tree_of(function))
    return inner.name if inner is not None else None


def _inner_function(tree: ast.FunctionDef | None) -> ast.FunctionDef | None:
    returned = _returned(tree)
    defined = {part.name: part for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)} if tree else {}
    return defined.get(returned.id) if isinstance(returned, ast.Name) else None


def _returned(tree: ast.FunctionDef | None) -> ast.expr | None:
    """What the last statement returns."""
    last = tree.body[-1] if tree else None
    return last.value if isinstance(last, ast.Return) else None


def made_by(function: Any) -> tuple[ComponentFamily, ...]:
    """The families of what a factory makes: an inner function, a lambda, a partial; nothing for any other function."""
    tree = tree_of(function)
    inner, returned = _inner_function(tree), _returned(tree)
    if inner is not None:
        names = [argument.arg for argument in inner.args.args]
        required = names[: len(names) - len(inner.args.defaults)]
        return families_of([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in required]) or ANY_FAMILY
    is_partial = isinstance(returned, ast.Call) and ast.unparse(returned.func) in ("partial", "functools.partial")
    return ANY_FAMILY if isinstance(returned, ast.Lambda) or is_partial else ()


def takes_by_any_name(constructor: Any, kwargs: str) -> bool:
    """Whether a constructor does more with its **kwargs than hand it on: `Conv2D(**kwargs)` inside."""
    tree = tree_of(constructor)
    if tree is None:
        return False
    handed_on = [
        keyword.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "__init__"
        for keyword in call.keywords
        if keyword.arg is None
    ]
    return any(
        isinstance(part, ast.Name) and part.id == kwargs and all(part is not handed for handed in handed_on)
        for part in ast.walk(tree)
    )


def line_of(value: Any) -> int | None:
    try:
        return inspect.getsourcelines(inspect.unwrap(value))[1]
    except (OSError, TypeError):
        return None


def first_doc_line(value: Any) -> str:
    own = value.__doc__ if not isinstance(value, type) else vars(value).get("__doc__")
    return inspect.cleandoc(own).partition("\n")[0][:240] if isinstance(own, str) else ""
