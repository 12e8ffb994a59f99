"""Membership: for each candidate group and each account, how many bits speak for belonging.

For an account i, a group G and an entity e that is over-represented in G:
    bits = log2( P(e | G without i) / P(e | everyone else, given how much i does) ), never below zero,
so that private traffic costs nothing and mixing does not hide a member (Fellegi and Sunter 1969, leave-one-out). Within a
channel the strongest entity counts whole, the next half, the next a quarter: what comes together is not counted twice.
An account belongs when its bits pay for the prior odds of belonging and then some, and not by one channel alone.
"""

import polars as pl

from graph import chance
from graph.incidence import Bipartite
from graph.rhythm import likeness
from graph.vocabulary import Channel

_ENRICHED_Q = 0.001  # an entity speaks for a group only when its share there is no chance
_LEAST_LIFT = 4.0  # and worth a look: what is hardly more frequent in the group says next to nothing of anyone
_HEAVY = 4.0
_LEAST_BITS = 1.0  # an entity that says less of an account says nothing
_DOUBT_BITS = 6.64  # posterior odds of 99 : 1
HALVING = 0.5
# One family of channels alone has innocent explanations that no chance model covers (a public exit, a popular harness), so the
# others together must say 10 : 1. Conclusive signals are exempt: nobody shares a dispatcher by circumstance.
CORROBORATION_BITS = 3.32
RHYTHM_MOST_BITS = 8.0  # no sample is large enough for rhythm to say more


def profile(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """The entities over-represented in each group of `groups` (cluster, account).

    Columns: cluster, entity, kind, members, member_units, size_units, expected (members' touches by chance), surprise (bits),
    q (false discovery over all entities that two units of a group touch), spill (units elsewhere that touch it), leak (what
    must be allowed for beyond those seen), total (incidences of the kind).
    """
    members = groups.lazy().select("cluster", "account").join(bipartite.accounts.lazy().select("account", "unit", "alone"), on="account")
    counted = (
        _counted(members.join(bipartite.links.lazy().select("account", "entity", "kind"), on="account"))
        .filter(pl.col("member_units") >= 2)
        .join(bipartite.entities.lazy().select("entity", "units"), on="entity")
        .join(_volumes(bipartite, members), on=["cluster", "kind"])
        .join(sizes(bipartite, groups).lazy(), on="cluster")
        .join(_kinds(bipartite), on="kind")
        .with_columns(
            expected=pl.col("light") * pl.col("units") / pl.col("total")
            + pl.col("heavy") * chance.touch_probability(pl.col("heavy_touched"), pl.col("units"), pl.col("total"))
        )
        .with_columns(surprise=chance.surprise_bits(pl.col("member_units").cast(pl.Float64), pl.col("expected")))
        .collect(engine="streaming")
    )
    enriched = counted.with_columns(
        q=chance.false_discovery(pl.col("surprise"), max(1, counted.height)), spill=(pl.col("units") - pl.col("member_units")).clip(0)
    ).filter(pl.col("q") <= _ENRICHED_Q, pl.col("member_units") >= _LEAST_LIFT * pl.col("expected"))
    leak = ((pl.col("spill").sum() + pl.col("doubt").first()) / pl.len()).over("cluster", "kind")
    return enriched.with_columns(leak=pl.min_horizontal(leak, "doubt")).select(
        "cluster", "entity", "kind", "members", "member_units", "size_units", "expected", "surprise", "q", "spill", "leak", "total"
    )


def _counted(touches: pl.LazyFrame) -> pl.LazyFrame:
    """cluster, entity, kind, members, member_units. Accounts without a declared organisation, nearly all, are their own unit."""
    key = ["cluster", "entity", "kind"]
    alone = touches.filter(pl.col("alone")).group_by(key).agg(members=pl.len(), member_units=pl.len())
    together = touches.filter(~pl.col("alone")).group_by(*key, "unit").agg(members=pl.len())
    declared = together.group_by(key).agg(pl.col("members").sum(), member_units=pl.len())
    return pl.concat([alone, declared]).group_by(key).agg(pl.col("members", "member_units").sum())


def _volumes(bipartite: Bipartite, members: pl.LazyFrame) -> pl.LazyFrame:
    """What chance would make of a group, by cluster and kind: touches of its usual members, and the few that do far more.

    light: sum of touched over members up to _HEAVY times the median; heavy: how many do more; heavy_touched: their mean. Apart,
    because an account that touches a thousand addresses still touches each one but once.
    """
    usual = pl.col("touched") <= _HEAVY * pl.col("touched").median()
    return (
        members.join(bipartite.activity.lazy(), on="account")
        .group_by("cluster", "kind")
        .agg(
            light=pl.col("touched").filter(usual).cast(pl.Float64).sum(),
            heavy=(~usual).sum().cast(pl.Float64),
            heavy_touched=pl.col("touched").filter(~usual).mean().fill_null(0.0),
        )
    )


def sizes(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """cluster, size_units: distinct units of each group."""
    return (
        groups.join(bipartite.accounts.select("account", "unit"), on="account")
        .group_by("cluster")
        .agg(size_units=pl.col("unit").n_unique().cast(pl.Int64))
    )


def _kinds(bipartite: Bipartite) -> pl.LazyFrame:
    return bipartite.kinds.lazy().select("kind", "doubt", total=pl.max_horizontal(pl.col("total"), bipartite.units).cast(pl.Float64))


def evidence(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """Bits of every account that touches an over-represented entity of a group: cluster, account, entity, kind, bits, member."""
    inside = groups.lazy().select("cluster", "account", member=pl.lit(True))
    own = pl.col("member").cast(pl.Int32)
    share = (pl.col("member_units") - own) / (pl.col("size_units") - own)
    others = pl.when(pl.col("member")).then(pl.col("spill")).otherwise((pl.col("spill") - 1).clip(0))
    touching = (
        profile(bipartite, groups)
        .lazy()
        .join(bipartite.links.lazy().select("account", "entity"), on="entity")
        .join(inside, on=["cluster", "account"], how="left")
        .with_columns(pl.col("member").fill_null(False))
    )
    return _in_bits(bipartite, touching, share, others)


def kinship(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """What speaks for the members of each group belonging to another one, were the two one: as `weigh`, cluster being the host.

    `groups` must hold no account twice. An entity that host and guests share is not held against them: only its spill beyond both is.
    """
    at_home = groups.lazy().select("account", guest="cluster")
    touching = (
        profile(bipartite, groups)
        .lazy()
        .join(bipartite.links.lazy().select("account", "entity"), on="entity")
        .join(at_home, on="account")
        .filter(pl.col("cluster") != pl.col("guest"))
        .with_columns(pl.len().over("cluster", "entity", "guest").alias("shared"), member=pl.lit(False))
    )
    share = pl.col("member_units") / pl.col("size_units")
    found = _in_bits(bipartite, touching, share, (pl.col("spill") - pl.col("shared").cast(pl.Int64)).clip(0))
    return _sums(_costs(bipartite, groups), _by_channel(bipartite, found)).drop("member")


def support(bipartite: Bipartite, groups: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """What the rest of a group says for the accounts of each of its parts: part, and as `weigh` has it.

    `parts`: part (number), cluster (the group it is a part of), account. An entity counts by its share in the group without the part.
    """
    size = parts.group_by("part").agg(part_size=pl.len().cast(pl.Int64))
    touching = (
        parts.lazy()
        .join(profile(bipartite, groups).lazy(), on="cluster")
        .join(bipartite.links.lazy().select("account", "entity"), on=["account", "entity"])
        .join(size.lazy(), on="part")
        .with_columns(rest=pl.col("member_units") - pl.len().over("part", "entity").cast(pl.Int64), member=pl.lit(True))
        .filter(pl.col("rest") > 0, pl.col("size_units") > pl.col("part_size"))
    )
    cost = _costs(bipartite, groups).join(parts.select("part", "cluster").unique(), on="cluster").select(pl.col("part").alias("cluster"), "cost")
    share = pl.col("rest") / (pl.col("size_units") - pl.col("part_size"))
    found = _in_bits(bipartite, touching.drop("cluster").rename({"part": "cluster"}), share, pl.col("spill"))
    return _sums(cost, _by_channel(bipartite, found)).drop("member").rename({"cluster": "part"})


def _in_bits(bipartite: Bipartite, touching: pl.LazyFrame, share: pl.Expr, others: pl.Expr) -> pl.DataFrame:
    elsewhere = chance.touch_probability(pl.col("touched").cast(pl.Float64), others + pl.col("leak"), pl.col("total"))
    return (
        touching.join(bipartite.activity.lazy(), on=["account", "kind"])
        .with_columns(bits=(share / elsewhere).log(2))
        .filter(pl.col("bits") >= _LEAST_BITS)
        .select("cluster", "account", "entity", "kind", "bits", "member")
        .collect(engine="streaming")
    )


def channel_bits(bipartite: Bipartite, groups: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What each channel says of each account that `found` (of `evidence`) speaks of: cluster, account, member, channel, software, bits, conclusive.

    conclusive: how much of the bits comes from conclusive signals. Rhythm is added to timing, for every account it could matter to.
    """
    entities = _by_channel(bipartite, found)
    near = _sums(_costs(bipartite, groups), entities).filter(pl.col("surplus") + RHYTHM_MOST_BITS >= 0)
    return _with_rhythm(bipartite, groups, entities, near)


def _with_rhythm(bipartite: Bipartite, groups: pl.DataFrame, entities: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """`entities` (of `_by_channel`) with the bits of rhythm, for the pairs `asked` (cluster, account, member), added to timing."""
    pairs = asked.sort("cluster", "account")
    rhythm = pairs.select(
        "cluster",
        "account",
        "member",
        pl.lit(Channel.TIMING.value).alias("channel"),
        pl.lit(False).alias("software"),
        likeness(bipartite.rhythms, groups, pairs).alias("bits"),
        pl.lit(0.0).alias("conclusive"),
    ).filter(pl.col("bits") > 0)
    return (
        pl.concat([entities, rhythm])
        .group_by("cluster", "account", "member", "channel", "software")
        .agg(pl.col("bits", "conclusive").sum().round(6))
        .sort("cluster", "account", "channel", "software")
    )


def _costs(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """cluster, cost: the bits that belonging to each group takes, the prior odds against it and the doubt we allow."""
    prior = ((bipartite.units - pl.col("size_units")).clip(1) / pl.col("size_units")).log(2).clip(0)
    return sizes(bipartite, groups).select("cluster", cost=prior + _DOUBT_BITS)


def _by_channel(bipartite: Bipartite, found: pl.DataFrame) -> pl.DataFrame:
    """`evidence` summed by channel, each further entity of a channel counting half, conclusive ones first."""
    order = [pl.col("conclusive"), pl.col("bits")]
    rank = pl.struct(order).rank("ordinal", descending=True).over("cluster", "account", "channel")
    return (
        found.lazy()
        .join(bipartite.kinds.lazy().select("kind", "channel", "conclusive", "software"), on="kind", maintain_order="left")
        .with_columns(bits=pl.col("bits") * HALVING ** (rank.cast(pl.Float64) - 1))
        .group_by("cluster", "account", "member", "channel", "software")
        .agg(pl.col("bits").sum(), conclusive=pl.col("bits").filter(pl.col("conclusive")).sum())
        .sort("cluster", "account", "channel", "software")
        .collect(engine="streaming")
    )


def weigh(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """What speaks for each account that touches a group's entities: cluster, account, bits, conclusive, surplus, beside_software,
    corroboration, independent.

    conclusive: what conclusive signals say of it. surplus: bits beyond what belonging costs, negative where they fall short;
    beside_software: the same without client and wording. corroboration: bits from all but the strongest
    channel; independent: the same where client and wording count as one. Conclusive bits are never taken for the strongest.
    Rhythm is asked only where the rest leaves the question open.
    """
    entities = _by_channel(bipartite, evidence(bipartite, groups))
    said = _sums(_costs(bipartite, groups), entities)
    sure = (pl.col("surplus") >= 0) & (pl.col("independent") >= CORROBORATION_BITS)
    asked = said.filter(~sure, pl.col("surplus") + RHYTHM_MOST_BITS >= 0)
    return _sums(_costs(bipartite, groups), _with_rhythm(bipartite, groups, entities, asked)).drop("member")


def _sums(cost: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    circumstance = pl.col("bits") - pl.col("conclusive")
    witness = pl.when(pl.col("software")).then(pl.lit("software")).otherwise("channel")
    by = ["cluster", "account", "member"]
    return (
        said.with_columns(circumstance=circumstance)
        .with_columns(channel=pl.col("circumstance").sum().over(*by, "channel"), family=pl.col("circumstance").sum().over(*by, witness))
        .group_by(by)
        .agg(
            pl.col("bits", "conclusive").sum(),
            pl.col("channel", "family").max(),
            of_software=pl.col("circumstance").filter(pl.col("software")).sum(),
        )
        .join(cost, on="cluster")
        .select(
            "cluster",
            "account",
            "member",
            pl.col("bits", "conclusive").round(6),
            surplus=(pl.col("bits") - pl.col("cost")).round(6),
            beside_software=(pl.col("bits") - pl.col("of_software") - pl.col("cost")).round(6),
            corroboration=(pl.col("bits") - pl.col("channel")).round(6),
            independent=(pl.col("bits") - pl.col("family")).round(6),
        )
        .sort("cluster", "account")
    )


def belonging(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """The rows of `weigh` whose bits pay for belonging."""
    return weigh(bipartite, groups).filter(pl.col("surplus") >= 0)
