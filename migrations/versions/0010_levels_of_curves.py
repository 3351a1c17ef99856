"""Long curves in short: of every 32 and 256 steps beyond the 4096th the lowest and the highest point."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

DRAW = """
INSERT INTO metric_levels (run_id, name, width, bucket, points, low, low_step, high, high_step)
SELECT run_id, name, {width}, bucket, {points}, min(low), min(CASE WHEN up = 1 THEN low_step END),
       max(high), min(CASE WHEN down = 1 THEN high_step END)
FROM (
    SELECT run_id, name, {bucket} AS bucket, {columns},
           row_number() OVER (PARTITION BY run_id, name, {bucket} ORDER BY {low} IS NULL, {low}, {low_step}) AS up,
           row_number() OVER (
               PARTITION BY run_id, name, {bucket} ORDER BY {high} IS NULL, {high} DESC, {high_step} DESC
           ) AS down
    FROM {table} WHERE {of_these}
) AS ranked
GROUP BY run_id, name, bucket
"""
POINT = {'low': 'value', 'low_step': 'step', 'high': 'value', 'high_step': 'step'}
LEVEL = {name: name for name in POINT}


def columns_of(names: dict[str, str]) -> str:
    return ', '.join(f'{name} AS {shown}' for shown, name in names.items())


def upgrade() -> None:
    op.create_table(
        'metric_levels',
        sa.Column('run_id', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('bucket', sa.BigInteger(), nullable=False),
        sa.Column('points', sa.Integer(), nullable=False),
        sa.Column('low', sa.Double(), nullable=True),
        sa.Column('low_step', sa.BigInteger(), nullable=False),
        sa.Column('high', sa.Double(), nullable=True),
        sa.Column('high_step', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_metric_levels_run_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('run_id', 'name', 'width', 'bucket', name=op.f('pk_metric_levels')),
        sqlite_with_rowid=False,
    )
    fine = {
        'width': 32,
        'points': 'count(*)',
        'bucket': 'step / 32',
        'columns': columns_of(POINT),
        'table': 'metrics',
        'of_these': 'step >= 4096',
    }
    coarse = {
        'width': 256,
        'points': 'sum(points)',
        'bucket': 'bucket / 8',
        'columns': 'points, ' + columns_of(LEVEL),
        'table': 'metric_levels',
        'of_these': 'width = 32',
    }
    op.execute(DRAW.format(**fine, **POINT))
    op.execute(DRAW.format(**coarse, **LEVEL))


def downgrade() -> None:
    op.drop_table('metric_levels')
