"""What a page works on: the newest night, and the records of people's work."""

from dataclasses import dataclass

from app.audit.chain import Ledger
from app.queries.night import Nights
from graph.store.workspace import Workspace


@dataclass(frozen=True)
class Desk:
    """One for all pages of an app."""

    nights: Nights
    ledger: Ledger

    @property
    def workspace(self) -> Workspace:
        return self.nights.workspace
