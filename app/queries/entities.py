"""One entity: what it is, how rare it is, which accounts and clusters share it."""

from typing import Any

import polars as pl

from app.queries.night import Night, NotFound
from app.queries.words import account_link, cluster_link, day, entity_label, minute, pair_link, percent, plural, rarity, shown
from graph.vocabulary import CHANNEL_WORDS, Channel


def head(night: Night, entity_id: int) -> dict[str, Any]:
    """What an entity is: channel, kind, label, and facts as (word, value). Raises NotFound."""
    frame = night.frame("entities").filter(pl.col("entity_id") == entity_id)
    if frame.is_empty():
        raise NotFound(f"No entity {entity_id} in the newest snapshot. It may have linked nothing tonight; search for its label.")
    row = frame.row(0, named=True)
    return {
        "channel": row["channel"],
        "kind": shown(row["kind"], 24),
        "label": entity_label(row["kind"], row["label"], 400),
        "facts": [
            ("Channel", CHANNEL_WORDS[Channel(row["channel"])]),
            ("Seen with", plural(row["accounts"], "account")),
            ("Declared groups counted once", f"{row['units']:,}"),
            ("Rarity", f"{percent(rarity(row['units'], night.population))} of accounts do not have it"),
            ("First seen", day(row["first_seen"])),
            ("Last seen", day(row["last_seen"])),
        ],
    }


def sharers(night: Night, entity_id: int) -> list[dict[str, Any]]:
    """Accounts that touch an entity inside a cluster, most often first."""
    frame = (
        night.frame("links")
        .filter(pl.col("entity_id") == entity_id)
        .group_by("account_id")
        .agg(pl.col("cluster_id").unique().sort(), pl.col("n").max(), pl.col("first_seen").min(), pl.col("last_seen").max())
        .sort("n", "account_id", descending=[True, False])
    )
    return [
        {
            "account_id": shown(row["account_id"], 80),
            "href": account_link(row["account_id"]),
            "clusters": ", ".join(row["cluster_id"]),
            "n": row["n"],
            "why": "why",
            "why_href": pair_link(row["account_id"], row["cluster_id"][0]),
            "first_seen": minute(row["first_seen"]),
            "last_seen": minute(row["last_seen"]),
        }
        for row in frame.iter_rows(named=True)
    ]


def clusters(night: Night, entity_id: int) -> list[dict[str, Any]]:
    """Clusters in which an entity is shared: members that touch it, expected by chance, bits, q-value; most bits first."""
    frame = night.frame("cluster_entities").filter(pl.col("entity_id") == entity_id).sort("bits", "cluster_id", descending=[True, False])
    return [
        {
            "cluster_id": row["cluster_id"],
            "href": cluster_link(row["cluster_id"]),
            "members": row["members"],
            "expected": row["expected"],
            "bits": round(row["bits"], 1),
            "q_value": row["q_value"],
        }
        for row in frame.iter_rows(named=True)
    ]
