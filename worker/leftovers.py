"""What a worker that was killed left on this disk."""

import shutil

from sqlalchemy import select

from store.lifecycle import Status
from store.rows import Run
from worker.workshop import Workshop


def remove_leftovers(workshop: Workshop) -> None:
    """Remove the folders of attempts that no worker trains any more; workers on one machine may share the folder."""
    root = workshop.settings.home / "runs"
    folders = [folder for run in root.glob("*") for folder in run.glob("*")]
    with workshop.database.reading() as session:
        statement = select(Run.id, Run.attempt).where(Run.status == Status.RUNNING)
        under_way = {(run_id, str(attempt)) for run_id, attempt in session.execute(statement)}
    for folder in folders:
        if (folder.parent.name, folder.name) not in under_way:
            shutil.rmtree(folder, ignore_errors=True)
