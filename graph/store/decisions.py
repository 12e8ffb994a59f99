"""What people decided, one JSON object a line in WORKSPACE/decisions.jsonl: only ever added to (see sealed_lines)."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from graph.errors import StorageError
from graph.store import files, sealed_lines
from graph.store.workspace import Workspace, exclusive


class Kind(StrEnum):
    """What can be decided."""

    EXCLUDE = "exclude"
    MUST_LINK = "must-link"
    CANNOT_LINK = "cannot-link"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Decision:
    """One record. `accounts`: whom it is about; `others`: whom they are kept apart from; `cluster_id`: which cluster it is about.

    Of a verdict on a cluster, `accounts` and `channels` (bits) are what it was then. `withdraws`: number of the decision that holds
    no longer.
    """

    kind: Kind
    by: str
    reason: str
    time: str  # ISO 8601, UTC
    accounts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    cluster_id: str | None = None
    channels: dict[str, float] = field(default_factory=dict)
    snapshot: str | None = None
    withdraws: int | None = None
    number: int = 0  # its line, from 1; set when it is stored
    previous: str = ""  # SHA-256 of the line before; set when it is stored

    @property
    def day(self) -> str:
        return self.time[:10]


def append(workspace: Workspace, decision: Decision) -> Decision:
    """Store `decision` as the last line and return it with its number. Raises StorageError, WorkspaceBusy."""
    with exclusive(workspace, ".decisions.lock"):
        lines = sealed_lines.read(workspace.decisions)
        _parsed(workspace, lines)  # nothing is added to a damaged file
        stored = replace(decision, number=len(lines) + 1, previous=sealed_lines.follows(lines[-1] if lines else None))
        sealed_lines.write(workspace.decisions, [*lines, sealed_lines.sealed(asdict(stored))])
    return stored


def rewrite(workspace: Workspace, change: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Put `change` of each record in its place and seal the lines anew; returns how many differ. For erasing an account alone.

    Raises StorageError, WorkspaceBusy.
    """
    with exclusive(workspace, ".decisions.lock"):
        lines = sealed_lines.read(workspace.decisions)
        _parsed(workspace, lines)
        values = [sealed_lines.unsealed(line) for line in lines]
        changed = [change(value) for value in values]
        differ: int = sum(one != other for one, other in zip(values, changed, strict=True))
        if differ:
            written: list[str] = []
            for value in changed:
                value["previous"] = sealed_lines.follows(written[-1] if written else None)
                written.append(sealed_lines.sealed(value))
            sealed_lines.write(workspace.decisions, written)
    return differ


def read(workspace: Workspace) -> tuple[Decision, ...]:
    """Every decision ever stored, oldest first. Raises StorageError naming the line that does not hold."""
    return _parsed(workspace, sealed_lines.read(workspace.decisions))


def in_force(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Those that nobody withdrew, and no withdrawals."""
    gone = {decision.withdraws for decision in decisions if decision.kind is Kind.WITHDRAW}
    return tuple(d for d in decisions if d.kind is not Kind.WITHDRAW and d.number not in gone)


def digest(decisions: tuple[Decision, ...]) -> str:
    """What a snapshot's manifest says of the decisions it heeded."""
    return hashlib.sha256(files.json_bytes([asdict(decision) for decision in decisions])).hexdigest()


def _parsed(workspace: Workspace, lines: list[str]) -> tuple[Decision, ...]:
    found: list[Decision] = []
    for number, (before, line) in enumerate(zip([None, *lines], lines, strict=False), start=1):
        try:
            decision = _decision(sealed_lines.unsealed(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _damaged(workspace, number, f"is no decision ({error})") from error
        if decision.number != number or decision.previous != sealed_lines.follows(before):
            raise _damaged(workspace, number, "does not follow the line before it: one of them was changed or removed")
        found.append(decision)
    return tuple(found)


def _decision(value: dict[str, Any]) -> Decision:
    listed = {key: tuple(value[key]) for key in ("accounts", "others")}
    return Decision(**{**value, **listed, "kind": Kind(value["kind"])})


def _damaged(workspace: Workspace, number: int, fault: str) -> StorageError:
    return StorageError(f"{workspace.decisions}: line {number} {fault}. Restore the file from a backup.")
