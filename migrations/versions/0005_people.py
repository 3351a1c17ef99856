"""Roles in projects, scopes of keys, invitations, limits, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

LIMITS = ('storage_limit', 'upload_limit', 'minutes_limit')


def upgrade() -> None:
    op.create_table('members',
    sa.Column('project_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_members_project_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_members_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('project_id', 'user_id', name=op.f('pk_members'))
    )
    op.create_index(op.f('ix_members_user_id'), 'members', ['user_id'], unique=False)
    op.create_table('invitations',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('project_id', sa.String(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_by', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_invitations_made_by'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_invitations_project_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['used_by'], ['users.id'], name=op.f('fk_invitations_used_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('hash', name=op.f('uq_invitations_hash'))
    )
    op.create_index(op.f('ix_invitations_project_id'), 'invitations', ['project_id'], unique=False)
    op.create_table('audit',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.String(), nullable=True),
    sa.Column('user_name', sa.String(), nullable=False),
    sa.Column('key_id', sa.String(), nullable=True),
    sa.Column('ip', sa.String(), nullable=False),
    sa.Column('operation', sa.String(), nullable=False),
    sa.Column('thing', sa.String(), nullable=True),
    sa.Column('project_id', sa.String(), nullable=True),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    op.create_index('ix_audit_at', 'audit', ['at', 'id'], unique=False)
    op.create_index('ix_audit_project', 'audit', ['project_id', 'at', 'id'], unique=False)
    with op.batch_alter_table('projects') as projects:
        projects.drop_constraint('uq_projects_name', type_='unique')
        projects.create_index('ix_projects_name', ['name'], unique=False)
        for limit in LIMITS:
            projects.add_column(sa.Column(limit, sa.BigInteger(), nullable=True))
    with op.batch_alter_table('users') as users:
        for limit in LIMITS:
            users.add_column(sa.Column(limit, sa.BigInteger(), nullable=True))
        users.add_column(sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True))
        users.add_column(sa.Column('home_id', sa.String(), nullable=True))
        users.create_foreign_key(op.f('fk_users_home_id'), 'projects', ['home_id'], ['id'])
    with op.batch_alter_table('keys') as keys:
        keys.add_column(sa.Column('scope', sa.String(length=16), nullable=False, server_default='admin'))
        keys.add_column(sa.Column('project_ids', sa.JSON(), nullable=True))
    with op.batch_alter_table('keys') as keys:
        keys.alter_column('scope', server_default=None)
    keep_the_audit_log()
    keep_everybody_where_they_were()


def keep_the_audit_log() -> None:
    """Entries are added, never changed: the database itself refuses."""
    if op.get_bind().dialect.name == 'sqlite':
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER audit_keeps_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_kept() RETURNS trigger AS $$ "
        "BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$ LANGUAGE plpgsql"
    )
    op.execute("CREATE TRIGGER audit_keeps BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_kept()")


def keep_everybody_where_they_were() -> None:
    """Before this everybody saw all projects: administrators own them from now on, the others may change what is there."""
    op.execute(
        "INSERT INTO members (project_id, user_id, role, created_at) "
        "SELECT projects.id, users.id, CASE WHEN users.is_admin THEN 'owner' ELSE 'editor' END, users.created_at "
        "FROM users CROSS JOIN projects"
    )
    op.execute("UPDATE users SET home_id = (SELECT projects.id FROM projects WHERE projects.name = 'default')")


def downgrade() -> None:
    with op.batch_alter_table('keys') as keys:
        keys.drop_column('project_ids')
        keys.drop_column('scope')
    with op.batch_alter_table('users') as users:
        users.drop_constraint('fk_users_home_id', type_='foreignkey')
        users.drop_column('home_id')
        users.drop_column('disabled_at')
        for limit in LIMITS:
            users.drop_column(limit)
    # What bears the same name is told apart by its id.
    op.execute(
        "UPDATE projects SET name = name || ' ' || id WHERE EXISTS "
        "(SELECT 1 FROM projects AS older WHERE older.name = projects.name AND older.id < projects.id)"
    )
    with op.batch_alter_table('projects') as projects:
        for limit in LIMITS:
            projects.drop_column(limit)
        projects.drop_index('ix_projects_name')
        projects.create_unique_constraint('uq_projects_name', ['name'])
    op.drop_table('audit')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION audit_is_kept()')
    op.drop_table('invitations')
    op.drop_table('members')
