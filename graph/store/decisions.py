"""What people decided, one JSON object a line in WORKSPACE/decisions.jsonl: only ever added to, each line sealed by the next.

The file is replaced whole, so a reader sees all lines or all but the newest. Every record holds the SHA-256 of the line before
it, and of itself: a line that was changed or taken out of the middle is noticed.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from graph.errors import StorageError
from graph.store import files
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
        lines = _lines(workspace)
        _parsed(workspace, lines)  # nothing is added to a damaged file
        stored = replace(decision, number=len(lines) + 1, previous=_seal(lines[-1]) if lines else "")
        line = _sealed(asdict(stored))
        files.write_bytes(workspace.decisions, "".join(f"{text}\n" for text in (*lines, line)).encode())
    return stored


def rewrite(workspace: Workspace, change: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Put `change` of each record in its place and seal the lines anew; returns how many differ. For erasing an account alone.

    Raises StorageError, WorkspaceBusy.
    """
    with exclusive(workspace, ".decisions.lock"):
        lines = _lines(workspace)
        _parsed(workspace, lines)
        values = [_unsealed(line) for line in lines]
        changed = [change(value) for value in values]
        differ: int = sum(one != other for one, other in zip(values, changed, strict=True))
        if differ:
            written: list[str] = []
            for value in changed:
                value["previous"] = _seal(written[-1]) if written else ""
                written.append(_sealed(value))
            files.write_bytes(workspace.decisions, "".join(f"{line}\n" for line in written).encode())
    return differ


def read(workspace: Workspace) -> tuple[Decision, ...]:
    """Every decision ever stored, oldest first. Raises StorageError naming the line that does not hold."""
    return _parsed(workspace, _lines(workspace))


def in_force(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Those that nobody withdrew, and no withdrawals."""
    gone = {decision.withdraws for decision in decisions if decision.kind is Kind.WITHDRAW}
    return tuple(d for d in decisions if d.kind is not Kind.WITHDRAW and d.number not in gone)


def digest(decisions: tuple[Decision, ...]) -> str:
    """What a snapshot's manifest says of the decisions it heeded."""
    return hashlib.sha256(files.json_bytes([asdict(decision) for decision in decisions])).hexdigest()


def _lines(workspace: Workspace) -> list[str]:
    if not workspace.decisions.exists():
        return []
    with files.storage_errors(workspace.decisions):
        content = workspace.decisions.read_bytes()
    return content.decode("utf-8", "replace").removesuffix("\n").split("\n") if content else []


def _seal(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _sealed(value: dict[str, Any]) -> str:
    """The line of a record, its own SHA-256 as `seal` among it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return json.dumps({**value, "seal": _seal(text)}, sort_keys=True, ensure_ascii=True, allow_nan=False)


def _unsealed(line: str) -> dict[str, Any]:
    """The record of a line. Raises ValueError where its seal is not of it; lines from before seals have none."""
    value: dict[str, Any] = json.loads(line)
    if value.pop("seal", None) is not None and line != _sealed(value):
        raise ValueError("its seal is of another text")
    return value


def _parsed(workspace: Workspace, lines: list[str]) -> tuple[Decision, ...]:
    found: list[Decision] = []
    for number, line in enumerate(lines, start=1):
        try:
            decision = _decision(_unsealed(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _damaged(workspace, number, f"is no decision ({error})") from error
        if decision.number != number or decision.previous != (_seal(lines[number - 2]) if number > 1 else ""):
            raise _damaged(workspace, number, "does not follow the line before it: one of them was changed or removed")
        found.append(decision)
    return tuple(found)


def _decision(value: dict[str, Any]) -> Decision:
    listed = {key: tuple(value[key]) for key in ("accounts", "others")}
    return Decision(**{**value, **listed, "kind": Kind(value["kind"])})


def _damaged(workspace: Workspace, number: int, fault: str) -> StorageError:
    return StorageError(f"{workspace.decisions}: line {number} {fault}. Restore the file from a backup.")
