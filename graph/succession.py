"""Succession: groups that began when others had been banned.

That a group begins just after another's ban is chance for as many as begin so soon after a ban anyway; whatever it is that brings people, a
launch, a Monday, brings more of them then. For most groups it is one witness beside what they have in common (`following`). For those of
one dispatcher each the question is only whose they are (`replaced`): a pool may be replaced with other cards, exits and wording.
"""

import polars as pl

from graph import chance
from graph.incidence import Bipartite
from graph.membership import CORROBORATION_BITS, Groups
from graph.vocabulary import SMALLEST

_MOST = 0.5
_FIRST = 0.1  # of a group's accounts: it has begun when these have, whoever strayed into it
_FDR = 0.01


def following(groups: Groups) -> pl.DataFrame:
    """Pairs of groups of which one began when the other had been banned: cluster, guest (both ways round), following (bits).

    The bits are those of the coincidence: log2 of all units over those that began, too, between the ban of most of the one and the
    start of nine tenths of the other. The earlier group is banned where most of its accounts are, the later one is new where most of its
    accounts began after that.
    """
    accounts = groups.bipartite.accounts.select(pl.col("account").cast(pl.Int32), "began", "ended", "unit")
    members = groups.held.join(accounts, on="account")
    banned = pl.col("ended").is_not_null().mean() >= _MOST
    first = members.group_by("cluster").agg(banned=banned, at=pl.col("ended").median()).filter("banned").select("cluster", "at")
    later = members.join(first.rename({"cluster": "before"}), how="cross").filter(pl.col("cluster") != pl.col("before"))
    new = (
        later.group_by("before", "at", "cluster")
        .agg(new=(pl.col("began") > pl.col("at")).mean(), until=pl.col("began").quantile(0.9))
        .filter(pl.col("new") >= _MOST)
    )
    began = accounts.group_by("unit").agg(pl.col("began").min())["began"].drop_nulls().sort()
    others = began.search_sorted(new["until"], "right") - began.search_sorted(new["at"], "right")
    bits = (len(began) / pl.Series(others).clip(1)).log(2)
    pairs = new.select("before", "cluster").with_columns(following=bits.clip(0))
    there = pairs.select("following", cluster="before", guest="cluster")
    return pl.concat([there, pairs.select("following", cluster="cluster", guest="before")])


def sentences(bipartite: Bipartite, groups: pl.DataFrame) -> dict[int, list[str]]:
    """For each cluster of `groups` whose accounts came in turns: how many were banned, and how many began after that."""
    accounts = bipartite.accounts.select(pl.col("account").cast(pl.Int32), "began", "ended")
    members = groups.select("cluster", pl.col("account").cast(pl.Int32)).join(accounts, on="account")
    turns = members.group_by("cluster").agg(
        size=pl.len(),
        banned=pl.col("ended").is_not_null().sum(),
        first=pl.col("ended").median(),
        new=(pl.col("began") > pl.col("ended").median()).sum(),
    )
    some = turns.filter(pl.min_horizontal("banned", "new") >= pl.max_horizontal(SMALLEST, _FIRST * pl.col("size"))).sort("cluster")
    line = "{banned} of {size} members were banned or suspended, half of them by {first:%Y-%m-%d}; {new} began only after that."
    return {row["cluster"]: [line.format(**row)] for row in some.iter_rows(named=True)}


def replaced(groups: Groups, blocks: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Pairs of groups (host, guest) of which one dispatcher's accounts replaced another's after a ban.

    `blocks` (account, block): whom a dispatcher holds together. The accounts of a block in a group, `smallest` units or more, are a batch:
    it is banned where most of it is, and has begun when its first tenth has. All pairs of batches of which one began after the other's
    ban are tested, at a false discovery rate of 1 %. Where another group's ban explains a batch as well (10 : 1), none is taken to.
    """
    tested = _tested(groups, _batches(groups, blocks, smallest))
    passed = tested.filter(chance.false_discovery(pl.col("bits"), max(1, tested.height)) <= _FDR)
    near = passed.filter(pl.col("bits") >= pl.col("bits").max().over("batch") - CORROBORATION_BITS)
    sure = near.filter(pl.col("host").n_unique().over("batch") == 1, pl.col("host") != pl.col("guest"))
    return sure.select("host", "guest").unique().sort("host", "guest")


def _tested(groups: Groups, batches: pl.DataFrame) -> pl.DataFrame:
    """before, host, batch, guest, bits: every batch (with its group) and one that began after its ban.

    The bits are log2 of all units beside the later batch over those of them that began as soon after a ban of the earlier one.
    """
    banned = batches.filter(pl.col("ended").is_not_null().mean().over("batch") >= _MOST)
    shut = banned.group_by(before="batch", host="cluster").agg(at=pl.col("ended").median())
    begun = batches.group_by("batch", guest="cluster").agg(size=pl.len(), began=pl.col("began").quantile(_FIRST))
    later = begun.join(shut, how="cross").filter(pl.col("batch") != pl.col("before"), pl.col("began") > pl.col("at"))
    asked = _since(later.drop("at"), banned).rename({"after": "first"}).sort("first")
    starts = groups.bipartite.accounts.group_by("unit").agg(pl.col("began").min()).drop_nulls().join(shut.select("before"), how="cross")
    everyone = _since(starts, banned).group_by("before", "after").agg(as_soon=pl.len().cast(pl.Int64)).sort("after")
    counted = everyone.with_columns(pl.col("as_soon").cum_sum().over("before"))
    met = asked.join_asof(counted, left_on="first", right_on="after", by="before", check_sortedness=False)
    others = (pl.col("as_soon") - pl.col("themselves")).clip(0)
    bits = ((groups.bipartite.units - pl.col("size") + 1) / (others + 1)).log(2)
    return met.join(_themselves(asked, batches, banned), on=["batch", "before"]).select("before", "host", "batch", "guest", bits=bits)


def _themselves(asked: pl.DataFrame, batches: pl.DataFrame, banned: pl.DataFrame) -> pl.DataFrame:
    """batch, before, themselves: how many of each batch's own accounts began as soon as its first tenth, who are no other chance."""
    pairs = asked.select("batch", "before", "first")
    own = _since(pairs.join(batches.select("batch", "began").drop_nulls(), on="batch"), banned).filter(pl.col("after") <= pl.col("first"))
    return own.group_by("batch", "before").agg(themselves=pl.len().cast(pl.Int64))


def _batches(groups: Groups, blocks: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """cluster, batch (number), account, unit, began, ended: of each group the accounts that one dispatcher holds together."""
    dated = groups.bipartite.accounts.select(pl.col("account").cast(pl.Int32), "unit", "began", "ended")
    held = groups.held.select("cluster", pl.col("account").cast(pl.Int32)).join(blocks, on="account").join(dated, on="account")
    large = held.filter(pl.col("unit").n_unique().over("cluster", "block") >= smallest)
    return large.with_columns(batch=pl.struct("cluster", "block").rank("dense"))


def _since(begun: pl.DataFrame, banned: pl.DataFrame) -> pl.DataFrame:
    """`begun` (before, began, …) with how long before each beginning the latest ban of the batch `before` was: after; none: no row."""
    bans = banned.select("ended", before="batch").drop_nulls().sort("ended")
    told = begun.sort("began").join_asof(bans, left_on="began", right_on="ended", by="before", check_sortedness=False)
    return told.drop_nulls("ended").with_columns(after=pl.col("began") - pl.col("ended"))
