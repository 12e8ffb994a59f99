"""The link graph of one cluster as columns: accounts, the entities they share, and the links between."""

from typing import Any

import polars as pl

from app.queries.clusters import bits_by_channel
from app.queries.evidence import links
from app.queries.night import Night
from app.queries.view import View
from app.queries.words import account_link, entity_label, entity_link, rarity, shown

MAX_ACCOUNTS = 10_000
MAX_HUBS = 600

Columns = dict[str, list[Any]]


def payload(night: Night, cluster_id: str, max_accounts: int = MAX_ACCOUNTS, max_hubs: int = MAX_HUBS) -> dict[str, Any]:
    """Everything the browser draws, unfiltered: it filters by channel and day itself, at once. Raises NotFound.

    Accounts with most bits and entities with most bits come first; `of` tells how many there are in all.
    Links hold positions into `accounts` and `hubs`, days as ISO text.
    """
    cluster = night.cluster(cluster_id)
    every = links(night, cluster_id, View())
    hubs = _hubs(night, cluster_id, every).head(max_hubs)
    accounts = _accounts(night, cluster_id).head(max_accounts)
    drawn = _links(every, accounts, hubs)
    return {
        "cluster": cluster["cluster_id"],
        "channels": [part["channel"] for part in bits_by_channel(cluster)],
        "accounts": _account_columns(accounts),
        "hubs": _hub_columns(hubs, night.population),
        "links": drawn.to_dict(as_series=False),
        "of": {"accounts": _accounts(night, cluster_id).height, "hubs": _hubs(night, cluster_id, every).height, "links": every.height},
    }


def _places(night: Night, cluster_id: str) -> pl.DataFrame:
    return night.frame("layout").filter(pl.col("cluster_id") == cluster_id).select("node", "x", "y")


def _accounts(night: Night, cluster_id: str) -> pl.DataFrame:
    frame = night.frame("members").filter(pl.col("cluster_id") == cluster_id).select("account_id", "bits")
    frame = frame.join(_places(night, cluster_id), left_on="account_id", right_on="node", how="left")
    return frame.sort("bits", "account_id", descending=[True, False])


def _hubs(night: Night, cluster_id: str, every: pl.DataFrame) -> pl.DataFrame:
    """Entities that two members or more share: what one member alone touched links nothing."""
    shared = every.group_by("entity_id").agg(pl.col("account_id").n_unique().alias("sharers")).filter(pl.col("sharers") > 1)
    weighed = night.frame("cluster_entities").filter(pl.col("cluster_id") == cluster_id).select("entity_id", "expected", "bits", "q_value")
    return (
        shared.join(night.frame("entities"), on="entity_id")
        .join(weighed, on="entity_id", how="left")
        .with_columns(pl.format("entity:{}", "entity_id").alias("node"), pl.col("bits").fill_null(0.0))
        .join(_places(night, cluster_id), on="node", how="left")
        .sort("bits", "sharers", "entity_id", descending=[True, True, False])
    )


def _links(every: pl.DataFrame, accounts: pl.DataFrame, hubs: pl.DataFrame) -> pl.DataFrame:
    return (
        every.join(accounts.select("account_id").with_row_index("account"), on="account_id")
        .join(hubs.select("entity_id").with_row_index("hub"), on="entity_id")
        .sort("account", "hub")
        .select(
            "account",
            "hub",
            pl.col("bits").round(1),
            pl.col("first_seen").dt.strftime("%Y-%m-%d").alias("first"),
            pl.col("last_seen").dt.strftime("%Y-%m-%d").alias("last"),
        )
    )


def _account_columns(frame: pl.DataFrame) -> Columns:
    ids = frame["account_id"].to_list()
    return {
        "label": [shown(i, 60) for i in ids],
        "href": [account_link(i) for i in ids],
        "bits": frame["bits"].round(1).to_list(),
        "x": frame["x"].round(3).to_list(),
        "y": frame["y"].round(3).to_list(),
    }


def _hub_columns(frame: pl.DataFrame, population: int) -> Columns:
    return {
        "id": [str(i) for i in frame["entity_id"]],
        "href": [entity_link(i) for i in frame["entity_id"]],
        "channel": frame["channel"].to_list(),
        "kind": [shown(k, 24) for k in frame["kind"]],
        "label": [entity_label(kind, text, 60) for kind, text in frame.select("kind", "label").iter_rows()],
        "sharers": frame["sharers"].to_list(),
        "everywhere": frame["units"].to_list(),
        "rarity": [round(rarity(u, population), 5) for u in frame["units"]],
        "expected": frame["expected"].to_list(),
        "bits": frame["bits"].round(1).to_list(),
        "x": frame["x"].round(3).to_list(),
        "y": frame["y"].round(3).to_list(),
    }
