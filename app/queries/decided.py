"""What people decided that holds for a cluster: about it, about a line it came out of, or about its members."""

from typing import Any

import polars as pl

from app.queries.night import Night
from app.queries.words import shown
from graph.store import decisions
from graph.store.decisions import Decision
from graph.store.workspace import Workspace

_NAMED = 3


def of_cluster(workspace: Workspace, night: Night, cluster_id: str) -> list[dict[str, Any]]:
    """Decisions in force, newest first: number, what, about, by, day, reason, and whether tonight's run knew them. Raises StorageError."""
    lines = night.frame("lines").filter(pl.col("cluster_id") == cluster_id)
    names = {cluster_id, *(lines["names"].explode().drop_nulls().to_list() if lines.height else [])}
    members = set(night.frame("members").filter(pl.col("cluster_id") == cluster_id)["account_id"])
    heeded = int((night.manifest.get("decisions") or {}).get("stored") or 0)
    held = [d for d in decisions.in_force(decisions.read(workspace)) if d.cluster_id in names or members & {*d.accounts, *d.others}]
    return [_row(decision, heeded) for decision in reversed(held)]


def _row(decision: Decision, heeded: int) -> dict[str, Any]:
    return {
        "number": decision.number,
        "what": decision.kind.value,
        "about": _about(decision),
        "by": shown(decision.by, 60),
        "day": decision.day,
        "reason": shown(decision.reason, 300),
        "heeded": decision.number <= heeded,
    }


def _about(decision: Decision) -> str:
    if decision.kind.value in ("confirmed", "cleared"):
        return shown(decision.cluster_id, 20)
    names = [*decision.accounts, *decision.others]
    more = len(names) - _NAMED
    return shown(", ".join(names[:_NAMED]), 120) + (f" and {more:,} more" if more > 0 else "")
