"""Tenure: when each account was first active and how often, and when enforcement ended it."""

import polars as pl

from graph.night import Night

_ENDING = r"(?i)ban|suspend|terminat|clos|disabl|block|revok"  # of an action or a status, in whatever words it is logged


def tenure(night: Night) -> pl.LazyFrame:
    """account_id, began (first exchange of the window), exchanges, ended (first ban, suspension or the like; null where there is none)."""
    began = night.exchanges.group_by("account_id").agg(began=pl.col("occurred_at").min(), exchanges=pl.len().cast(pl.Int64))
    acted = night.enforcement.filter(pl.col("action").str.contains(_ENDING)).select("account_id", at="acted_at")
    told = night.accounts.filter(pl.col("status").str.contains(_ENDING)).select("account_id", at="status_at")
    known = pl.concat([acted, told]).filter(pl.col("at") < night.until)
    ended = known.group_by("account_id").agg(ended=pl.col("at").min())
    return began.join(ended, on="account_id", how="full", coalesce=True)
