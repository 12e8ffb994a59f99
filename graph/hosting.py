"""How much of a cluster's traffic comes from where machines are hosted: told, never counted. People who automate host, too."""

import polars as pl

from graph.found import Found
from graph.night import Night

_WORTH_TELLING = 0.1  # of the members' requests


def sentences(night: Night, found: Found) -> dict[int, str]:
    """For each cluster with a good part of its requests from listed hosting ranges, a sentence that says how much, and everyone's share."""
    if not night.has("lists", "hosting"):
        return {}
    counted = night.exchanges.join(night.listed(night.lists.hosting), on="ip", how="left").filter(pl.col("ip").is_not_null())
    each = (
        counted.group_by("account_id")
        .agg(hosted=pl.col("row").count().cast(pl.Int64), requests=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )
    usual = int(each["hosted"].sum()) / max(1, int(each["requests"].sum()))
    shares = (
        found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account")
        .join(each, on="account_id")
        .group_by("cluster")
        .agg(share=pl.col("hosted").sum() / pl.col("requests").sum())
        .filter(pl.col("share") >= _WORTH_TELLING)
        .sort("cluster")
    )
    return {
        cluster: f"{share:.0%} of the members' requests come from hosting ranges (all accounts: {usual:.0%})."
        for cluster, share in shares.select("cluster", "share").iter_rows()
    }
