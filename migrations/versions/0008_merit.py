"""How good an epoch's checkpoint is, so that the best of them can be kept."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('checkpoints', sa.Column('merit', sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column('checkpoints', 'merit')
