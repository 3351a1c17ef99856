"""The doctor's report of a component: its source goes to the predictor, whose children run it object by object."""

from typing import Final

import httpx
from fastapi.concurrency import run_in_threadpool

from api.components import service
from api.components.describing import ask_description, away, refuse_without_sandbox, source_of
from api.components.schemas import Asked, ComponentChecked, DoctorReport
from api.parts import Parts
from api.problems import Fault, Refused
from models_lib.spec.components import ComponentManifest
from models_lib.spec.names import did_you_mean, nearest
from store.access import Caller

PATIENCE: Final = httpx.Timeout(1200, connect=2)


async def check_component(here: Parts, caller: Caller, reference: str, asked: Asked) -> DoctorReport:
    """The report of a version that is kept; raises NotFound, Refused, Away."""
    kept = await run_in_threadpool(service.get_component, here, caller, reference)
    source = await run_in_threadpool(service.get_source, here, caller, kept.id)
    manifest = ComponentManifest(objects=tuple(kept.objects))
    report = await ask_report(here, kept.name, source.files, manifest, asked)
    return DoctorReport(component=kept.name, version=kept.version, **report)


async def check_source(here: Parts, caller: Caller, body: ComponentChecked) -> DoctorReport:
    """The report of source that is not kept; raises Refused, Away."""
    await run_in_threadpool(service.find_place, here, caller, body.project)
    files = source_of(body)
    described = await ask_description(here, body.name, {"files": files})
    report = await ask_report(here, body.name, files, described.manifest, body)
    return DoctorReport(component=body.name, version=None, **report)


async def ask_report(
    here: Parts, name: str, files: dict[str, str], manifest: ComponentManifest, asked: Asked
) -> dict[str, object]:
    """What the predictor's doctor says of the objects that are asked for, all where none is."""
    refuse_unknown(manifest, asked)
    objects = asked.objects or list(manifest.by_name)
    question = {"name": name, "files": files, "objects": objects, "config": asked.config, "code": asked.code}
    try:
        answer = await here.predictor.post("/examinations", json=question, timeout=PATIENCE)
    except httpx.TransportError as error:
        raise away() from error
    refuse_without_sandbox(answer)
    if answer.status_code != 200:
        raise away()
    return dict(answer.json())


def refuse_unknown(manifest: ComponentManifest, asked: Asked) -> None:
    """Raise Refused for names that the component has not."""
    named = [("objects", asked.objects), ("code", asked.code), ("config", list(asked.config))]
    faults = [
        Fault(
            pointer=f"/{field}/{name if field == 'config' else at}",
            message=f"the component has no {name!r}{did_you_mean(nearest(name, manifest.by_name))}",
            code="unknown_name",
            found=name,
            allowed=list(manifest.by_name),
            did_you_mean=nearest(name, manifest.by_name),
        )
        for field, names in named
        for at, name in enumerate(names)
        if name not in manifest.by_name
    ]
    if faults:
        raise Refused(faults[0].message, code="unknown_object", errors=faults)
