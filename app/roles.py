"""Who may do what, on one screen. Whatever no role grants, nobody may do."""

from dataclasses import dataclass
from enum import StrEnum

from graph.errors import ClewError


class Permission(StrEnum):
    """One thing that can be allowed."""

    LOOK = "look"  # at pages and their data
    WORK = "work"  # on cases: notes, tasks, status, decisions that one person may take
    PROMPTS = "read raw prompts"
    EXPORT = "export"  # bundles with redaction, action lists
    EXPORT_FULL = "export without redaction"
    APPROVE = "approve"  # what a colleague proposes
    AUDIT = "read the audit log"


class Role(StrEnum):
    """What a user is; each role may do all that the one before may."""

    VIEWER = "viewer"
    INVESTIGATOR = "investigator"
    APPROVER = "approver"
    ADMIN = "admin"


_ADDS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.LOOK}),
    Role.INVESTIGATOR: frozenset({Permission.WORK, Permission.PROMPTS, Permission.EXPORT}),
    Role.APPROVER: frozenset({Permission.APPROVE, Permission.EXPORT_FULL}),
    Role.ADMIN: frozenset({Permission.AUDIT}),
}


class NotAllowed(ClewError):
    """The role of whoever asks does not grant it."""

    exit_code = 2


def granted(role: Role) -> frozenset[Permission]:
    """All that `role` may do."""
    order = list(Role)
    return frozenset().union(*(_ADDS[lower] for lower in order[: order.index(role) + 1]))


@dataclass(frozen=True)
class Actor:
    """Whoever acts. `address`: where the request came from, empty on the command line."""

    name: str
    role: Role
    address: str = ""

    def may(self, permission: Permission) -> bool:
        """Does the role grant it?"""
        return permission in granted(self.role)

    def must(self, permission: Permission) -> None:
        """Raises NotAllowed where the role does not grant it."""
        if not self.may(permission):
            raise NotAllowed(f"{self.name} is {self.role}, which does not allow to {permission}. Ask an administrator for another role.")
