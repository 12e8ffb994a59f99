"""Where a cluster's traffic comes from, by the operator's lists: told beside the reasons, never counted as a link.

People who automate use hosting, too; and whose network an address is in says where somebody is rather than who.
"""

import polars as pl

from graph.found import Found
from graph.night import Night

_MUCH, _MOST = 0.1, 0.5  # shares of the members' requests that are worth telling: from hosting, from one system


def sentences(night: Night, found: Found) -> dict[int, list[str]]:
    """For each cluster (number) where its requests come from, everyone's share beside it; nothing where there is no list."""
    told: dict[int, list[str]] = {}
    hosting = night.lists.hosting.with_columns(place=pl.lit("hosting ranges"))
    systems = night.lists.systems.rename({"system": "place"})
    for name, ranges, least in (("hosting", hosting, _MUCH), ("asn-ipv4", systems, _MOST)):
        shares = _shares(night, found, ranges) if night.has("lists", name) else pl.DataFrame(schema=_SHARES)
        for row in shares.filter(pl.col("share") >= least).iter_rows(named=True):
            line = "{share:.0%} of the members' requests come from {place} (all accounts: {usual:.0%}).".format(**row)
            told.setdefault(row["cluster"], []).append(line)
    return told


_SHARES = {"cluster": pl.Int32, "place": pl.String, "share": pl.Float64, "usual": pl.Float64}


def _shares(night: Night, found: Found, ranges: pl.DataFrame) -> pl.DataFrame:
    """As _SHARES: for each cluster and place of `ranges` (start, end, place) the share of requests with an address, members' and usual."""
    named = ranges.lazy().select("place").with_row_index("row").cast({"row": pl.Int64})
    placed = night.listed(ranges).join(named, on="row").select("ip", "place")
    counted = (
        night.exchanges.filter(pl.col("ip").is_not_null())
        .join(placed, on="ip", how="left")
        .group_by("account_id", "place")
        .agg(n=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )
    usual = counted.group_by("place").agg(usual=pl.col("n").sum() / max(1, int(counted["n"].sum()))).drop_nulls()
    members = found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account").join(counted, on="account_id")
    by_place = members.group_by("cluster", "place").agg(pl.col("n").sum())
    share = by_place.with_columns(share=pl.col("n") / pl.col("n").sum().over("cluster"))
    return share.join(usual, on="place").select(list(_SHARES)).sort("cluster", "place")
