"""One account out of everything stored, on request, and the record that proves it; and that it stays out."""

import datetime as dt
import shutil
from collections.abc import Callable
from typing import Any

from graph.errors import StorageError, UsageError
from graph.progress import Progress
from graph.store import decisions, erasures
from graph.store.files import storage_errors
from graph.store.workspace import Workspace
from ingest.erasure.nights import erase_from_snapshots
from ingest.erasure.rows import Removed, erase_rows, stored_accounts
from ingest.erasure.scan import scan
from ingest.erasure.words import replaced, tombstone

Clock = Callable[[], dt.datetime]


def erase(workspace: Workspace, account: str, by: str, reason: str, clock: Clock, progress: Progress) -> dict[str, Any]:
    """Take `account` out of the tables, prompts, snapshots and decisions, look through every file for it, and record it all.

    The caller holds the workspace. Run again, it goes on where it broke off. Returns the record: removed, snapshots, decisions,
    scanned, and what still mentions it. Raises UsageError, StorageError where a stored value is left.
    """
    if not account.strip():
        raise UsageError("the account to erase is empty. Name it as the logs do.")
    instead = tombstone(workspace.key(), account)
    said = {"account": instead, "by": replaced(by, account, instead), "reason": replaced(reason, account, instead)}
    erasures.append(workspace, {"state": erasures.BEGUN, "at": clock().isoformat(), **said})
    progress.stage("erase from tables")
    with storage_errors(workspace.root):
        shutil.rmtree(workspace.root / ".staging", ignore_errors=True)  # what an ingest left that was killed
    removed = erase_rows(workspace, [account])
    progress.stage("erase from snapshots")
    moved = erase_from_snapshots(workspace, account, instead)
    changed = decisions.rewrite(workspace, lambda record: dict(replaced(record, account, instead)))
    progress.stage("look through every file")
    found = scan(workspace, account)
    if found.values:
        name, n = next(iter(found.values.items()))
        raise StorageError(
            f"{workspace.root / name}: still holds the account, {n} times. Run `clew erase` again, and report it if that stays."
        )
    done = {
        "removed": removed.rows,
        "files_rewritten": removed.parts,
        "snapshots": moved,
        "decisions": changed,
        "scanned": {"files": found.files, "bytes": found.bytes, "values": 0},
        "mentioned": found.mentions,
    }
    return erasures.append(workspace, {"state": erasures.DONE, "at": clock().isoformat(), **said, **done})


def keep_erased(workspace: Workspace) -> Removed:
    """Take out again what an ingest brought of accounts that were erased. The caller holds the workspace. Raises StorageError."""
    gone = erasures.pseudonyms(workspace)
    if not gone:
        return Removed()
    key = workspace.key()
    again = [account for account in stored_accounts(workspace) if tombstone(key, account) in gone]
    return erase_rows(workspace, again) if again else Removed()
