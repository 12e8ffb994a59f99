"""Past runs: the snapshots of a workspace by their manifests, and what the last ingest took in and set aside."""

import datetime as dt
from typing import Any

from app.queries.night import Nights
from app.queries.words import minute, shown, span
from graph.errors import StorageError, UsageError
from graph.store import files, snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

COUNTS = ("clusters", "flagged", "flagged_accounts", "accounts", "exchanges", "entities", "links")


def listed(nights: Nights) -> list[dict[str, Any]]:
    """One row per published snapshot, newest first: window, counts, changes, parameters; `current` is the one that the pages show."""
    current = nights.newest().snapshot.snapshot_id
    names = reversed(snapshot.history(nights.workspace))
    return [_row(found, found.snapshot_id == current) for name in names if (found := _read(nights.workspace, name))]


def _read(workspace: Workspace, snapshot_id: str) -> Snapshot | None:
    """A snapshot, or None where its manifest cannot be read: one damaged night must not hide the others."""
    try:
        found = snapshot.read(workspace, snapshot_id)
        snapshot.window(found.manifest)
    except (StorageError, UsageError):
        return None
    return found


def _row(found: Snapshot, current: bool) -> dict[str, Any]:
    manifest = found.manifest
    first, until = snapshot.window(manifest)
    counts = manifest.get("counts") or {}
    return {
        "snapshot_id": found.snapshot_id,
        "short": found.snapshot_id.rsplit("-", 1)[-1],
        "until": minute(until),
        "window": span(first, until - dt.timedelta(microseconds=1)),
        "current": current,
        **{name: counts.get(name) for name in COUNTS},
        "changes": _few(manifest.get("changes"), ", "),
        "parameters": _few(_parameters(manifest), " · "),
        "decisions": (manifest.get("decisions") or {}).get("in_force"),
        "by_chance": (manifest.get("chance") or {}).get("flagged_in_shuffles"),
        "rows": sum(int(table.get("rows") or 0) for table in (manifest.get("inputs") or {}).values()),
    }


def _parameters(manifest: dict[str, Any]) -> dict[str, Any]:
    """What the run was told, the window first, and by which version of Clew it ran."""
    told = manifest.get("parameters") or {}
    first = {"window_days": told["window_days"]} if "window_days" in told else {}
    return first | told | {name: manifest[name] for name in ("seed", "clew") if manifest.get(name) is not None}


def _few(facts: Any, between: str) -> str:
    """`born 6, grew 2` from a dict of plain values."""
    pairs = facts.items() if isinstance(facts, dict) else ()
    return shown(between.join(f"{str(name).replace('_', ' ')} {_plain(value)}" for name, value in pairs), 200)


def _plain(value: Any) -> str:
    return "/".join(map(_plain, value)) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)


def last_ingest(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Per table of the newest ingest: rows_in, accepted, duplicate, quarantined, late. Empty where no record of one is kept."""
    records = sorted(workspace.runs.glob("*.json"), reverse=True) if workspace.runs.is_dir() else []
    for path in records:
        try:
            found = files.read_json(path)
        except StorageError:
            continue  # a run that broke off leaves half a record
        if isinstance(found, dict) and isinstance(found.get("accounting"), dict):
            return {str(name): table for name, table in found["accounting"].items() if isinstance(table, dict)}
    return {}
