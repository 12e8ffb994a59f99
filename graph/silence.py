"""Silence: what an account leaves unsaid that most of its group say again and again.

Mixing must not hide a member, so private traffic costs nothing; but who serves an aim sends what it asks. Where most of a group
send a wording of their own, an account as busy that never does has that against it, whatever exits and card programmes it shares.
"""

import polars as pl

from graph.membership import Groups

_MOST = 0.5


def silence(groups: Groups) -> pl.DataFrame:
    """cluster, account, against (bits, zero or more): members that send none of their group's own wording (Groups.own), which most send.

    against is -log2 of the chance that one of those who do send it had sent nothing of it in as many exchanges: the mean of (1 - f)^n over
    them, f being the share of its exchanges in which each sends what it sends most of that wording, and n the exchanges, rounded down to a
    power of two. One more, who never sends it, is counted among them: a few can say but little.
    """
    wording = groups.bipartite.links.join(groups.own, on="entity").group_by("cluster", "account").agg(sent=pl.col("n").max())
    busy = groups.bipartite.accounts.select(pl.col("account").cast(pl.Int32), "exchanges")
    held = groups.held.select("cluster", pl.col("account").cast(pl.Int32)).join(busy, on="account").filter(pl.col("exchanges") > 0)
    told = held.join(wording, on=["cluster", "account"], how="left").filter(
        pl.col("sent").count().over("cluster") > _MOST * pl.len().over("cluster")
    )
    senders = told.drop_nulls("sent")
    silent = told.filter(pl.col("sent").is_null()).with_columns(power=pl.col("exchanges").log(2).floor())
    rate = (pl.col("sent") / pl.col("exchanges")).clip(0, 1)
    nothing = ((1 - rate) ** (2.0 ** pl.col("power"))).sum()
    chance = (
        silent.select("cluster", "power")
        .unique()
        .join(senders, on="cluster")
        .group_by("cluster", "power")
        .agg(against=-((1 + nothing) / (1 + pl.len())).log(2).round(6))
    )
    return silent.join(chance, on=["cluster", "power"]).select("cluster", "account", "against").sort("cluster", "account")
