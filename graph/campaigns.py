"""Campaigns within a pool: one dispatcher's accounts may serve several aims, and an account more than one of them.

An aim shows in its wording. The sentences that mark a pool fall into wordings by who sends them how often (Leiden on each account's
shares, whose null keeps how much an account sends and how common a sentence is). A wording is a campaign of its own when the pool's
accounts are of two kinds: those that send it, and those that send next to none of it although they were busy on the same days.
Templates that every account takes in turn make no such kinds, nor does wording that changes from one week to the next.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from graph import chance
from graph.found import Found
from graph.leiden import bipartite_communities
from graph.membership import CORROBORATION_BITS, Groups
from graph.night import Night
from graph.refinement import distinct
from graph.scoring import Score
from graph.vocabulary import Channel

Floats = npt.NDArray[np.float64]

_RESOLUTION = 0.7  # below 1, as the templates of one aim are no communities that the modularity of chance would part
_TWO_KINDS = 0.75  # variance between two classes, of all: a uniform distribution's, one bump has less (Otsu 1979)
_ITS_PART = 0.5  # of what its share of the traffic makes, from which an account sends a sentence like the rest
_COMMON = 0.9  # of a pool's accounts: what so many send their part of is the whole pool's
_ABSENT = 0.2  # of what the others send: chance and retries
_NEVER = 0.01  # so that one sentence sent in error is no contradiction
_EXPECTED = 5.0  # sentences, below which an account that sends none says nothing
_MOST_SENTENCES = 2_000  # of a pool, the most common
_MOST_BITS = 8.0  # for a wording, however often it was sent: no model is that exact


INSIDE: dict[str, pl.DataType] = {
    "pool": pl.Int32(),
    "cluster": pl.Int32(),
    "account": pl.Int32(),
    "sent": pl.Int64(),
    "expected": pl.Float64(),
    "bits": pl.Float64(),
}


@dataclass(frozen=True)
class _Kinds:
    """How often the two kinds of a pool's accounts send a wording, of what their traffic would make expected."""

    rare: float
    often: float


def within(night: Night, found: Found, smallest: int) -> pl.DataFrame:
    """Campaigns within the groups of `found`: pool (the group), cluster (a number of its own), account, sent, expected, bits.

    sent: how many of the campaign's sentences the account sent; expected: as many as its share of the group's traffic, day by day;
    bits: for sending them as the campaign's accounts do rather than as the group's others. A campaign has at least `smallest` units.
    """
    sent = _sent(night, found, smallest)
    if sent.is_empty():
        return pl.DataFrame(schema=INSIDE)
    traffic = _traffic(night, found, sent)
    told = _against(traffic, sent.join(_wordings(_telling(sent, traffic)), on=["cluster", "entity"]))
    units = found.bipartite.accounts.select(pl.col("account").cast(pl.Int32), "unit")
    campaigns = list(_campaigns(told.join(units, on="account").sort("cluster", "wording", "account"), smallest))
    if not campaigns:
        return pl.DataFrame(schema=INSIDE)
    numbered = pl.concat(campaigns)
    apart = distinct(numbered.select("account", cluster="campaign", surplus="bits"))
    kept = numbered.join(apart.rename({"cluster": "campaign"}), on=["campaign", "account"])
    own = found.groups["cluster"].max() + pl.col("campaign").rank("dense")
    named = kept.rename({"cluster": "pool"}).with_columns(cluster=own)
    return named.select(pl.col(name).cast(kind) for name, kind in INSIDE.items()).sort("cluster", "account")


def beside_pools(found: Found, inside: pl.DataFrame) -> Found:
    """`found` with the campaigns `inside` its groups (of `within`) as clusters of their own.

    A membership of a campaign is the membership of its pool, and what the account sends of the campaign's wording besides.
    """
    if inside.is_empty():
        return found

    def of_members(rows: pl.DataFrame) -> pl.DataFrame:
        members = inside.select("pool", "cluster", "account")
        return rows.rename({"cluster": "pool"}).join(members, on=["pool", "account"]).select(rows.columns)

    wording = inside.select(
        "cluster",
        "account",
        channel=pl.lit(Channel.PROMPT.value),
        software=pl.lit(True),
        bits="bits",
        conclusive=pl.lit(0.0),
    )
    bits = (
        pl.concat([of_members(found.channel_bits), wording])
        .group_by("cluster", "account", "channel", "software")
        .agg(pl.col("bits", "conclusive").sum().round(6))
        .sort("cluster", "account", "channel", "software")
    )
    groups = inside.select("cluster", "account")
    own = Found(found.bipartite, groups, found.facts, of_members(found.evidence), bits, Groups(found.bipartite, groups).marked)
    return found.and_also(own)


def told(scores: Mapping[int, Score], inside: pl.DataFrame) -> dict[int, Score]:
    """`scores` with what is a pool and what a campaign within it, and what sets the campaign's accounts apart."""
    pools = set(inside["pool"])
    after = {cluster: replace(score, kind="pool") if cluster in pools else score for cluster, score in scores.items()}
    for row in inside.group_by("cluster").agg(pl.len(), pl.col("sent", "expected").sum()).to_dicts():
        score = scores[row["cluster"]]
        after[row["cluster"]] = replace(score, kind="campaign", reasons=(_sentence(row), *score.reasons))
    return after


def _sentence(row: dict[str, float]) -> str:
    return (
        f"A campaign within its pool: {row['len']:,} accounts sent {row['sent']:,} sentences of its wording, where their share of the"
        f" pool's traffic would make {row['expected']:,.0f}; the pool's other accounts send next to none of it."
    )


def _sent(night: Night, found: Found, smallest: int) -> pl.DataFrame:
    """cluster, account, entity, day, n: the sentences that mark each group large enough to hold two campaigns, as its members sent them."""
    sentences = found.bipartite.kinds.filter(pl.col("name") == "sentence").select("kind")
    marking = (
        found.profile.filter(pl.col("size_units") >= 2 * smallest, pl.col("member_units") >= smallest)
        .join(sentences, on="kind", how="semi")
        .sort(["cluster", "member_units", "entity"], descending=[False, True, False])
        .group_by("cluster", maintain_order=True)
        .head(_MOST_SENTENCES)
        .join(found.bipartite.entities.select("entity", "value"), on="entity")
        .select("cluster", "entity", fragment_id=pl.col("value").cast(pl.Int64))
    )
    members = found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account")
    return (
        night.fragments.join(marking.lazy(), on="fragment_id")
        .join(members.lazy(), on=["cluster", "account_id"])
        .group_by("cluster", "account", "entity", day=pl.col("first_at").dt.date())
        .agg(pl.col("n").sum())
        .sort("cluster", "account", "entity", "day")
        .collect(engine="streaming")
    )


def _traffic(night: Night, found: Found, sent: pl.DataFrame) -> pl.DataFrame:
    """cluster, account, day, exchanges: of every member of the clusters that `sent` speaks of."""
    members = found.groups.join(sent.select("cluster").unique(), on="cluster", how="semi")
    named = members.join(found.bipartite.accounts.select("account", "account_id"), on="account").lazy()
    return (
        night.exchanges.join(named, on="account_id")
        .group_by("cluster", "account", day=pl.col("occurred_at").dt.date())
        .agg(exchanges=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )


def _telling(sent: pl.DataFrame, traffic: pl.DataFrame) -> pl.DataFrame:
    """cluster, account, entity, n: the sentences that not all accounts of a cluster send as often as their traffic would have it."""
    whole = sent.group_by("cluster", "account", "entity", maintain_order=True).agg(pl.col("n").sum())
    busy = traffic.group_by("cluster", "account").agg(pl.col("exchanges").sum())
    part = busy.with_columns(part=pl.col("exchanges") / pl.col("exchanges").sum().over("cluster"), members=pl.len().over("cluster"))
    share_of_all = pl.col("part") * pl.col("n").sum().over("cluster", "entity")
    common = (
        whole.join(part, on=["cluster", "account"])
        .filter(pl.col("n") >= _ITS_PART * share_of_all)
        .group_by("cluster", "entity")
        .agg(pl.len(), pl.col("members").first())
        .filter(pl.col("len") >= _COMMON * pl.col("members"))
    )
    return whole.join(common, on=["cluster", "entity"], how="anti", maintain_order="left")


def _wordings(whole: pl.DataFrame) -> pl.DataFrame:
    """cluster, entity, wording (number within the cluster): the sentences (of `_telling`) that the same accounts send."""
    if whole.is_empty():
        return pl.DataFrame(schema={"cluster": pl.Int32, "entity": pl.Int32, "wording": pl.Int64})
    share = whole.with_columns(share=pl.col("n") / pl.col("n").sum().over("cluster", "account"))
    return pl.concat([_partition(rows) for _, rows in share.group_by("cluster", maintain_order=True)])


def _partition(share: pl.DataFrame) -> pl.DataFrame:
    _, entities = bipartite_communities(share["account"], share["entity"], share["share"].to_numpy(), resolution=_RESOLUTION)
    return entities.select(pl.lit(share["cluster"][0], pl.Int32).alias("cluster"), "entity", wording="part")


def _against(traffic: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """cluster, wording, account, sent, expected, of every member: were each day's sentences spread over the day's traffic."""
    part = traffic.with_columns(part=pl.col("exchanges") / pl.col("exchanges").sum().over("cluster", "day"))
    daily = sent.group_by("cluster", "wording", "day").agg(of_day=pl.col("n").sum())
    expected = (
        part.join(daily, on=["cluster", "day"])
        .group_by("cluster", "wording", "account")
        .agg(expected=(pl.col("part") * pl.col("of_day")).sum().round(6))
    )
    said = sent.group_by("cluster", "wording", "account").agg(sent=pl.col("n").sum())
    return expected.join(said, on=["cluster", "wording", "account"], how="left").with_columns(pl.col("sent").fill_null(0))


def _campaigns(told: pl.DataFrame, smallest: int) -> Iterator[pl.DataFrame]:
    """The members of each wording that has two kinds of accounts, numbered; `told` is sorted by cluster and wording."""
    number = 0
    for _, rows in told.group_by("cluster", "wording", maintain_order=True):
        kinds = _kinds(rows, smallest)
        if kinds is None:
            continue
        campaign = rows.with_columns(bits=_bits(kinds)).filter(pl.col("bits") >= CORROBORATION_BITS)
        if smallest <= campaign["unit"].n_unique() and rows["unit"].n_unique() - campaign["unit"].n_unique() >= smallest:
            yield campaign.with_columns(campaign=pl.lit(number, pl.Int32))
            number += 1


def _kinds(rows: pl.DataFrame, smallest: int) -> _Kinds | None:
    judged = rows.filter(pl.col("expected") >= _EXPECTED)
    if judged.height < 2 * smallest:
        return None
    separation, rare, often = two_classes((judged["sent"] / judged["expected"]).to_numpy())
    return _Kinds(max(rare, _NEVER), often) if separation > _TWO_KINDS and rare <= _ABSENT * often else None


def two_classes(values: Floats) -> tuple[float, float, float]:
    """How far `values` fall into two classes (the share of their variance that lies between, 0 to 1), and the mean of each (Otsu 1979)."""
    ranked = np.sort(values)
    n, whole, below = len(ranked), ranked.sum(), np.cumsum(ranked)[:-1]
    left = np.arange(1, n)
    low, high = below / left, (whole - below) / (n - left)
    between = left * (n - left) / n**2 * (high - low) ** 2
    cut = int(between.argmax())
    spread = ranked.var() if ranked[0] < ranked[-1] else 0.0  # of equal values, rounding makes a variance
    return (min(1.0, float(between[cut] / spread)) if spread > 0 else 0.0), float(low[cut]), float(high[cut])


def _bits(kinds: _Kinds) -> pl.Expr:
    """The likelihood ratio of two Poisson rates, in bits, never above _MOST_BITS."""
    gain = math.log2(kinds.often / kinds.rare)
    bits = pl.col("sent") * gain - pl.col("expected") * ((kinds.often - kinds.rare) / chance.LN2)
    return bits.clip(upper_bound=_MOST_BITS).round(6)
