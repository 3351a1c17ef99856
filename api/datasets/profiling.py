"""Having an uploaded file profiled, by a child process of the predictor's that is closed in with it."""

from typing import Final

import httpx
from fastapi.concurrency import run_in_threadpool

from api.datasets.receiving import Upload
from api.parts import Parts
from api.problems import Away, DiskFull, Fault, Refused
from models_lib.spec.dataset import DatasetProfile
from store.quarantine import new_quarantine_key

PATIENCE: Final = httpx.Timeout(600, connect=2)


async def ask_profile(here: Parts, upload: Upload) -> DatasetProfile:
    """The file's profile; raises Refused where it is no table, DiskFull, Away where nobody can look."""
    key = new_quarantine_key()
    await run_in_threadpool(here.blobs.put_file, key, upload.path)
    try:
        answer = await here.predictor.post(
            "/profiles", json={"blob": key, "filename": upload.filename}, timeout=PATIENCE
        )
    except httpx.TransportError as error:
        raise away() from error
    finally:
        await run_in_threadpool(here.blobs.delete, key)
    return read_profile(answer)


def read_profile(answer: httpx.Response) -> DatasetProfile:
    """What the predictor said."""
    if answer.status_code == 200:
        return DatasetProfile.model_validate(answer.json()["profile"])
    if answer.status_code == 422:
        faults = [Fault.model_validate(fault) for fault in answer.json()["faults"]]
        raise Refused(faults[0].message, code="data_refused", errors=faults)
    raise DiskFull if answer.status_code == 507 else away()


def away() -> Away:
    """Nothing was kept; sending the file again is safe."""
    return Away(
        "The predictor, which reads uploaded files, does not answer. Send the file again.", code="predictor_away"
    )
