"""How good an epoch's checkpoint is, so that the best of them can be kept; which waiting runs pause, found by an index."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


QUEUED = sa.text("status = 'queued'")


def upgrade() -> None:
    op.add_column('checkpoints', sa.Column('merit', sa.Double(), nullable=True))
    op.create_index(
        'ix_runs_due',
        'runs',
        ['available_at', 'queue', 'id'],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )


def downgrade() -> None:
    op.drop_index('ix_runs_due', table_name='runs')
    op.drop_column('checkpoints', 'merit')
