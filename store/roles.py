"""What people may do: a role in a project, and a key's scope, which is the most that the key does of it."""

from enum import StrEnum


class Role(StrEnum):
    """What a member of a project may do there; each may all that stands before it."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    def covers(self, least: "Role") -> bool:
        """Whether who has this role may do what `least` may."""
        return ORDER.index(self) >= ORDER.index(least)


class Scope(StrEnum):
    """How far a key goes: it reads; it changes what belongs to projects, too; or it does all that its user may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def covers(self, least: "Scope") -> bool:
        """Whether this scope goes as far as `least`."""
        return SCOPES.index(self) >= SCOPES.index(least)

    def cap(self, role: Role) -> Role:
        """What is left of a role under this scope."""
        most = ORDER[SCOPES.index(self)]
        return role if most.covers(role) else most


ORDER = tuple(Role)
SCOPES = tuple(Scope)
