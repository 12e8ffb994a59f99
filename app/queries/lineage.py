"""A cluster through the nights: what became of it, how large it was, and which pool or campaigns it belongs with."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl

from app.queries.clusters import CHANGES
from app.queries.night import Night, Nights
from app.queries.words import cluster_link, compare_link, day, shown
from graph.errors import StorageError, UsageError
from graph.store import snapshot

NIGHTS = 60  # looked back at most


@dataclass(frozen=True)
class Life:
    """A line through the nights that are still stored: ends of the windows, accounts, and what became of it each night ("" nothing)."""

    nights: list[dt.datetime]
    accounts: list[int]
    changes: list[str]


def life(nights: Nights, cluster_id: str, most: int = NIGHTS) -> Life:
    """The line of `cluster_id` through the last `most` nights up to the newest; of several snapshots of one night the last named counts."""
    newest = nights.newest().snapshot
    until = newest.snapshot_id.split("-")[0]
    earlier = {name.split("-")[0]: name for name in snapshot.history(nights.workspace) if name.split("-")[0] < until}
    names = [*(earlier[night] for night in sorted(earlier)), newest.snapshot_id][-most:]
    found = [row for name in names if (row := _of(nights, name, cluster_id))]
    return Life([row[0] for row in found], [row[1] for row in found], [row[2] for row in found])


def _of(nights: Nights, snapshot_id: str, cluster_id: str) -> tuple[dt.datetime, int, str] | None:
    """What one night says of the line; None where it was not found, or where the night cannot be read."""
    try:
        night = snapshot.read(nights.workspace, snapshot_id)
        end = snapshot.window(night.manifest)[1]
        lines = night.frame("lines").filter(pl.col("cluster_id") == cluster_id, pl.col("state") == "alive").collect()
    except (StorageError, UsageError, OSError, pl.exceptions.PolarsError):
        return None
    if lines.is_empty():
        return None
    return end, int(lines["accounts"][0]), CHANGES.get(lines["change"][0] or "", "")


def told(night: Night, cluster_id: str) -> list[tuple[str, str]]:
    """Facts about the line as (word, value)."""
    cluster = night.cluster(cluster_id)
    rows = night.frame("lines").filter(pl.col("cluster_id") == cluster_id)
    change = CHANGES.get(cluster.get("change") or "", shown(cluster.get("change"), 20)) or "not compared"
    others = ", ".join(shown(name, 20) for name in cluster.get("change_with") or [])
    facts = [("Tonight", f"{change}: {others}" if others else change)]
    if rows.is_empty():
        return facts
    line = rows.row(0, named=True)
    names = [name for name in line["names"] or [] if name != cluster_id]
    facts += [("First found", day(line["first_night"])), ("Last found", day(line["last_night"]))]
    return [*facts, *([("Decisions on these hold too", ", ".join(names))] if names else [])]


def family(night: Night, cluster_id: str) -> list[dict[str, Any]]:
    """The pool that a campaign is within, and its other campaigns; of a pool its campaigns. Empty where there are none."""
    cluster = night.cluster(cluster_id)
    pool = cluster.get("parent_id") or cluster_id
    related = [c for c in night.clusters if c["cluster_id"] == pool or c.get("parent_id") == pool]
    return [
        {
            "cluster_id": one["cluster_id"],
            "href": cluster_link(one["cluster_id"]),
            "relation": _relation(one["cluster_id"], pool),
            "accounts": one["accounts"],
            "score": round(100 * one["score"]),
            "flagged": bool(one["flagged"]),
            "why": "compare",
            "why_href": compare_link(cluster_id, one["cluster_id"]),
        }
        for one in sorted(related, key=lambda c: (c["cluster_id"] != pool, -c["score"], c["cluster_id"]))
        if one["cluster_id"] != cluster_id
    ]


def beside(night: Night, cluster_id: str) -> str:
    """Whom to compare a cluster with first: its pool, a campaign in it, or the next in the queue. Empty where it stands alone."""
    related = [row["cluster_id"] for row in family(night, cluster_id)]
    place = night.positions[cluster_id]
    others = [*related, *(c["cluster_id"] for c in [*night.clusters[place + 1 :], *night.clusters[:place]])]
    return compare_link(cluster_id, others[0]) if others else ""


def _relation(name: str, pool: str) -> str:
    return "pool around it" if name == pool else "campaign in the pool"
