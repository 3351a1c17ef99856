"""Checkpoints inside epochs; what was changed about a run under way, and which run it was made from."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('checkpoints', sa.Column('step', sa.BigInteger(), nullable=False, server_default='0'))
    with op.batch_alter_table('checkpoints') as table:
        table.alter_column('step', server_default=None)
    op.add_column('runs', sa.Column('live', sa.JSON(), nullable=True))
    op.add_column('runs', sa.Column('origin', sa.JSON(), nullable=True))


def downgrade() -> None:

    op.drop_column('runs', 'origin')
    op.drop_column('runs', 'live')
    op.drop_column('checkpoints', 'step')
