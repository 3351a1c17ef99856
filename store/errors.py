"""What the store refuses, each as a class that the caller's one handler can draw.

StoreError
├── NotFound              no such row
├── RunIsFinal            the run has ended; it cannot be asked for anything any more
├── RunIsEnding           somebody has asked for its end; it can be neither paused nor resumed
├── RunIsActive           the run has not ended; it cannot be deleted yet
├── StaleAttempt          the write came from an attempt that does not hold the run (any more)
├── DatasetInUse          an unfinished run pins the data set
├── RunInUse              an unfinished run begins with its weights
├── DatasetGone           the data set was deleted while a run was being added
├── TooManyUploads        the caller has begun many and finished none
├── ComponentInUse        an unfinished run pins the component
├── ComponentGone         the component was deleted while a run was being added
├── NotAllowed            the caller sees it, and may not do this
├── AmbiguousProject      several projects could be meant
├── NameTaken             somebody or something bears the name already
├── LastOwner             a project would be left without an owner
├── OverQuota             a limit of a project or user does not allow so much
├── BadCursor             the cursor was not made by this list
├── BadSort               the list cannot be sorted by that
├── RequestDiffers        the Idempotency-Key was used before, for another request
├── BadBlobKey            the key could leave the blob store
├── BlobMissing           nothing is stored under the key
├── BackupRefused         no backup can be made of this, or it is not whole, or the home is not empty
├── BlobsAway             the service that keeps the blobs does not answer
├── DatabaseAway          no connection to the database
│   └── DatabaseFull      its disk is full
├── SchemaMismatch        the database's schema is not the one that this code was written for
├── SettingsRefused       the environment's settings are wrong or incomplete
└── BrokerUnavailable     the embedded Valkey cannot be started
"""

from collections.abc import Sequence


class StoreError(Exception):
    """The root of everything that the store refuses knowingly."""


class NotFound(StoreError):
    """No row of this kind has this id or name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"There is no {kind} {name!r}.")
        self.kind, self.name = kind, name


class RunIsFinal(StoreError):
    """The run has ended."""

    def __init__(self, run_id: str, status: str) -> None:
        super().__init__(f"The run {run_id} has ended already ({status}).")
        self.run_id, self.status = run_id, status


class RunIsEnding(StoreError):
    """The run has been asked to stop, or was cancelled."""

    def __init__(self, run_id: str, wanted: str) -> None:
        super().__init__(f"The run {run_id} is about to end: a {wanted} was asked for.")
        self.run_id, self.wanted = run_id, wanted


class RunIsActive(StoreError):
    """The run is queued, running or paused."""

    def __init__(self, run_id: str, status: str) -> None:
        super().__init__(f"The run {run_id} is still {status}: cancel it before deleting it.")
        self.run_id, self.status = run_id, status


class StaleAttempt(StoreError):
    """The attempt lost the run: its lease ran out, it was released, or the run has ended."""

    def __init__(self, run_id: str, attempt: int) -> None:
        super().__init__(f"Attempt {attempt} no longer holds the run {run_id}: nothing was written.")
        self.run_id, self.attempt = run_id, attempt


class DatasetInUse(StoreError):
    """Unfinished runs pin the data set."""

    def __init__(self, dataset_id: str, run_ids: Sequence[str]) -> None:
        super().__init__(f"The data set {dataset_id} is used by unfinished runs: {', '.join(run_ids)}.")
        self.dataset_id, self.run_ids = dataset_id, tuple(run_ids)


class RunInUse(StoreError):
    """Unfinished runs begin with the run's weights."""

    def __init__(self, run_id: str, run_ids: Sequence[str]) -> None:
        super().__init__(f"{run_id} is what unfinished runs begin with: {', '.join(run_ids)}.")
        self.run_id, self.run_ids = run_id, tuple(run_ids)


class DatasetGone(StoreError):
    """A data set of the new run was deleted in the meantime."""

    def __init__(self, dataset_ids: Sequence[str]) -> None:
        super().__init__(f"A data set was deleted in the meantime: one of {', '.join(dataset_ids)}.")
        self.dataset_ids = tuple(dataset_ids)


class TooManyUploads(StoreError):
    """So many uploads are unfinished that no other may begin."""

    def __init__(self, upload_ids: Sequence[str]) -> None:
        shown = ", ".join(upload_ids[:5])
        super().__init__(f"{len(upload_ids)} uploads are unfinished: go on with them, or delete some ({shown}, …).")
        self.upload_ids = tuple(upload_ids)


class ComponentInUse(StoreError):
    """Unfinished runs pin the component."""

    def __init__(self, component_id: str, run_ids: Sequence[str]) -> None:
        super().__init__(f"The component {component_id} is used by unfinished runs: {', '.join(run_ids)}.")
        self.component_id, self.run_ids = component_id, tuple(run_ids)


class ComponentGone(StoreError):
    """A component of the new run was deleted in the meantime."""

    def __init__(self, component_ids: Sequence[str]) -> None:
        super().__init__(f"A component was deleted in the meantime: one of {', '.join(component_ids)}.")
        self.component_ids = tuple(component_ids)


class NotAllowed(StoreError):
    """The caller may not do this; the message says what it wants, and who could."""


class AmbiguousProject(StoreError):
    """Nothing says which project is meant."""

    def __init__(self, name: str | None, found: Sequence[str]) -> None:
        which = "You are in several projects" if name is None else f"Several of your projects are named {name!r}"
        super().__init__(f"{which}: say which one is meant, as `project`: {', '.join(found)}.")
        self.name, self.found = name, tuple(found)


class NameTaken(StoreError):
    """The name is somebody's already."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"The name {name!r} is taken by another {kind}.")
        self.kind, self.name = kind, name


class LastOwner(StoreError):
    """Nobody would own the project."""

    def __init__(self, project_id: str) -> None:
        super().__init__("This is the project's last owner: make somebody else one first.")
        self.project_id = project_id


class OverQuota(StoreError):
    """A limit does not allow it: what is used, what is allowed, and how to mend it."""

    def __init__(self, what: str, *, used: str, asked: str | None, allowed: str, whose: str, mend: str) -> None:
        more = f" and {asked} more would be" if asked is not None else ""
        super().__init__(f"{what} of {whose}: {used} used{more}, {allowed} allowed. {mend}")
        self.what, self.used, self.allowed = what, used, allowed


class BadCursor(StoreError):
    """The cursor is damaged or belongs to another list or order."""

    def __init__(self) -> None:
        super().__init__("The cursor does not belong to this list: start again without `after`.")


class BadSort(StoreError):
    """The list cannot be sorted so."""

    def __init__(self, found: str, allowed: Sequence[str]) -> None:
        super().__init__(f"Cannot sort by {found!r}; allowed: {', '.join(allowed)}.")
        self.found, self.allowed = found, tuple(allowed)


class RequestDiffers(StoreError):
    """The same Idempotency-Key came with another request."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The Idempotency-Key {key!r} was used before for another request.")
        self.key = key


class BadBlobKey(StoreError):
    """The key is not a plain relative path."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key[:200]!r} is not a blob key: a relative path without '..', '.' or empty parts.")
        self.key = key


class BlobMissing(StoreError):
    """Nothing is stored under the key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Nothing is stored under {key!r}.")
        self.key = key


class BlobsAway(StoreError):
    """The service that keeps the blobs cannot be reached, or lets us not in."""


class DatabaseAway(StoreError):
    """The database cannot be reached."""


class DatabaseFull(DatabaseAway):
    """The database's disk is full: nothing was written."""


class SchemaMismatch(StoreError):
    """The database's revision is not the code's."""


class SettingsRefused(StoreError):
    """A setting is wrong or missing; the message names its environment variable."""


class BrokerUnavailable(StoreError):
    """The embedded Valkey cannot be started; the message says why and what to do."""


class BackupRefused(StoreError):
    """A backup cannot be made or restored as asked; nothing was changed."""
