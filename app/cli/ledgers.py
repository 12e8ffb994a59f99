"""The records of a workspace for the verbs that need them. SQLAlchemy takes half a second to import; the other verbs do not wait for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.roles import Actor, Role
from app.settings import read_settings
from graph.store.workspace import open_workspace

if TYPE_CHECKING:
    from app.audit.chain import Ledger

OPERATOR = Actor("command line", Role.ADMIN)


def ledger_of(workspace: Path) -> Ledger:
    """The ledger of the workspace at a path. Raises UsageError, DataRefused, StorageError."""
    from app.cases.ledger import open_ledger

    space = open_workspace(workspace)
    return open_ledger(space, read_settings(space))
