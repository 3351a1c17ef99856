"""What of the machines a run cannot do without, and the places of workers that train one run together."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('gpus', sa.Integer(), server_default='0', nullable=False))
    op.add_column('runs', sa.Column('workers', sa.Integer(), server_default='1', nullable=False))
    op.create_table(
        'seats',
        sa.Column('run_id', sa.String(), nullable=False),
        sa.Column('attempt', sa.Integer(), nullable=False),
        sa.Column('rank', sa.Integer(), nullable=False),
        sa.Column('worker_id', sa.String(), nullable=True),
        sa.Column('address', sa.String(), nullable=True),
        sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('left', sa.String(), nullable=True),
        sa.Column('failure', sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_seats_run_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('run_id', 'attempt', 'rank', name=op.f('pk_seats')),
    )


def downgrade() -> None:
    op.drop_table('seats')
    op.drop_column('runs', 'workers')
    op.drop_column('runs', 'gpus')
