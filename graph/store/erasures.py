"""What was erased on request, one JSON object a line in WORKSPACE/erasures.jsonl: only ever added to (see sealed_lines).

No account stands there, but a pseudonym under the workspace's key: whoever has the key and the account can tell that it was erased,
nobody else. An erasure is written when it begins and when it is done, so that one that broke off is seen.
"""

from typing import Any

from graph.errors import StorageError
from graph.store import sealed_lines
from graph.store.workspace import Workspace

BEGUN, DONE = "begun", "done"


def append(workspace: Workspace, record: dict[str, Any]) -> dict[str, Any]:
    """Store `record` (state, account, at, and what was done) as the last line; returns it with number and seal. The caller holds the
    workspace. Raises StorageError."""
    lines = sealed_lines.read(workspace.erasures)
    _parsed(workspace, lines)  # nothing is added to a damaged file
    stored = {**record, "number": len(lines) + 1, "previous": sealed_lines.follows(lines[-1] if lines else None)}
    sealed_lines.write(workspace.erasures, [*lines, sealed_lines.sealed(stored)])
    return stored


def read(workspace: Workspace) -> list[dict[str, Any]]:
    """Every record, oldest first. Raises StorageError naming the line that does not hold."""
    return _parsed(workspace, sealed_lines.read(workspace.erasures))


def pseudonyms(workspace: Workspace) -> frozenset[str]:
    """The accounts, as pseudonyms, whose erasure was at least begun."""
    return frozenset(record["account"] for record in read(workspace))


def check(workspace: Workspace) -> None:
    """Raises StorageError where a line does not hold, or an erasure was begun and is not done."""
    open_since: dict[str, int] = {}
    for record in read(workspace):
        if record["state"] == BEGUN:
            open_since.setdefault(record["account"], record["number"])
        else:
            open_since.pop(record["account"], None)
    if open_since:
        number = min(open_since.values())
        raise StorageError(f"{workspace.erasures}: the erasure of line {number} broke off. Run `clew erase` for that account again.")


def _parsed(workspace: Workspace, lines: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, (before, line) in enumerate(zip([None, *lines], lines, strict=False), start=1):
        try:
            record = sealed_lines.unsealed(line)
            good = record["number"] == number and record["previous"] == sealed_lines.follows(before)
            good = good and record["state"] in (BEGUN, DONE) and isinstance(record["account"], str)
        except (ValueError, TypeError, KeyError, AttributeError):
            good = False
        if not good:
            raise StorageError(f"{workspace.erasures}: line {number} does not hold: it was changed, or one was removed. Restore the file.")
        found.append(record)
    return found
