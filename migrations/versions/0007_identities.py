"""Who signs in at an OpenID provider: the e-mail by which they are expected, their subject there, sign-ins under way."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('users', sa.Column('email', sa.String(), nullable=True))
    op.create_index(op.f('ix_users_email'), 'users', ['email'], unique=True)
    op.create_table(
        'identities',
        sa.Column('issuer', sa.String(), nullable=False),
        sa.Column('subject', sa.String(), nullable=False),
        sa.Column('user_id', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_identities_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_identities')),
    )
    op.create_index(op.f('ix_identities_user_id'), 'identities', ['user_id'], unique=False)
    op.create_table(
        'sign_ins',
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('nonce', sa.String(), nullable=False),
        sa.Column('verifier', sa.String(), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('hash', name=op.f('pk_sign_ins')),
    )


def downgrade() -> None:
    op.drop_table('sign_ins')
    op.drop_table('identities')
    op.drop_index(op.f('ix_users_email'), table_name='users')
    op.drop_column('users', 'email')
