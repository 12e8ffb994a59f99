"""What was erased on request, one JSON object a line in WORKSPACE/erasures.jsonl: only ever added to, each line sealed by itself and
by the next.

No account stands there, but a pseudonym under the workspace's key: whoever has the key and the account can tell that it was erased,
nobody else. An erasure is written when it begins and when it is done, so that one that broke off is seen.
"""

import hashlib
import json
from typing import Any

from graph.errors import StorageError
from graph.store import files
from graph.store.workspace import Workspace

BEGUN, DONE = "begun", "done"
_FIRST = ""


def append(workspace: Workspace, record: dict[str, Any]) -> dict[str, Any]:
    """Store `record` (state, account, at, and what was done) as the last line; returns it with number and seal. The caller holds the
    workspace. Raises StorageError."""
    lines = _lines(workspace)
    _parsed(workspace, lines)  # nothing is added to a damaged file
    stored = {**record, "number": len(lines) + 1, "previous": _seal(lines[-1]) if lines else _FIRST}
    line = _sealed(stored)
    files.write_bytes(workspace.erasures, "".join(f"{text}\n" for text in (*lines, line)).encode())
    return stored


def read(workspace: Workspace) -> list[dict[str, Any]]:
    """Every record, oldest first. Raises StorageError naming the line that does not hold."""
    return _parsed(workspace, _lines(workspace))


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


def _lines(workspace: Workspace) -> list[str]:
    if not workspace.erasures.exists():
        return []
    with files.storage_errors(workspace.erasures):
        content = workspace.erasures.read_bytes()
    return content.decode("utf-8", "replace").removesuffix("\n").split("\n") if content else []


def _seal(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _sealed(record: dict[str, Any]) -> str:
    """The line of a record, its own SHA-256 as `seal` among it."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return json.dumps({**record, "seal": _seal(text)}, sort_keys=True, ensure_ascii=True, allow_nan=False)


def _parsed(workspace: Workspace, lines: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            good = record.pop("seal", None) is None or line == _sealed(record)  # lines from before seals have none
            good = good and record["number"] == number and record["previous"] == (_seal(lines[number - 2]) if number > 1 else _FIRST)
            good = good and record["state"] in (BEGUN, DONE) and isinstance(record["account"], str)
        except (ValueError, TypeError, KeyError):
            good = False
        if not good:
            raise StorageError(f"{workspace.erasures}: line {number} does not hold: it was changed, or one was removed. Restore the file.")
        found.append(record)
    return found
