"""One night's result: an immutable folder of frames, published by one pointer. This module alone touches its files.

Nothing in a snapshot depends on the clock or the machine: the same tables, parameters and seed give the same bytes.
"""

import datetime as dt
import hashlib
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from graph.errors import StorageError, UsageError
from graph.store import files
from graph.store.workspace import Workspace
from graph.vocabulary import CHANNELS, TIME

_POINTER = "CURRENT"
_ADDED = ("snapshot_id", "files")  # to a manifest, when it is written

_BITS: dict[str, pl.DataType] = {f"bits_{channel}": pl.Float64() for channel in CHANNELS}

# The frames of a snapshot: column → type. Readers may rely on every frame and every column being there.
FRAMES: dict[str, dict[str, pl.DataType]] = {
    # one row per membership; an account may stand in several clusters
    "members": {
        "account_id": pl.String(),
        "cluster_id": pl.String(),
        "flagged": pl.Boolean(),
        "bits": pl.Float64(),
        **_BITS,
        "bridge": pl.Float64(),  # how evenly its evidence is spread over the parts of its cluster: 0 one part, near 1 many
    },
    # every account seen in the window
    "accounts": {
        "account_id": pl.String(),
        "org_id": pl.String(),
        "created_at": TIME,
        "status": pl.String(),
        "first_seen": TIME,
        "last_seen": TIME,
        "exchanges": pl.Int64(),
        "days_active": pl.Int64(),
    },
    # every entity that links members of a cluster; `units` counts a declared organisation once
    "entities": {
        "entity_id": pl.Int64(),
        "channel": pl.String(),
        "kind": pl.String(),
        "label": pl.String(),
        "accounts": pl.Int64(),
        "units": pl.Int64(),
        "first_seen": TIME,
        "last_seen": TIME,
    },
    # which member touched which entity, how often, and what that says for the membership
    "links": {
        "cluster_id": pl.String(),
        "account_id": pl.String(),
        "entity_id": pl.Int64(),
        "channel": pl.String(),
        "bits": pl.Float64(),
        "n": pl.Int64(),
        "first_seen": TIME,
        "last_seen": TIME,
    },
    # how popular every entity is that two units or more touch, in a cluster or not; sorted by entity_id
    "popularity": {"entity_id": pl.Int64(), "accounts": pl.Int64(), "units": pl.Int64()},
    # how many links of a kind there are in all, shared or not: what chance draws from
    "kinds": {"kind": pl.String(), "channel": pl.String(), "total": pl.Int64()},
    # how over-represented each entity is in the cluster: members that touch it, expected by chance, tail, FDR
    "cluster_entities": {
        "cluster_id": pl.String(),
        "entity_id": pl.Int64(),
        "members": pl.Int64(),
        "expected": pl.Float64(),
        "bits": pl.Float64(),
        "p_value": pl.Float64(),
        "q_value": pl.Float64(),
        "own": pl.Boolean(),  # wording that hardly anyone sends but members whom other witnesses tie to the cluster
    },
    # linked observations per cluster, day and channel; channel "all" counts the members' exchanges
    "timeline": {"cluster_id": pl.String(), "day": pl.Date(), "channel": pl.String(), "n": pl.Int64()},
    # when each member was active
    "activity": {"account_id": pl.String(), "hour": TIME, "exchanges": pl.Int64()},
    # wording shared by members, variable parts as {slots}
    "templates": {
        "cluster_id": pl.String(),
        "template_id": pl.String(),
        "template": pl.String(),
        "accounts": pl.Int64(),
        "exchanges": pl.Int64(),
    },
    # what members' sampled prompts ask for, beside everyone else's; no rows where raw texts are no longer kept
    "capabilities": {
        "cluster_id": pl.String(),
        "capability": pl.String(),
        "share": pl.Float64(),  # of the members' sampled prompts
        "population_share": pl.Float64(),  # of everyone else's
        "lift": pl.Float64(),
        "p_value": pl.Float64(),  # counted on accounts, a declared organisation once
        "q_value": pl.Float64(),
        "accounts": pl.Int64(),  # members that asked for it
        "prompts": pl.Int64(),  # sampled, of all members
        "since": pl.Date(),  # the first day it was that common
        "concentration": pl.Float64(),  # Gini over members: 0 where all ask equally often
    },
    # where to draw each node: `node` is an account_id, or "entity:<entity_id>"
    "layout": {"cluster_id": pl.String(), "node": pl.String(), "x": pl.Float64(), "y": pl.Float64()},
    # every line, found tonight (state alive) or remembered (dead, merged); `change` says what became of it tonight, null is nothing
    "lines": {
        "cluster_id": pl.String(),
        "state": pl.String(),
        "change": pl.String(),  # born, same, grew, shrank, merged, split, revived, died
        "others": pl.List(pl.String()),  # what it merged with, split into or split off from
        "names": pl.List(pl.String()),  # ids whose decisions hold for it
        "first_night": TIME,  # ends of the windows in which it was found first and last
        "last_night": TIME,
        "accounts": pl.Int64(),
        "parent_id": pl.String(),  # of a campaign within a pool: that pool
    },
    # what each campaign within a pool was told by: its sentences, sent and to be expected of a member whose traffic is so large
    "campaigns": {
        "cluster_id": pl.String(),
        "account_id": pl.String(),
        "sent": pl.Int64(),
        "expected": pl.Float64(),
        "bits": pl.Float64(),
    },
    # what each line was last seen with, and how much that says of it: by this a later night knows it again
    "line_members": {"cluster_id": pl.String(), "account_id": pl.String()},
    "line_entities": {"cluster_id": pl.String(), "entity_id": pl.Int64(), "channel": pl.String(), "weight": pl.Float64()},
}


@dataclass(frozen=True)
class Snapshot:
    """A published night, read lazily."""

    root: Path
    manifest: dict[str, Any]

    @property
    def snapshot_id(self) -> str:
        return str(self.manifest["snapshot_id"])

    def clusters(self) -> list[dict[str, Any]]:
        """The clusters, best first, as in the contract (cluster_id, kind, accounts, score, flagged, channels, reasons …)."""
        value: list[dict[str, Any]] = files.read_json(self.root / "clusters.json")
        return value

    def frame(self, name: str) -> pl.LazyFrame:
        """One of FRAMES, lazily; empty where the snapshot is older than that frame."""
        if f"{name}.parquet" not in self.manifest.get("files", {}):
            return pl.LazyFrame(schema=FRAMES[name])
        return pl.scan_parquet(self.root / f"{name}.parquet", schema=FRAMES[name], missing_columns="insert")


def publish(
    workspace: Workspace, snapshot_id: str, manifest: dict[str, Any], clusters: list[dict[str, Any]], frames: dict[str, pl.DataFrame]
) -> Snapshot:
    """Write a snapshot whole, then move the pointer to it. Publishing the same id again replaces the pointer only.

    `frames` must hold every name of FRAMES with its columns. The caller holds the workspace: what a killed run left half written goes.
    Raises StorageError.
    """
    sweep(workspace)
    target = workspace.snapshots / snapshot_id
    if not target.exists():
        _write_folder(workspace, target, snapshot_id, manifest, clusters, frames)
    files.write_bytes(workspace.snapshots / _POINTER, f"{snapshot_id}\n".encode())
    return read(workspace, snapshot_id)


def _write_folder(
    workspace: Workspace,
    target: Path,
    snapshot_id: str,
    manifest: dict[str, Any],
    clusters: list[dict[str, Any]],
    frames: dict[str, pl.DataFrame],
) -> None:
    holding = workspace.snapshots / f".{snapshot_id}.{secrets.token_hex(4)}.tmp"
    with files.storage_errors(target):
        try:
            for name, schema in FRAMES.items():
                files.write_parquet(holding / f"{name}.parquet", frames[name].select(pl.col(c).cast(t) for c, t in schema.items()))
            files.write_json(holding / "clusters.json", clusters)
            listing = {path.name: {"sha256": files.sha256_of(path), "bytes": path.stat().st_size} for path in sorted(holding.iterdir())}
            files.write_json(holding / "manifest.json", {**manifest, "snapshot_id": snapshot_id, "files": listing})
            holding.rename(target)
            files.fsync_folder(workspace.snapshots)
        finally:
            shutil.rmtree(holding, ignore_errors=True)


def name_of(end: str, manifest: dict[str, Any]) -> str:
    """The id of a snapshot: `end` of its window (YYYYMMDDTHHMMSSZ) and the beginning of the SHA-256 of what its manifest says."""
    said = {key: value for key, value in manifest.items() if key not in _ADDED}
    return f"{end}-{hashlib.sha256(files.json_bytes(said)).hexdigest()[:8]}"


def supersede(
    workspace: Workspace, old: str, new: str, manifest: dict[str, Any], clusters: list[dict[str, Any]], frames: dict[str, pl.DataFrame]
) -> None:
    """Write `new` whole, let the pointer follow if it named `old`, then delete `old`; done again, it goes on where it broke off.

    The caller holds the workspace. Raises StorageError.
    """
    if not (workspace.snapshots / new).exists():
        _write_folder(workspace, workspace.snapshots / new, new, manifest, clusters, frames)
    if latest(workspace).snapshot_id == old:
        files.write_bytes(workspace.snapshots / _POINTER, f"{new}\n".encode())
    remove(workspace, old)


def sweep(workspace: Workspace) -> None:
    """Delete what a run left that broke off while it wrote or deleted a snapshot. The caller holds the workspace. Raises StorageError."""
    for path in workspace.snapshots.glob(".*.tmp"):
        with files.storage_errors(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def read(workspace: Workspace, snapshot_id: str) -> Snapshot:
    """A published snapshot by id. Raises UsageError when there is none, StorageError when it is damaged."""
    root = workspace.snapshots / snapshot_id
    if not snapshot_id or Path(snapshot_id).name != snapshot_id or not root.is_dir():
        raise UsageError(f"{snapshot_id}: no such snapshot. Run `clew detect {workspace.root}` to make one.")
    return Snapshot(root, files.read_json(root / "manifest.json"))


def latest(workspace: Workspace) -> Snapshot:
    """The newest published snapshot. Raises UsageError when nothing was detected yet."""
    pointer = workspace.snapshots / _POINTER
    if not pointer.exists():
        raise UsageError(f"{workspace.root}: holds no result yet. Run `clew detect {workspace.root}` first.")
    with files.storage_errors(pointer):
        return read(workspace, pointer.read_text("ascii", "replace").strip())


def history(workspace: Workspace) -> list[str]:
    """Ids of all published snapshots, oldest first (ids begin with the last instant of their window)."""
    if not workspace.snapshots.exists():
        return []
    return sorted(path.name for path in workspace.snapshots.iterdir() if path.is_dir() and not path.name.startswith("."))


def remove(workspace: Workspace, snapshot_id: str) -> None:
    """Delete a snapshot: first out of sight, then its files. The caller holds the workspace. Raises StorageError."""
    target = workspace.snapshots / snapshot_id
    gone = target.with_name(f".{snapshot_id}.{secrets.token_hex(4)}.tmp")
    with files.storage_errors(target):
        target.rename(gone)
        files.fsync_folder(workspace.snapshots)
        shutil.rmtree(gone)


def window(manifest: dict[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """First and last instant (UTC, end excluded) that a snapshot looked at. Raises StorageError when damaged."""
    try:
        first, until = (dt.datetime.fromisoformat(manifest["window"][k]) for k in ("first", "until"))
    except (KeyError, ValueError) as error:
        raise StorageError(f"snapshot {manifest.get('snapshot_id')}: has no window ({error}). Detect again.") from error
    return first, until
