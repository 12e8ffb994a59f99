"""The audit log: who did what and when, only added to; every row holds the digest of the row before.

Whatever changes a record is written in the same transaction as its row here, so that neither stands without the other.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from app.audit import anchors
from app.database.engine import Database
from app.database.tables import audit
from app.roles import Actor

FIRST_PREVIOUS = "0" * 64
_SEALED = ("number", "at", "actor", "action", "case_id", "detail", "previous")

Clock = Callable[[], datetime]


def clock() -> datetime:
    """The current instant, UTC."""
    return datetime.now(UTC)


def canonical(value: object) -> str:
    """The one JSON text of a value in the records."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def seal(row: Mapping[str, Any]) -> str:
    """SHA-256 over all columns of a row but its own digest."""
    return hashlib.sha256(canonical([row[name] for name in _SEALED]).encode()).hexdigest()


@dataclass
class Writing:
    """One writing transaction by one person. `at` is its time, on all that it writes."""

    connection: Connection
    actor: Actor
    at: str
    sealed: list[anchors.Anchor] = field(default_factory=list)

    def log(self, action: str, case_id: int | None = None, **detail: object) -> int:
        """Add a row to the audit log; returns its number."""
        number, previous = self._head()
        said = canonical({**detail, **({"address": self.actor.address} if self.actor.address else {})})
        row: dict[str, Any] = {
            "number": number + 1,
            "at": self.at,
            "actor": self.actor.name,
            "action": action,
            "case_id": case_id,
            "detail": said,
            "previous": previous,
        }
        row["digest"] = seal(row)
        self.connection.execute(insert(audit).values(row))
        self.sealed.append(anchors.Anchor(row["number"], row["digest"]))
        return number + 1

    def _head(self) -> tuple[int, str]:
        last = self.connection.execute(select(audit.c.number, audit.c.digest).order_by(audit.c.number.desc()).limit(1)).one_or_none()
        return (last.number, last.digest) if last else (0, FIRST_PREVIOUS)


class Ledger:
    """The records of one workspace: the database, the file that anchors its audit log, and the clock."""

    def __init__(self, database: Database, anchor_file: Path, now: Clock = clock) -> None:
        self.database = database
        self.anchor_file = anchor_file
        self.now = now

    def instant(self) -> str:
        """Now, as it stands in the records."""
        return self.now().astimezone(UTC).isoformat(timespec="microseconds")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See `Database.read`."""
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def writing(self, actor: Actor) -> Iterator[Writing]:
        """A transaction by `actor`; what it logged is anchored outside the database once it is committed. Raises StorageError."""
        with self.database.write() as connection:
            writing = Writing(connection, actor, self.instant())
            yield writing
        anchors.add(self.anchor_file, writing.sealed)


def history(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """What was done on a case, newest first: number, at, actor, action, detail (a dict)."""
    rows = connection.execute(select(audit).where(audit.c.case_id == case_id).order_by(audit.c.number.desc()))
    return [_read(row) for row in rows]


def newest(connection: Connection, most: int) -> list[dict[str, Any]]:
    """The newest rows of the whole log."""
    return [_read(row) for row in connection.execute(select(audit).order_by(audit.c.number.desc()).limit(most))]


def length(connection: Connection) -> int:
    """Rows in the log."""
    return int(connection.execute(select(func.count()).select_from(audit)).scalar_one())


def _read(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "detail": json.loads(row.detail)}
