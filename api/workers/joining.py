"""Machines that join as workers: who may invite them, what they are told, and what stands in the way."""

from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from api.parts import Parts
from api.problems import Conflict, Fault, Forbidden
from api.shapes import Page
from api.version import VERSION
from api.workers.code import Code, pack_code
from api.workers.schemas import Invitation, InvitationAsked, InvitationMade, Joined, JoinedCode, Joining
from store.access import Caller
from store.invitations import invite_worker, list_invitations, revoke_invitation
from store.keys import KeyKind
from store.schema import known_revisions
from store.settings import Settings

log = structlog.get_logger("api")


def invite(here: Parts, caller: Caller, body: InvitationAsked) -> InvitationMade:
    """A token for machines that will be told the database's password; refused at once where it would be of no use."""
    refuse_inner_addresses(here.settings)
    lifetime = timedelta(minutes=body.lifetime_minutes)
    with here.database.transaction() as session:
        key, token = invite_worker(session, user_id=caller.user.id, name=body.name, lifetime=lifetime)
    command = f"horngate worker join {here.settings.public_url} --token {token}"
    return InvitationMade(**Invitation.model_validate(key).model_dump(), token=token, command=command)


def list_open(here: Parts) -> Page[Invitation]:
    """Those that still let machines join: there are few."""
    with here.database.reading() as session:
        return Page(data=[Invitation.model_validate(key) for key in list_invitations(session)])


def revoke(here: Parts, invitation_id: str) -> None:
    """It lets nobody join any more; who has joined stays."""
    with here.database.transaction() as session:
        revoke_invitation(session, invitation_id)


def join(here: Parts, caller: Caller, body: Joining) -> Joined:
    """What a worker on another machine needs: addresses, secrets, and code of this very version."""
    refuse_uninvited(caller)
    refuse_inner_addresses(here.settings)
    revision = known_revisions()[-1]
    if (body.version, body.revision) not in ((None, None), (VERSION, revision)):
        raise Conflict(
            f"That checkout is Horngate {body.version} with tables of revision {body.revision}; this service is "
            f"{VERSION} with {revision}. Check out the same version there, or leave out --checkout: the service hands "
            "out its own code.",
            code="other_version",
        )
    code = pack_code()
    log.info("worker_joins", invitation=caller.key.id, host=body.host)
    return Joined(
        version=VERSION,
        revision=revision,
        code=JoinedCode(sha256=code.sha256, bytes=len(code.content)),
        settings=advertised(here.settings),
    )


def get_code(caller: Caller) -> Code:
    """The archive."""
    refuse_uninvited(caller)
    return pack_code()


def refuse_uninvited(caller: Caller) -> None:
    """A key that may do much else does not join."""
    if caller.key.kind != KeyKind.JOIN:
        raise Forbidden("A machine joins with an invitation: `horngate worker invite` makes one.", code="not_invited")


def advertised(settings: Settings) -> dict[str, str]:
    """The settings of a worker elsewhere, by the names of their variables."""
    secret = settings.s3_secret.get_secret_value() if settings.s3_secret else None
    told = {
        "mode": "team",
        "database_url": settings.worker_database_url or settings.database_url,
        "broker_url": settings.worker_broker_url or settings.broker_url,
        "blobs_url": settings.worker_blobs_url or settings.blobs_url,
        "s3_endpoint": settings.worker_s3_endpoint or settings.s3_endpoint,
        "s3_key": settings.s3_key,
        "s3_secret": secret,
        "s3_region": settings.s3_region,
        "link_places": ",".join(settings.link_places),
        "lease_seconds": str(settings.lease_seconds),
        "reconcile_seconds": str(settings.reconcile_seconds),
        "sandbox": settings.sandbox,
    }
    return {f"HORNGATE_{name.upper()}": value for name, value in told.items() if value}


def refuse_inner_addresses(settings: Settings) -> None:
    """Files and sockets of this machine are nothing to another one; raises Conflict with one fault for each."""
    told = advertised(settings)
    faults = []
    if told["HORNGATE_DATABASE_URL"].startswith("sqlite") or not host_of(told["HORNGATE_DATABASE_URL"]):
        faults.append(fault("DATABASE", "The database is a file or a socket of this machine", "a PostgreSQL over TCP"))
    if not host_of(told["HORNGATE_BROKER_URL"]):
        faults.append(fault("BROKER", "The broker listens on a socket of this machine", "a Valkey over TCP"))
    if told["HORNGATE_BLOBS_URL"].startswith("file:") and settings.worker_blobs_url is None:
        faults.append(fault("BLOBS", "The files lie in a folder of this machine", "S3, or a volume that workers share"))
    if faults:
        raise Conflict(
            "Workers on other machines cannot reach what this service keeps for itself. "
            + " ".join(fault.message for fault in faults)
            + " Local mode stays on one machine; docs/guides/operating.md says how a team's service is reached.",
            code="not_joinable",
            errors=faults,
        )


def fault(name: str, found: str, wanted: str) -> Fault:
    """One address that is of no use elsewhere, without the address itself: it may hold a password."""
    message = f"{found}: set HORNGATE_{name}_URL or HORNGATE_WORKER_{name}_URL to {wanted}."
    return Fault(pointer=f"/{name.lower()}_url", message=message, code="inner_address")


def host_of(url: str) -> str:
    """The host that an address names, or nothing."""
    return "" if url.startswith("redis+socket:") else urlsplit(url).hostname or ""
