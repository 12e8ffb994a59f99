"""An account out of the published snapshots. A snapshot never changes: one without the account takes its place, under a name of its own.

What is left says of the cluster what it said, with one account less: its members, counts of accounts and exchanges, ties and sentences
hold the account no more. Figures of evidence stay as that night found them.
"""

from typing import Any

import polars as pl

from graph.store import snapshot
from graph.store.snapshot import FRAMES, Snapshot
from graph.store.workspace import Workspace
from ingest.erasure.words import replaced

Frames = dict[str, pl.DataFrame]


def erase_from_snapshots(workspace: Workspace, account: str, instead: str) -> dict[str, str]:
    """Put a snapshot without `account` in the place of each that holds it, and delete that one: old id → new id.

    `instead` stands where a sentence named the account. The caller holds the workspace. Run again, it goes on where it broke off.
    Raises StorageError.
    """
    snapshot.sweep(workspace)
    moved = {}
    for name in snapshot.history(workspace):
        night = snapshot.read(workspace, name)
        if _holds(night, account):
            moved[name] = _superseded(workspace, night, account, instead)
    return moved


def _holds(night: Snapshot, account: str) -> bool:
    columns = {name: column for name, schema in FRAMES.items() for column in ("account_id", "node") if column in schema}
    found = [night.frame(name).filter(pl.col(column) == account).select(pl.len()) for name, column in columns.items()]
    told = [night.clusters(), night.manifest]
    return any(part.item() for part in pl.collect_all(found)) or replaced(told, account, "") != told


def _superseded(workspace: Workspace, night: Snapshot, account: str, instead: str) -> str:
    frames = {name: night.frame(name).collect() for name in FRAMES}
    manifest = replaced(night.manifest, account, instead) | {"counts": _counts(night, frames, account)}
    manifest |= {
        "replaces": [*night.manifest.get("replaces", ()), night.snapshot_id],
        "erased": sorted({*night.manifest.get("erased", ()), instead}),
    }
    name = snapshot.name_of(night.snapshot_id.split("-")[0], manifest)
    clusters = replaced(_clusters(night.clusters(), frames, account), account, instead)
    snapshot.supersede(workspace, night.snapshot_id, name, manifest, clusters, without(frames, account))
    return name


def without(frames: Frames, account: str) -> Frames:
    """`frames` of a snapshot without rows of `account`, and without entities that it alone was linked with."""
    links = frames["links"]
    touched = links.filter(pl.col("account_id") == account)["entity_id"]
    lonely = set(touched) - set(links.filter(pl.col("account_id") != account)["entity_id"])
    lonely |= set(frames["entities"].filter(pl.col("label") == account)["entity_id"])
    nodes = [account, *(f"entity:{entity}" for entity in sorted(lonely))]
    drop = {"account_id": [account], "entity_id": sorted(lonely), "node": nodes}
    left = {name: _cut(frame, drop) for name, frame in frames.items()}
    clusters = frames["members"].filter(pl.col("account_id") == account)["cluster_id"].to_list()
    own = pl.col("cluster_id").is_in(clusters) & (pl.col("accounts") <= 1)  # wording of one account: perhaps of this one
    return left | {"templates": frames["templates"].filter(~own)}


def _cut(frame: pl.DataFrame, drop: dict[str, list[Any]]) -> pl.DataFrame:
    for column, values in drop.items():
        if column in frame.columns:
            frame = frame.filter(~pl.col(column).is_in(values))
    return frame


def _clusters(clusters: list[dict[str, Any]], frames: Frames, account: str) -> list[dict[str, Any]]:
    """The clusters with one account less where it was a member."""
    of = set(frames["members"].filter(pl.col("account_id") == account)["cluster_id"])
    sent = int(frames["accounts"].filter(pl.col("account_id") == account)["exchanges"].sum() or 0)
    named = ("weakest_ties", "bridges")
    return [
        {
            **cluster,
            **{key: [other for other in cluster[key] if other != account] for key in named if key in cluster},
            "accounts": cluster["accounts"] - (cluster["cluster_id"] in of),
            "exchanges": cluster["exchanges"] - sent * (cluster["cluster_id"] in of),
        }
        for cluster in clusters
    ]


def _counts(night: Snapshot, frames: Frames, account: str) -> dict[str, Any]:
    """The manifest's counts of what is listed, with one account less."""
    mine = {name: frames[name].filter(pl.col("account_id") == account) for name in ("accounts", "members")}
    less = {
        "accounts": mine["accounts"].height,
        "exchanges": int(mine["accounts"]["exchanges"].sum() or 0),
        "flagged_accounts": int(mine["members"]["flagged"].any()),
    }
    return {name: value - less.get(name, 0) for name, value in (night.manifest.get("counts") or {}).items()}
