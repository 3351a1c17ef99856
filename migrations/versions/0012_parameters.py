"""What of a run's spec one would vary, beside it: lists show it without reading the spec. Older runs show nothing of it."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('parameters', sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'parameters')
