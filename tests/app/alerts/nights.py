"""Snapshots of a few clusters, for tests of what alerts say."""

import datetime as dt
from typing import Any

import polars as pl

from graph.store import snapshot
from graph.store.snapshot import FRAMES, Snapshot
from graph.store.workspace import Workspace
from graph.vocabulary import CHANNELS

START = dt.datetime(2026, 8, 3, tzinfo=dt.UTC)
HOSTILE = "<img src=http://evil.example/x onerror=alert(1)>\r\nBcc: all@evil.example\u202e"


def a_cluster(name: str, accounts: int = 12, flagged: bool = True, change: str = "same", **others: Any) -> dict[str, Any]:
    seen = {"first_seen": START.isoformat(), "last_seen": (START + dt.timedelta(days=5)).isoformat()}
    return {
        "cluster_id": name,
        "kind": "campaign",
        "parent_id": None,
        "accounts": accounts,
        "exchanges": 100 * accounts,
        **seen,
        "score": 0.9,
        "linkage": 0.95,
        "extraction": 0.8,
        "flagged": flagged,
        "change": change,
        "change_with": [],
        "channels": {"payment": 120.0, "ip": 30.5},
        "reasons": ["12 of 12 accounts paid with one card; chance expects 0.02."],
        **others,
    }


def a_night(workspace: Workspace, day: int, *clusters: dict[str, Any], earlier: Snapshot | None = None, **manifest: Any) -> Snapshot:
    """A published snapshot whose window ends `day` days after START."""
    until = START + dt.timedelta(days=day)
    members = [
        {"account_id": f"{c['cluster_id']}-acct-{n}", "cluster_id": c["cluster_id"], "flagged": c["flagged"], "bits": 9.0}
        for c in clusters
        for n in range(c["accounts"])
    ]
    rows = {"members": pl.DataFrame(members, schema_overrides=FRAMES["members"])} if members else {}
    frames = {
        name: pl.DataFrame(schema=schema) if name not in rows else pl.concat([pl.DataFrame(schema=schema), rows[name]], how="diagonal")
        for name, schema in FRAMES.items()
    }
    facts = {
        "window": {"first": START.isoformat(), "until": until.isoformat()},
        "earlier": earlier.snapshot_id if earlier else None,
        "channels": {channel.value: {"available": True, "reason": ""} for channel in CHANNELS},
        "counts": {"flagged_accounts": sum(c["accounts"] for c in clusters if c["flagged"])},
        "chance": {"shuffles": 1, "flagged_in_shuffles": 0},
        **manifest,
    }
    return snapshot.publish(workspace, f"{until:%Y%m%dT%H%M%SZ}-{day:08x}", facts, list(clusters), frames)
