"""What the predictor runs of users' code: with a working sandbox any, without one none."""

import structlog

from store.errors import SettingsRefused
from store.settings import Settings
from worker.mother.owner import MotherKeeper, MotherUnavailable
from worker.predictor.children import NoSandbox
from worker.sandbox.working import REMEDY, Sandbox, require_sandbox

log = structlog.get_logger()


def try_sandbox(settings: Settings, mother: MotherKeeper) -> Sandbox:
    """Wait for the mother and have a child of hers try to get out; raises SettingsRefused, and ends the mother then."""
    while True:
        try:
            return require_sandbox(settings, mother)
        except MotherUnavailable as error:
            log.warning("sandbox_not_tried", reason=str(error))
        except SettingsRefused:
            mother.close()
            raise


def require_working(sandbox: Sandbox) -> None:
    """Raise NoSandbox, with what is missing and how to mend it."""
    if not sandbox.works:
        raise NoSandbox(f"Uploaded code runs in a sandbox only, and the predictor has none. {sandbox.detail} {REMEDY}")
