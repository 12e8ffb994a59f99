"""Does the audit log still say what was written? Names the first row that does not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.audit.anchors import Anchor
from app.audit.chain import FIRST_PREVIOUS, seal
from app.database.tables import audit

_BATCH = 10_000


@dataclass(frozen=True)
class Verdict:
    """`row`: number of the first bad row, None where all hold. `head`: the last row that holds."""

    rows: int
    head: Anchor
    row: int | None = None
    fault: str = ""

    @property
    def ok(self) -> bool:
        return self.row is None


def verify(connection: Connection, anchors: Iterable[Anchor]) -> Verdict:
    """Read the whole log in order and compare each row with its digest, the row before, and the anchors."""
    held: dict[int, set[str]] = {}
    for anchor in anchors:
        held.setdefault(anchor.number, set()).add(anchor.digest)
    head, rows = Anchor(0, FIRST_PREVIOUS), 0
    query = select(audit).order_by(audit.c.number).execution_options(yield_per=_BATCH)
    with connection.execute(query) as found:  # a few rows at a time, however long the log is
        for row in found.mappings():
            if fault := _fault(dict(row), head, held.get(row["number"], set())):
                return Verdict(rows, head, head.number + 1, fault)
            head, rows = Anchor(row["number"], row["digest"]), rows + 1
    if held and max(held) > head.number:
        return Verdict(rows, head, head.number + 1, f"was cut off: the anchors know rows up to {max(held)}")
    return Verdict(rows, head)


def _fault(row: Mapping[str, Any], before: Anchor, held: set[str]) -> str:
    if row["number"] != before.number + 1:
        return f"is missing; row {row['number']} follows"
    if row["digest"] != seal(row):
        return "was edited: it does not give its own digest"
    if row["previous"] != before.digest:
        return "does not follow the row before it: one of them was replaced or moved"
    return "is not the row that was anchored: the log was written anew from here" if held - {row["digest"]} else ""
