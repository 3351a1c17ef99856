"""Which API key a browser's session was opened with: it opens nothing any more once that key was revoked."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('keys', sa.Column('opened_by', sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column('keys', 'opened_by')
