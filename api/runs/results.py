"""What a run shows and leaves: curves, log, summary, checkpoints, the list of its files."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from api.parts import Parts
from api.problems import NotThereYet
from api.runs.result_schemas import (
    Artifact,
    Checkpoint,
    FileHash,
    Metrics,
    MetricsAsked,
    Series,
    Sketch,
    Sketches,
    SketchesAsked,
    Summary,
)
from api.shapes import Page
from store import events, results, rows, runs, series, windows
from store.access import Caller


def read_metrics(here: Parts, caller: Caller, run_id: str, asked: MetricsAsked) -> Metrics:
    """Curves, thinned by the store."""
    names = [name for part in asked.names or () for name in part.split(",") if name]
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        if asked.first is None and asked.last is None and not asked.times:
            found: Sequence[series.Series] = series.read_series(session, run_id, names or None, asked.max_points)
        else:
            ends = {"first": asked.first, "last": asked.last}
            found = windows.read_windows(session, run_id, names or None, asked.max_points, timed=asked.times, **ends)
    return Metrics(series=[Series.model_validate(curve) for curve in found])


def read_sketches(here: Parts, caller: Caller, asked: SketchesAsked) -> Sketches:
    """Of the runs that the caller may see."""
    with here.database.reading() as session:
        found = windows.read_sketches(session, asked.run, asked.names, asked.max_points)
    shown = {run: [Series.model_validate(curve) for curve in curves] for run, curves in found.items() if curves}
    return Sketches(data=[Sketch(run=run, series=curves) for run, curves in shown.items()])


def read_summary(here: Parts, caller: Caller, run_id: str) -> Summary:
    """The model's layers; raises NotThereYet before the model is built."""
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
    if run.summary is None:
        raise NotThereYet(f"The model of {run_id} has not been built yet ({run.status}).", code="no_summary_yet")
    return Summary.model_validate(run.summary)


def list_checkpoints(here: Parts, caller: Caller, run_id: str) -> Page[Checkpoint]:
    """All of them: there are few."""
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        found = results.list_checkpoints(session, run_id)
    ranks = results.rank_checkpoints(found)
    return Page(data=[show_checkpoint(checkpoint, ranks.get(checkpoint.id)) for checkpoint in found])


def show_checkpoint(checkpoint: rows.Checkpoint, rank: int | None) -> Checkpoint:
    """A row with its manifest as a list."""
    columns = {column.key: getattr(checkpoint, column.key) for column in rows.Checkpoint.__table__.columns}
    manifest: dict[str, Any] = checkpoint.manifest
    files = [FileHash(path=path, **about) for path, about in sorted(manifest.items())]
    return Checkpoint.model_validate({**columns, "files": files, "rank": rank})


def list_artifacts(here: Parts, caller: Caller, run_id: str) -> Page[Artifact]:
    """All of them: there are few."""
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        found = results.list_artifacts(session, run_id)
        tried = events.read_exports(session, run_id)
    return Page(data=[show_artifact(artifact, tried.get(artifact.path)) for artifact in found])


def show_artifact(artifact: rows.Artifact, export: dict[str, Any] | None) -> Artifact:
    """A row with the address of its bytes, and what was found when it was tried."""
    columns = {column.key: getattr(artifact, column.key) for column in rows.Artifact.__table__.columns}
    href = f"/v1/runs/{artifact.run_id}/artifacts/{quote(artifact.path)}"
    return Artifact.model_validate({**columns, "href": href, "export": export})
