"""One account: facts, the clusters it stands in, what it shares and with whom."""

from typing import Any

import polars as pl

from app.queries.clusters import bits_by_channel
from app.queries.night import Night, NotFound
from app.queries.words import cluster_link, day, entity_label, entity_link, minute, pair_link, plural, rarity, shown
from graph.vocabulary import CHANNELS

NAMED = 5  # accounts named beside an entity; the entity's own page lists them all


def facts(night: Night, account_id: str) -> list[tuple[str, str]]:
    """What is known of an account, as (word, value). Raises NotFound."""
    frame = night.frame("accounts").filter(pl.col("account_id") == account_id)
    if frame.is_empty():
        raise NotFound(f"No account {shown(account_id, 60)!r} in the newest snapshot. Check the id, or search for a part of it.")
    row = frame.row(0, named=True)
    return [
        ("Exchanges", f"{row['exchanges'] or 0:,}"),
        ("Active", plural(row["days_active"] or 0, "day")),
        ("First seen", day(row["first_seen"])),
        ("Last seen", day(row["last_seen"])),
        ("Created", day(row["created_at"])),
        ("Status", shown(row["status"], 40) or "not stated"),
        ("Declared organisation", shown(row["org_id"], 60) or "none"),
    ]


def memberships(night: Night, account_id: str) -> list[dict[str, Any]]:
    """The clusters an account stands in, most bits first, with bits by channel."""
    frame = night.frame("members").filter(pl.col("account_id") == account_id).sort("bits", "cluster_id", descending=[True, False])
    return [
        {
            "cluster_id": row["cluster_id"],
            "href": cluster_link(row["cluster_id"]),
            "kind": shown(night.cluster(row["cluster_id"])["kind"], 20) if row["cluster_id"] in night.positions else "",
            "flagged": bool(row["flagged"]),
            "bits": round(row["bits"], 1),
            "channels": bits_by_channel({"channels": {c.value: row[f"bits_{c}"] for c in CHANNELS}}),
            "account_id": shown(account_id, 80),
            "why": "why",
            "why_href": pair_link(account_id, row["cluster_id"]),
        }
        for row in frame.iter_rows(named=True)
    ]


def shared(night: Night, account_id: str) -> list[dict[str, Any]]:
    """The entities an account shares inside its clusters, rarest first, and who else has them."""
    every = night.frame("links")
    own = every.filter(pl.col("account_id") == account_id).group_by("entity_id").agg(pl.col("n").max(), pl.col("bits").max())
    others = (
        every.join(own.select("entity_id"), on="entity_id", how="semi")
        .filter(pl.col("account_id") != account_id)
        .group_by("entity_id")
        .agg(pl.col("account_id").unique().sort().head(NAMED).alias("names"), pl.col("account_id").n_unique().alias("others"))
    )
    frame = own.join(night.frame("entities"), on="entity_id").join(others, on="entity_id", how="left")
    frame = frame.sort("units", "entity_id")
    return [_shared_row(row, night.population, account_id) for row in frame.iter_rows(named=True)]


def _shared_row(row: dict[str, Any], population: int, account_id: str) -> dict[str, Any]:
    names = row["names"] or []
    return {
        "entity_id": str(row["entity_id"]),
        "href": entity_link(row["entity_id"]),
        "channel": row["channel"],
        "kind": shown(row["kind"], 24),
        "label": entity_label(row["kind"], row["label"]),
        "n": row["n"],
        "bits": round(row["bits"], 1),
        "rarity": rarity(row["units"], population),
        "others": row["others"] or 0,
        "names": [{"account_id": shown(name, 40), "href": pair_link(account_id, name)} for name in names],
        "last_seen": minute(row["last_seen"]),
    }
