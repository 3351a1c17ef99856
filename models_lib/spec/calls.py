"""Call strings such as `Conv2D(32, 3, kernel_regularizer=L2(1e-4))`: parsed, bounded, never evaluated."""

import ast
import operator
from dataclasses import dataclass
from typing import Any

MAX_LENGTH = 4_000
MAX_DEPTH = 16
MAX_NUMBER = 2**53
OPERATORS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
UNQUOTED = "between [ and ] a call with a comma stands in quotes: [\"Dense(30, activation='relu')\"]"
YAML_WORDS = {"true": "True", "false": "False", "null": "None"}
Span = tuple[int, int]


class CallRefused(Exception):
    """The text is no call: says why, where in it, and what to write there if that is certain."""

    def __init__(self, message: str, span: Span, mend: str | None = None) -> None:
        super().__init__(message)
        self.message, self.span, self.mend = message, span, mend


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as written; `name_span` is where its name stands, if it has one."""

    name: str | None
    value: Any
    span: Span
    name_span: Span | None


@dataclass(frozen=True, slots=True)
class Call:
    """A name and its arguments in the order written; values are constants, lists, dicts, or calls again."""

    name: str
    name_span: Span
    span: Span
    arguments: tuple[Argument, ...]


def parse_call(text: str) -> Call:
    """Read a call string. Raises CallRefused."""
    if len(text) > MAX_LENGTH:
        raise CallRefused(f"a call has at most {MAX_LENGTH} characters, this one has {len(text)}", (0, len(text)))
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        at = min(max((error.offset or 1) - 1, 0), len(text))
        if text.count("(") > text.count(")"):
            raise CallRefused(f"the call is not closed; {UNQUOTED}", (at, at)) from None
        raise CallRefused(f'this is not a call such as Dense(30, activation="relu"): {error.msg}', (at, at)) from None
    except (ValueError, RecursionError, MemoryError):
        raise CallRefused('this is not a call such as Dense(30, activation="relu")', (0, len(text))) from None
    return _Reader(text).read_call(tree.body, 0)


class _Reader:
    """Walks one syntax tree; every node that is not listed here is refused."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._indent = len(text) - len(text.lstrip())
        self._lines = text.strip().encode().splitlines(keepends=True)
        self._is_plain = self._lines[0].isascii() if self._lines else True

    def read_call(self, node: ast.AST, depth: int) -> Call:
        if not isinstance(node, ast.Call):
            raise CallRefused("a call such as Dense(30) belongs here", self._span(node))
        if depth > MAX_DEPTH:
            raise CallRefused(f"calls are nested at most {MAX_DEPTH} deep", self._span(node))
        positional = [Argument(None, self._value(arg, depth + 1), self._span(arg), None) for arg in node.args]
        named = [self._keyword(keyword, depth + 1) for keyword in node.keywords]
        name = self._name(node.func)
        return Call(name, self._span(node.func), self._span(node), (*positional, *named))

    def _name(self, node: ast.AST) -> str:
        if isinstance(node, ast.Name):
            return self._ascii(node.id, node)
        if isinstance(node, ast.Attribute):
            return f"{self._name(node.value)}.{self._ascii(node.attr, node)}"
        raise CallRefused("only a name can be called", self._span(node))

    def _keyword(self, keyword: ast.keyword, depth: int) -> Argument:
        if keyword.arg is None:
            raise CallRefused("** is not allowed: write the arguments out", self._span(keyword))
        start = self._span(keyword)[0]
        name = self._ascii(keyword.arg, keyword)
        return Argument(name, self._value(keyword.value, depth), self._span(keyword.value), (start, start + len(name)))

    def _ascii(self, name: str, node: ast.AST) -> str:
        """Python folds look-alike letters into one name; a spec does not."""
        start, end = self._span(node)
        written = self._text[start:end]
        if not written.startswith(name) and not written.endswith(name):
            raise CallRefused("names are written in plain letters, digits and underscores", (start, end))
        return name

    def _value(self, node: ast.AST, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise CallRefused(f"values are nested at most {MAX_DEPTH} deep", self._span(node))
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                number = self._number(node.operand, depth + 1)
                return -number if isinstance(node.op, ast.USub) else number
            case ast.BinOp():
                return self._arithmetic(node, depth)
            case ast.List() | ast.Tuple():
                return [self._value(element, depth + 1) for element in node.elts]
            case ast.Dict():
                return {self._key(key, node): self._value(value, depth + 1) for key, value in _items(node)}
            case ast.Call():
                return self.read_call(node, depth)
            case _:
                raise self._refused(node)

    def _refused(self, node: ast.AST) -> CallRefused:
        match node:
            case ast.Name():
                return self._bare_name(node)
            case ast.Attribute():
                return self._dotted_name(node)
            case ast.Lambda():
                message = (
                    "a spec carries no code: upload a component (POST /v1/components) and write its function's name"
                )
            case _:
                message = "only constants, lists, dicts and calls of catalog names are allowed"
        return CallRefused(message, self._span(node))

    def _bare_name(self, node: ast.Name) -> CallRefused:
        mend = YAML_WORDS.get(node.id, f'"{node.id}"')
        return CallRefused(f"a bare name is not allowed: write {mend}", self._span(node), mend)

    def _dotted_name(self, node: ast.Attribute) -> CallRefused:
        """`tf.nn.relu` is "relu" in a spec, `Reduction.SUM` is "sum"."""
        word = node.attr.lower() if node.attr.isupper() else node.attr
        mend = f'"{word}"'
        return CallRefused(
            f"a name of Python's is not allowed: write Keras' word for it, {mend}", self._span(node), mend
        )

    def _constant(self, node: ast.Constant) -> Any:
        value = node.value
        if value is not None and not isinstance(value, bool | int | float | str):
            raise CallRefused(f"a {type(value).__name__} is no constant of a spec", self._span(node))
        return self._bounded(value, node) if isinstance(value, int | float) else value

    def _bounded(self, number: Any, node: ast.AST) -> Any:
        if (
            isinstance(number, complex)
            or number != number
            or abs(number) > (MAX_NUMBER if isinstance(number, int) else 1e300)
        ):
            raise CallRefused("this number is too large", self._span(node))
        return number

    def _number(self, node: ast.AST, depth: int) -> Any:
        value = self._value(node, depth)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise CallRefused("arithmetic is for numbers", self._span(node))
        return value

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Any:
        compute = OPERATORS.get(type(node.op))
        if compute is None:
            raise CallRefused("only + - * / // % ** are allowed", self._span(node))
        left, right = self._number(node.left, depth + 1), self._number(node.right, depth + 1)
        if isinstance(node.op, ast.Pow) and abs(right) > 64:
            raise CallRefused("an exponent is at most 64", self._span(node))
        try:
            return self._bounded(compute(left, right), node)
        except (ZeroDivisionError, OverflowError):
            raise CallRefused("this arithmetic has no finite result", self._span(node)) from None

    def _key(self, key: ast.AST | None, parent: ast.Dict) -> str:
        if isinstance(key, ast.Constant) and isinstance(key.value, str | int) and not isinstance(key.value, bool):
            return str(key.value)
        raise CallRefused("a key is a string or a whole number", self._span(key or parent))

    def _span(self, node: ast.AST) -> Span:
        """Characters of the text, first and last+1. The tree counts bytes within lines."""
        located: Any = node
        return self._offset(located.lineno, located.col_offset), self._offset(
            located.end_lineno, located.end_col_offset
        )

    def _offset(self, line: int, column: int) -> int:
        if line == 1 and self._is_plain:
            return self._indent + column
        before = b"".join(self._lines[: line - 1]) + self._lines[line - 1][:column]
        return self._indent + len(before.decode(errors="ignore"))


def _items(node: ast.Dict) -> list[tuple[ast.AST | None, ast.AST]]:
    return list(zip(node.keys, node.values, strict=True))
