"""What a cluster's members ask for, and who holds the cluster together."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from app.queries.night import Night
from app.queries.words import account_link, day, pair_link, shown
from graph.capabilities import SIGNIFICANT_Q

MOST = 8


def capabilities(night: Night, cluster_id: str, words: Mapping[str, str], most: int = MOST) -> list[dict[str, Any]]:
    """What members' sampled prompts ask for beside everyone else's: first what chance does not explain, then by lift; at most `most`.

    `words`: capability → how a sentence about accounts goes on, as the rules in force have it.
    """
    rows = (
        night.frame("capabilities")
        .filter(pl.col("cluster_id") == cluster_id)
        .with_columns(said=pl.col("q_value") < SIGNIFICANT_Q)
        .sort("said", "lift", "capability", descending=[True, True, False])
        .head(most)
    )
    return [
        {
            "capability": shown(row["capability"], 40),
            "words": shown(words.get(row["capability"], ""), 160),
            "share": row["share"],
            "everyone": row["population_share"],
            "lift": row["lift"],
            "said": row["said"],
            "accounts": row["accounts"],
            "since": day(row["since"]) if row["since"] else "",
            "concentration": row["concentration"],
            "q_value": row["q_value"],
        }
        for row in rows.iter_rows(named=True)
    ]


def prompts(night: Night, cluster_id: str) -> int:
    """How many sampled prompts the profile rests on."""
    rows = night.frame("capabilities").filter(pl.col("cluster_id") == cluster_id)
    return max(rows["prompts"].to_list(), default=0)


def ties(night: Night, cluster_id: str) -> list[dict[str, Any]]:
    """Bridges (evidence from many parts of the cluster), then the weakest ties (least evidence): role, account, bits, bridge."""
    cluster = night.cluster(cluster_id)
    rows = night.frame("members").filter(pl.col("cluster_id") == cluster_id)
    known = {row["account_id"]: row for row in rows.iter_rows(named=True)}
    named = [("bridge", name) for name in cluster.get("bridges") or []] + [
        ("weakest tie", name) for name in cluster.get("weakest_ties") or []
    ]
    return [
        {
            "role": role,
            "account_id": shown(name, 40),
            "href": account_link(name),
            "why": "why",
            "why_href": pair_link(name, cluster_id),
            "bits": round(known[name]["bits"], 1),
            "bridge": round(known[name]["bridge"] or 0.0, 2),
        }
        for role, name in named
        if name in known
    ]
