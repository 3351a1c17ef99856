"""Lists of a million runs: by project, by status, by tag, by part of a name.

A part of a name is found by an index where PostgreSQL has the extension `pg_trgm` and lets us make it, and else, as in
SQLite, by reading every name.
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

INDEXES = {
    'ix_runs_project': ['project_id', 'created_at', 'id'],
    'ix_runs_status': ['status', 'created_at', 'id'],
}
TAGS = 'CREATE INDEX ix_runs_tags ON runs USING gin ((CAST(tags AS jsonb)))'
WORDS = 'CREATE INDEX ix_runs_words ON runs USING gin (name gin_trgm_ops)'
MAY_HAVE_WORDS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') OR ("
    "EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted)"
    " AND has_database_privilege(current_database(), 'CREATE'))"
)

HAS_WORDS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_opclass WHERE opcname = 'gin_trgm_ops' AND pg_opclass_is_visible(oid))"
)


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, 'runs', columns)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(TAGS)
        if op.get_bind().scalar(MAY_HAVE_WORDS):
            op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')
            if op.get_bind().scalar(HAS_WORDS):  # the extension may stand in a schema where we do not look
                op.execute(WORDS)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP INDEX IF EXISTS ix_runs_words')
        op.execute('DROP INDEX ix_runs_tags')
    for name in reversed(INDEXES):
        op.drop_index(name, table_name='runs')
