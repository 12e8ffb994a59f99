"""Integrity: every stored file against the size and hash recorded when it was written, or against the seal in its own name.

Not looked at: clew.toml beyond its grammar (people edit it), bundles (`clew verify`), the records of cases (`clew audit verify`).
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graph.errors import ClewError, StorageError
from graph.store import decisions, erasures, files, snapshot, tables
from graph.store.workspace import Workspace

_SEALED = re.compile(rf"-([0-9a-f]{{{files.SEAL_DIGITS}}})(-[a-z]+\.json|\.parquet)$")
_QUARANTINE_PARTS = 4  # table, source, mapping, seal; files from before seals have three


@dataclass(frozen=True)
class Health:
    """How many files were checked, and a sentence for each that does not hold."""

    checked: int
    faults: tuple[str, ...]


def examine(workspace: Workspace) -> Health:
    """Check every part the current manifest names, every published snapshot, what was set aside, the records of runs, the decisions, the
    erasures, the settings and the key."""
    checks = [*_checks(workspace)]
    return Health(len(checks), tuple(fault for check in checks if (fault := check())))


def _checks(workspace: Workspace) -> Iterator[Callable[[], str | None]]:
    yield _raising(lambda: tables.current(workspace))
    for path, digest, size in _listed(workspace):
        yield lambda path=path, digest=digest, size=size: _fault(path, digest, size)  # type: ignore[misc]
    for name in snapshot.history(workspace):
        yield _raising(lambda name=name: _check_snapshot(workspace, name))  # type: ignore[misc]
    for path in _sealed_files(workspace):
        yield lambda path=path: _unsealed(path)  # type: ignore[misc]
    for check in (workspace.settings, workspace.check_key, lambda: decisions.read(workspace), lambda: erasures.check(workspace)):
        yield _raising(check)
    if snapshot.history(workspace):
        yield _raising(lambda: snapshot.latest(workspace))


def _raising(check: Callable[[], object]) -> Callable[[], str | None]:
    """`check` as one that returns its fault."""

    def returning() -> str | None:
        try:
            check()
        except ClewError as error:
            return str(error)
        return None

    return returning


def _listed(workspace: Workspace) -> Iterator[tuple[Path, str, int]]:
    """Files that a manifest lists: path, SHA-256, bytes. What cannot be read is told by its own check."""
    with suppress(ClewError):
        yield from ((workspace.root / part.path, part.sha256, part.bytes) for part in tables.current(workspace).parts)
    for name in snapshot.history(workspace):
        try:
            listing = snapshot.read(workspace, name).manifest["files"]
            yield from ((workspace.snapshots / name / file, entry["sha256"], entry["bytes"]) for file, entry in listing.items())
        except (ClewError, KeyError, TypeError, AttributeError):
            continue


def _check_snapshot(workspace: Workspace, name: str) -> None:
    """Raises StorageError where a night's manifest is not the one that its id is a digest of, or lists other files than are there."""
    path = workspace.snapshots / name / "manifest.json"
    manifest = snapshot.read(workspace, name).manifest
    _check_form(path)
    listing = manifest.get("files", {})
    there = {other.name for other in path.parent.iterdir()} - {path.name}
    complete = set(listing) == there and all(set(entry) == {"sha256", "bytes"} for entry in listing.values())
    if manifest.get("snapshot_id") != name or snapshot.name_of(name.split("-")[0], manifest) != name or not complete:
        raise StorageError(f"{path}: is not what was written (its id is a digest of it). Restore it from a backup.")


def _check_form(path: Path) -> None:
    """Raises StorageError where a JSON file does not have the one form that Clew writes."""
    value = files.read_json(path)
    with files.storage_errors(path):
        if path.read_bytes() != files.json_bytes(value):
            raise StorageError(f"{path}: is not as Clew writes it. Restore it from a backup.")


def _sealed_files(workspace: Workspace) -> list[Path]:
    """Records of runs, and what was set aside."""
    return sorted((*workspace.runs.glob("*.json"), *workspace.quarantine.glob("*.parquet")))


def _unsealed(path: Path) -> str | None:
    sealed = _SEALED.search(path.name)
    if sealed is None or (path.suffix == ".parquet" and path.stem.count("-") + 1 < _QUARANTINE_PARTS):
        return None  # written before seals
    if not files.sha256_of(path).startswith(sealed[1]):
        return f"{path}: its content is not what was written (SHA-256 differs from the one in its name)"
    return None


def _fault(path: Path, digest: str, size: int) -> str | None:
    if not path.is_file():
        return f"{path}: is missing"
    if path.stat().st_size != size:
        return f"{path}: has {path.stat().st_size} bytes, {size} were written"
    if files.sha256_of(path) != digest:
        return f"{path}: its content is not what was written (SHA-256 differs)"
    return None
