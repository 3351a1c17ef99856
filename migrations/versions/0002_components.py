"""Components: uploaded Python source, and the runs that pin it."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('components',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('project_id', sa.String(), nullable=False),
    sa.Column('owner_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('manifest', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_components_owner_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_components_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_components')),
    sa.UniqueConstraint('project_id', 'name', 'version', name=op.f('uq_components_project_id_name_version'))
    )
    op.create_index(op.f('ix_components_sha256'), 'components', ['sha256'], unique=False)

    op.create_table('run_components',
    sa.Column('run_id', sa.String(), nullable=False),
    sa.Column('component_id', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['component_id'], ['components.id'], name=op.f('fk_run_components_component_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_run_components_run_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'component_id', name=op.f('pk_run_components'))
    )
    op.create_index(op.f('ix_run_components_component_id'), 'run_components', ['component_id'], unique=False)


def downgrade() -> None:

    op.drop_table('run_components')
    op.drop_table('components')
