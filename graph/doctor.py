"""Integrity: every stored file against the size and hash recorded when it was written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from graph.errors import ClewError
from graph.store import decisions, erasures, files, snapshot, tables
from graph.store.workspace import Workspace


@dataclass(frozen=True)
class Health:
    """How many files were checked, and a sentence for each that does not hold."""

    checked: int
    faults: tuple[str, ...]


def examine(workspace: Workspace) -> Health:
    """Check every part the current manifest names, every published snapshot, the decisions, the erasures, the settings and the key."""
    expected: list[tuple[Path, str, int]] = []
    faults: list[str] = []
    try:
        expected += [(workspace.root / part.path, part.sha256, part.bytes) for part in tables.current(workspace).parts]
    except ClewError as error:
        faults.append(str(error))
    for snapshot_id in snapshot.history(workspace):
        try:
            root = workspace.snapshots / snapshot_id
            listing = snapshot.read(workspace, snapshot_id).manifest["files"]
            expected += [(root / name, entry["sha256"], entry["bytes"]) for name, entry in listing.items()]
        except (ClewError, KeyError) as error:
            faults.append(f"snapshot {snapshot_id}: {error}")
    faults += [fault for path, digest, size in expected if (fault := _fault(path, digest, size))]
    checks: tuple[Callable[[], object], ...] = (
        workspace.settings,
        workspace.key,
        lambda: decisions.read(workspace),
        lambda: erasures.check(workspace),
    )
    for check in checks:
        try:
            check()
        except ClewError as error:
            faults.append(str(error))
    return Health(len(expected) + len(checks), tuple(faults))


def _fault(path: Path, digest: str, size: int) -> str | None:
    if not path.is_file():
        return f"{path}: is missing"
    if path.stat().st_size != size:
        return f"{path}: has {path.stat().st_size} bytes, {size} were written"
    if files.sha256_of(path) != digest:
        return f"{path}: its content is not what was written (SHA-256 differs)"
    return None
