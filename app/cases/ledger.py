"""Open the records of a workspace: made or migrated where needed, and what a crash left half done, finished."""

from app.audit.chain import Clock, Ledger, clock
from app.cases import deciding
from app.database.engine import Database
from app.database.upgrade import upgrade
from app.roles import Actor, Role
from app.settings import AppSettings, anchors_file
from graph.store.workspace import Workspace

ITSELF = Actor("clew", Role.ADMIN)  # of what the program does by itself


def open_ledger(workspace: Workspace, settings: AppSettings, now: Clock = clock) -> Ledger:
    """The ledger of `workspace`. Raises DataRefused, StorageError."""
    database = Database(settings.database)
    upgrade(database)
    ledger = Ledger(database, anchors_file(workspace), now)
    deciding.settle(ledger, workspace, ITSELF)
    return ledger
