"""All that people wrote on a case, read at once."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.audit import chain
from app.cases import cases, deciding
from graph.store.workspace import Workspace


@dataclass(frozen=True)
class Records:
    """All that was written on a case, as of one instant."""

    decisions: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    history: list[dict[str, Any]]

    @classmethod
    def of(cls, connection: Connection, workspace: Workspace, case_id: int) -> "Records":
        """Read them. Raises NoCase."""
        return cls(
            deciding.of_case(connection, workspace, case_id),
            cases.tasks_of(connection, case_id),
            cases.notes_of(connection, case_id),
            chain.history(connection, case_id),
        )
