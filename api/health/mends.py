"""What to do about a part that is away: the words of `/readyz`, for one machine and for a team."""

from typing import Final

LOCAL: Final = {
    "database": "Look into HOME/logs/api.log and migrate.log, and whether the disk of HOME is full: horngate doctor.",
    "broker": "Runs wait until it is back; `horngate up` starts it again. Its log: HOME/logs/valkey.log.",
    "worker": "Nothing trains without one; `horngate up` starts it again. Its log: HOME/logs/worker.log.",
    "predictor": "Predictions and shape checks wait for it; it takes a while to import TensorFlow. Its log: "
    "HOME/logs/predictor.log.",
    "boards": "TensorBoard waits for it. Its log: HOME/logs/boards.log.",
    "sandbox": "Components wait for it; HOME/logs/worker.log says what is missing. It needs Linux 5.13 or newer with "
    "Landlock among `lsm=`, and HORNGATE_SANDBOX=auto.",
    "files": "Uploads, checkpoints and results wait for it. Make room on the disk of HOME/blobs: horngate doctor.",
}
TEAM: Final = {
    "database": "Look whether PostgreSQL runs and HORNGATE_DATABASE_URL is right: docker compose ps postgres.",
    "broker": "Runs are queued and wait. Look whether Valkey runs and HORNGATE_BROKER_URL is right: docker compose ps "
    "valkey.",
    "worker": "Nothing trains without one: docker compose up -d worker, or `horngate worker start` where one has "
    "joined.",
    "predictor": "Predictions and shape checks wait for it: docker compose up -d predictor.",
    "boards": "TensorBoard waits for it: docker compose up -d boards.",
    "sandbox": "Components wait for it; the workers' logs say what is missing. It needs Linux 5.13 or newer with "
    "Landlock among `lsm=`, and HORNGATE_SANDBOX=auto.",
    "files": "Uploads, checkpoints and results wait for it. Look whether S3 runs and HORNGATE_BLOBS_URL, "
    "HORNGATE_S3_ENDPOINT and the key are right, or make room on the shared volume: horngate doctor says which.",
}
OLDER_TABLES: Final = "Bring the tables up to date: python -m store.migrate upgrade, then start the services again."


def mend_for(part: str, mode: str) -> str:
    """For this part, where the service runs in this mode."""
    return (LOCAL if mode == "local" else TEAM)[part]
