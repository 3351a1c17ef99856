"""Asking for runs by their scores and by their layers: what lies in JSON, in the words of either database."""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import literal
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean

from store.rows import Run

Sign = Literal["<", "<=", ">", ">=", "="]
LAST: Final = 1.7976931348623157e308
"""Where runs without a score stand among those that have one."""


@dataclass(frozen=True)
class ScoreIs:
    """A claim about a score: `val_loss < 0.4`."""

    metric: str
    sign: Sign
    bound: float


def score(metric: str) -> ColumnElement[float]:
    """The metric at the best epoch, else at the last one; NULL where there is none."""
    best, last = (column["metrics"][metric].as_float() for column in (Run.best, Run.last))
    return func.coalesce(best, last)


def score_or_last(metric: str, *, is_descending: bool) -> ColumnElement[float]:
    """To sort by: runs without the score come last either way."""
    return func.coalesce(score(metric), literal(-LAST if is_descending else LAST))


def has_score(asked: ScoreIs) -> ColumnElement[bool]:
    """True where the run has the score and the claim holds."""
    return score(asked.metric).op("=" if asked.sign == "=" else asked.sign, is_comparison=True)(asked.bound)


def has_layer(name: str) -> ColumnElement[bool]:
    """True where the model that was built, or the spec of the one that will be, has a layer of this class."""
    return _BuiltLayer(Run.summary, literal(name)) | _PlannedLayer(Run.spec, literal(name))


class _BuiltLayer(FunctionElement[bool]):
    """The run's summary lists a layer of this class."""

    type = Boolean()
    inherit_cache = True


class _PlannedLayer(FunctionElement[bool]):
    """The run's spec names a layer of this class, however deep."""

    type = Boolean()
    inherit_cache = True


def _clauses(element: FunctionElement[bool], compiler: SQLCompiler, kw: dict[str, object]) -> tuple[str, str]:
    column, name = (compiler.process(clause, **kw) for clause in element.clauses)
    return column, name


@compiles(_BuiltLayer, "sqlite")
def _built_in_sqlite(element: _BuiltLayer, compiler: SQLCompiler, **kw: object) -> str:
    column, name = _clauses(element, compiler, kw)
    return f"EXISTS (SELECT 1 FROM json_each({column}, '$.layers') AS built WHERE built.value ->> 'class' = {name})"


@compiles(_PlannedLayer, "sqlite")
def _planned_in_sqlite(element: _PlannedLayer, compiler: SQLCompiler, **kw: object) -> str:
    column, name = _clauses(element, compiler, kw)
    return (
        f"EXISTS (SELECT 1 FROM json_tree({column}, '$.model') AS planned WHERE planned.key = 'class_name' "
        f"AND planned.atom = {name} AND planned.path LIKE '%.layer')"
    )


@compiles(_BuiltLayer, "postgresql")
def _built_in_postgresql(element: _BuiltLayer, compiler: SQLCompiler, **kw: object) -> str:
    column, name = _clauses(element, compiler, kw)
    found = f"jsonb_path_query_array(CAST({column} AS jsonb), '$.layers[*].class')"
    return f"coalesce({found} @> to_jsonb(CAST({name} AS text)), false)"


@compiles(_PlannedLayer, "postgresql")
def _planned_in_postgresql(element: _PlannedLayer, compiler: SQLCompiler, **kw: object) -> str:
    column, name = _clauses(element, compiler, kw)
    found = f"jsonb_path_query_array(CAST({column} AS jsonb), '$.model.**.layer.class_name')"
    return f"coalesce({found} @> to_jsonb(CAST({name} AS text)), false)"
