"""What a cluster's members ask for, beside everyone else: share, lift, and how unlikely that is by chance.

Shares count sampled prompts; chance counts accounts, because one account's prompts go together, and a declared organisation is one
account. An account leans on a capability where more of its prompts ask for it than for 90 in 100 accounts with as many sampled
prompts. Under the null members lean as often as the others in their size class; the tail is the binomial's at the members' mean rate,
which is never more certain than the exact one (Hoeffding 1956). False discovery over all clusters and capabilities: Benjamini and
Hochberg 1995.
"""

from typing import Any

import numpy as np
import polars as pl
from scipy.special import bdtrc

from graph import chance
from graph.asks import Asks
from graph.found import Found
from graph.store.snapshot import FRAMES

SIGNIFICANT_Q = 0.001
_LEANING = 0.9  # quantile above which an account leans; any value gives an honest test
_ENOUGH = 5  # prompts of a day that can say how common a capability is that day
_DOUBT = 0.5  # prompts added to what others ask, so that what nobody asks is rare and not impossible

PROFILE: dict[str, pl.DataType] = {"cluster": pl.Int32(), **{k: v for k, v in FRAMES["capabilities"].items() if k != "cluster_id"}}


def profile(found: Found, asks: Asks) -> pl.DataFrame:
    """A row for each cluster with sampled prompts and each capability: see PROFILE. No rows where raw texts are no longer kept."""
    if asks.sample.is_empty() or found.groups.is_empty():
        return pl.DataFrame(schema=PROFILE)
    members = found.groups.select("cluster", pl.col("account").cast(pl.UInt32)).join(asks.sample, on="account")
    rows = pl.concat(
        [_shares(members, asks, c.name, c.column).join(_leaning(found, asks, c.column), on="cluster") for c in asks.capabilities]
    )
    tested = rows.with_columns(q_value=chance.false_discovery(-pl.col("p_value").log(2), max(1, rows.height)))
    return tested.select(pl.col(name).cast(kind) for name, kind in PROFILE.items()).sort("cluster", "capability")


def _shares(members: pl.DataFrame, asks: Asks, name: str, column: str) -> pl.DataFrame:
    """Per cluster: share, population share, lift, accounts that ask, since when, and how unequally they do."""
    each = members.group_by("cluster", "account").agg(hits=pl.col(column).sum().cast(pl.Int64), n=pl.len().cast(pl.Int64))
    hits, prompts = int(asks.sample[column].sum()), asks.sample.height
    own = each.group_by("cluster").agg(
        pl.col("hits").sum(), n=pl.col("n").sum(), accounts=(pl.col("hits") > 0).sum(), concentration=_gini(pl.col("hits") / pl.col("n"))
    )
    others = (hits - pl.col("hits") + _DOUBT) / (prompts - pl.col("n") + 2 * _DOUBT)
    told = own.with_columns(share=pl.col("hits") / pl.col("n"), population_share=others)
    told = told.with_columns(capability=pl.lit(name), prompts="n", lift=pl.col("share") / pl.col("population_share"))
    return told.join(_since(members, told, column), on="cluster", how="left")


def _gini(share: pl.Expr) -> pl.Expr:
    """Gini coefficient: 0 where all members ask equally often, near 1 where one does."""
    ordered, n = share.sort(), pl.len()
    return ((2 * (ordered * pl.int_range(1, n + 1)).sum()) / (n * ordered.sum()) - (n + 1) / n).fill_nan(0.0).clip(0, 1)


def _since(members: pl.DataFrame, told: pl.DataFrame, column: str) -> pl.DataFrame:
    """cluster, since: the first day whose new prompts ask for it as often as halfway between everyone's share and the members'."""
    daily = members.group_by("cluster", "day").agg(pl.col(column).mean().alias("day_share"), asked=pl.len())
    halfway = (pl.col("share") + pl.col("population_share")) / 2
    common = daily.join(told.filter(pl.col("lift") > 1), on="cluster").filter(pl.col("asked") >= _ENOUGH, pl.col("day_share") >= halfway)
    return common.group_by("cluster").agg(since=pl.col("day").min())


def _leaning(found: Found, asks: Asks, column: str) -> pl.DataFrame:
    """cluster, p_value: of as many members leaning on the capability, had they leaned as others with as many prompts do."""
    units = asks.sample.group_by("unit").agg(share=pl.col(column).mean(), size=pl.len().log(2).floor())
    leans = units.with_columns(leans=pl.col("share") > pl.col("share").quantile(_LEANING).over("size"))
    inside = (
        found.groups.join(found.bipartite.accounts.select("account", "unit"), on="account")
        .select("cluster", "unit")
        .unique()
        .join(leans, on="unit")
    )
    sizes = leans.group_by("size").agg(all=pl.len().cast(pl.Int64), all_lean=pl.col("leans").sum().cast(pl.Int64))
    classes = (
        inside.group_by("cluster", "size").agg(n=pl.len().cast(pl.Int64), lean=pl.col("leans").sum().cast(pl.Int64)).join(sizes, on="size")
    )
    rate = (pl.col("all_lean") - pl.col("lean") + _DOUBT) / (pl.col("all") - pl.col("n") + 2 * _DOUBT)
    counted = (
        classes.sort("cluster", "size")
        .group_by("cluster", maintain_order=True)
        .agg(pl.col("lean").sum(), expected=(rate * pl.col("n")).sum(), n=pl.col("n").sum())
    )
    n = counted["n"].to_numpy()
    tail = bdtrc(counted["lean"].to_numpy() - 1, n, np.clip(counted["expected"].to_numpy() / n, 0, 1))
    return counted.select("cluster", p_value=pl.Series(np.maximum(tail, 1e-300)))


def sentences(rows: pl.DataFrame, words: dict[str, str], most: int = 3) -> list[str]:
    """The most telling significant `rows` of one cluster in words, at most `most`; what members ask less than others is not told."""
    telling = rows.filter(pl.col("q_value") <= SIGNIFICANT_Q, pl.col("lift") > 1)
    weighed = telling.with_columns(weight=pl.col("share") * pl.col("lift").log(2)).sort(["weight", "capability"], descending=[True, False])
    return [_sentence(row, words[row["capability"]]) for row in weighed.head(most).iter_rows(named=True)]


def _sentence(row: dict[str, Any], words: str) -> str:
    since = f", since {row['since']}" if row["since"] else ""
    return (
        f"{row['share']:.0%} of members' sampled prompts {words}, {row['lift']:.0f} times everyone else's {row['population_share']:.1%}"
        f" ({row['accounts']} accounts{since}; q {row['q_value']:.0e})."
    )
