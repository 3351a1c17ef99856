"""How many runs of a user or a project run at once; how many workers were lost with a run; who is next."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

QUEUED = sa.text("status = 'queued'")


def upgrade() -> None:
    op.add_column('projects', sa.Column('running_limit', sa.Integer(), nullable=True))
    op.add_column('users', sa.Column('running_limit', sa.Integer(), nullable=True))
    op.add_column('runs', sa.Column('losses', sa.Integer(), nullable=False, server_default='0'))
    op.create_index(
        'ix_runs_line',
        'runs',
        ['owner_id', sa.text('priority DESC'), 'created_at', 'id', 'queue'],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )


def downgrade() -> None:
    op.drop_index('ix_runs_line', table_name='runs')
    op.drop_column('runs', 'losses')
    op.drop_column('users', 'running_limit')
    op.drop_column('projects', 'running_limit')
