"""Run a night again from a bundle's manifest, apart from everything the workspace keeps, and say whether the result is identical."""

import json
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.bundle.verify import verify_bundle
from graph.detect import detect
from graph.errors import DataRefused, UsageError
from graph.progress import Progress
from graph.store import snapshot
from graph.store.files import storage_errors, write_bytes
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

_MANIFEST = "data/repro/run.json"
_OWN = ("snapshots", "runs", "exports", "decisions.jsonl", "keys")  # what the rerun has its own of, or must not see
_COMPARED = (
    "clew",
    "window",
    "seed",
    "parameters",
    "inputs",
    "lists",
    "capabilities",
    "decisions",
    "earlier",
    "channels",
    "chance",
    "counts",
)


@dataclass(frozen=True)
class Outcome:
    """Whether a rerun gave the same snapshot, file for file. `differs`: what does not agree, each as a sentence; empty where identical."""

    wanted: str
    got: str
    files: int = 0
    differs: tuple[str, ...] = field(default=())

    @property
    def identical(self) -> bool:
        """Same id (a digest of what went in) and the same bytes in every file."""
        return self.wanted == self.got and not self.differs


def replay(bundle: Path, workspace: Workspace, progress: Progress, trust: Path | None = None) -> Outcome:
    """Detect again as `bundle` was detected, on the tables of `workspace`, and compare. The workspace is only read.

    Raises DataRefused when the bundle does not verify or the rerun has no data, UsageError, StorageError.
    """
    verdict = verify_bundle(bundle, trust)
    if not verdict.ok:
        raise DataRefused(f"{bundle}: {verdict.fault}")
    told = _manifest(bundle)
    until = snapshot.window(told)[1]
    days = int(told.get("parameters", {}).get("window_days", 0))
    if days < 1:
        raise DataRefused(f"{bundle}: its manifest names no window_days. It was not made by `clew detect`; export again.")
    with tempfile.TemporaryDirectory(prefix="clew-replay-") as folder:
        apart = _apart(workspace, Path(folder), told)
        made = detect(apart, until=until, window_days=days, seed=int(told.get("seed") or 0), progress=progress)
        return _compared(told, made)


def _manifest(bundle: Path) -> dict[str, Any]:
    """The manifest inside a bundle that verified: the one file of that name."""
    with storage_errors(bundle), zipfile.ZipFile(bundle) as archive:
        name = next((n for n in archive.namelist() if n.split("/", 1)[-1] == _MANIFEST), None)
        if name is None:
            raise DataRefused(f"{bundle}: holds no {_MANIFEST}. Export again with this version.")
        told: dict[str, Any] = json.loads(archive.read(name))["snapshot"]
    return told


def _apart(workspace: Workspace, folder: Path, told: dict[str, Any]) -> Workspace:
    """A workspace that shares the tables, with the decisions and the nights that were known then."""
    apart = Workspace(folder)
    with storage_errors(folder):
        for path in sorted(workspace.root.resolve().iterdir()):
            if path.name not in _OWN and not path.name.startswith("."):
                (folder / path.name).symlink_to(path)
        apart.snapshots.mkdir()
        for name in [name for name in snapshot.history(workspace) if name < str(told["snapshot_id"])]:
            (apart.snapshots / name).symlink_to(workspace.snapshots.resolve() / name)
        stored = int((told.get("decisions") or {}).get("stored", 0))
        lines = workspace.decisions.read_bytes().splitlines(keepends=True)[:stored] if workspace.decisions.exists() else []
    if len(lines) < stored:
        raise UsageError(
            f"{workspace.root}: holds {len(lines)} decisions, the night heeded {stored}. Name the workspace that it was run in."
        )
    if lines:
        write_bytes(apart.decisions, b"".join(lines))
    return apart


def _compared(told: dict[str, Any], made: Snapshot) -> Outcome:
    """What differs: first what went in, then the files that came out. A redacted manifest is compared where it speaks."""
    inside = [_difference(name, told[name], made.manifest.get(name)) for name in _COMPARED if name in told]
    wanted, got = told.get("files") or {}, made.manifest.get("files") or {}
    names = sorted(set(wanted) | set(got))
    outside = [f"{name}: other bytes than in the bundle's snapshot." for name in names if wanted.get(name) != got.get(name)]
    differs = tuple(sentence for sentence in [*inside, *outside] if sentence)
    return Outcome(str(told["snapshot_id"]), str(made.manifest["snapshot_id"]), len(names), differs)


def _difference(name: str, told: Any, made: Any) -> str:
    """Where both are dicts, key by key; a value withheld by redaction is no difference."""
    if isinstance(told, dict) and isinstance(made, dict):
        keys = [key for key in sorted(set(told) & set(made)) if _difference(key, told[key], made[key])]
        return f"{name}: differs in {', '.join(keys)}." if keys else ""
    return "" if told == made or told == "(withheld)" else f"{name}: was {told}, is {made}."
