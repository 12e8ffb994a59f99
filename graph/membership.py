"""Membership: for each candidate group and each account, how many bits speak for belonging.

For an account i, a group G and an entity e that is over-represented in G:
    bits = log2( P(e | G without i) / P(e | everyone else, given how much i does) ), never below zero,
so that private traffic costs nothing and mixing does not hide a member (Fellegi and Sunter 1969, leave-one-out). Within a
channel the strongest entity counts whole, the next half, the next a quarter: what comes together is not counted twice.
An account belongs when its bits pay for the prior odds of belonging and then some, and not by one channel alone.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from graph import chance, profile
from graph.incidence import Bipartite
from graph.rhythm import likeness
from graph.vocabulary import CHANNELS, Channel

_LEAST_BITS = 1.0  # an entity that says less of an account says nothing
_DOUBT_BITS = 6.64  # posterior odds of 99 : 1
HALVING = 0.5
# One family of channels alone has innocent explanations that no chance model covers (a public exit, a popular harness), so the
# others together must say 10 : 1. Conclusive signals are exempt: nobody shares a dispatcher by circumstance.
CORROBORATION_BITS = 3.32
_MOST = 0.5
_NOTHING_OWN = pl.DataFrame(schema={"cluster": pl.Int32, "entity": pl.Int32})
_CHANNEL = pl.Enum([channel.value for channel in CHANNELS])
_WITHIN = ["cluster", "account", "channel"]
RHYTHM_MOST_BITS = 8.0  # no sample is large enough for rhythm to say more


@dataclass(frozen=True)
class Groups:
    """Groups of accounts of one night, and what speaks for each. `held`: cluster, account."""

    bipartite: Bipartite
    held: pl.DataFrame

    @cached_property
    def profile(self) -> pl.DataFrame:
        """The entities that mark each group (profile.profile)."""
        return profile.profile(self.bipartite, self.held)

    @cached_property
    def sizes(self) -> pl.DataFrame:
        """cluster, size_units (profile.sizes)."""
        return profile.sizes(self.bipartite, self.held)

    @cached_property
    def evidence(self) -> pl.DataFrame:
        """The bits of every member that touches what marks its group (`evidence`)."""
        return evidence(self)

    @cached_property
    def counted(self) -> pl.DataFrame:
        """`evidence` as it counts within each channel (`count`)."""
        return count(self.bipartite, self.evidence)

    @cached_property
    def own(self) -> pl.DataFrame:
        """cluster, entity: the wording that is a group's own, see `own_wording`."""
        return own_wording(self)

    @cached_property
    def marked(self) -> pl.DataFrame:
        """`profile`, and whether a mark is the group's own wording: own."""
        told = self.own.with_columns(own=pl.lit(True))
        return self.profile.join(told, on=["cluster", "entity"], how="left").with_columns(pl.col("own").fill_null(False))

    @cached_property
    def members(self) -> pl.DataFrame:
        """What speaks for each member (`weigh`)."""
        return weigh(self)


def evidence(groups: Groups) -> pl.DataFrame:
    """Bits of every member that touches an over-represented entity of its group: cluster, account, entity, kind, bits."""
    links = groups.bipartite.links.lazy().select("account", "entity")
    held = groups.held.lazy().select("cluster", "account")
    touching = links.join(held, on="account").join(groups.profile.lazy(), on=["cluster", "entity"])
    share = (pl.col("member_units") - 1) / (pl.col("size_units") - 1)
    return _in_bits(groups.bipartite, touching, share, pl.col("spill"))


def evidence_outside(groups: Groups) -> pl.DataFrame:
    """As `evidence`, for every account that touches an over-represented entity of a group it does not stand in."""
    links = groups.bipartite.links.lazy().select("account", "entity")
    held = groups.held.lazy().select("cluster", "account")
    touching = groups.profile.lazy().join(links, on="entity").join(held, on=["cluster", "account"], how="anti")
    share = pl.col("member_units") / pl.col("size_units")
    return _in_bits(groups.bipartite, touching, share, (pl.col("spill") - 1).clip(0))


def own_wording(groups: Groups) -> pl.DataFrame:
    """cluster, entity: the software that marks a group, most of whose users everywhere are members that other witnesses speak for.

    A program that people use is used by people. What hardly anyone sends but accounts that cards, addresses or their timing tie to each
    other is no program: it is a witness of its own, for the group's other accounts too.
    """
    bipartite = groups.bipartite
    known = _sums(_costs(groups), _by_channel(groups.counted, _NOTHING_OWN))
    tied = known.filter(pl.col("surplus") >= 0, pl.col("independent") >= CORROBORATION_BITS).select("cluster", "account")
    wording = bipartite.kinds.filter("software", pl.col("channel") == Channel.PROMPT.value).select("kind")
    return (
        groups.evidence.lazy()
        .join(wording.lazy(), on="kind", how="semi")
        .join(tied.lazy(), on=["cluster", "account"], how="semi")
        .join(bipartite.accounts.lazy().select(pl.col("account").cast(pl.Int32), "unit"), on="account")
        .group_by("cluster", "entity")
        .agg(tied=pl.col("unit").n_unique())
        .join(bipartite.entities.lazy().select(pl.col("entity").cast(pl.Int32), "units"), on="entity")
        .filter(pl.col("tied") > _MOST * pl.col("units"))
        .select("cluster", "entity")
        .sort("cluster", "entity")
        .collect(engine="streaming")
    )


def kinship(groups: Groups) -> pl.DataFrame:
    """What speaks for the members of each group belonging to another one, were the two one: as `weigh`, cluster being the host.

    `groups` must hold no account twice. An entity that host and guests share is not held against them: only its spill beyond both is.
    """
    at_home = groups.held.lazy().select("account", guest="cluster")
    touching = (
        groups.profile.lazy()
        .join(groups.bipartite.links.lazy().select("account", "entity"), on="entity")
        .join(at_home, on="account")
        .filter(pl.col("cluster") != pl.col("guest"))
        .with_columns(pl.len().over("cluster", "entity", "guest").alias("shared"))
    )
    share = pl.col("member_units") / pl.col("size_units")
    found = _in_bits(groups.bipartite, touching, share, (pl.col("spill") - pl.col("shared").cast(pl.Int64)).clip(0))
    return _settled(groups.bipartite, groups.held, _costs(groups), count(groups.bipartite, found), groups.own)


def support(groups: Groups, parts: pl.DataFrame) -> pl.DataFrame:
    """What the rest of a group says for the accounts of each of its parts: part, and as `weigh` has it.

    `parts`: part (number), cluster (the group it is a part of), account. An entity counts by its share in the group without the part.
    """
    size = parts.group_by("part").agg(part_size=pl.len().cast(pl.Int64))
    touching = (
        parts.lazy()
        .join(groups.bipartite.links.lazy().select("account", "entity"), on="account")
        .join(groups.profile.lazy(), on=["cluster", "entity"])
        .join(size.lazy(), on="part")
        .with_columns(rest=pl.col("member_units") - pl.len().over("part", "entity").cast(pl.Int64))
        .filter(pl.col("rest") > 0, pl.col("size_units") > pl.col("part_size"))
    )
    whole = parts.select("part", "cluster").unique()
    cost = _costs(groups).join(whole, on="cluster").select(pl.col("part").alias("cluster"), "cost")
    held = whole.join(groups.held, on="cluster").select(pl.col("part").alias("cluster"), "account")
    share = pl.col("rest") / (pl.col("size_units") - pl.col("part_size"))
    found = _in_bits(groups.bipartite, touching.drop("cluster").rename({"part": "cluster"}), share, pl.col("spill"))
    own = whole.join(groups.own, on="cluster").select(pl.col("part").alias("cluster"), "entity")
    return _settled(groups.bipartite, held, cost, count(groups.bipartite, found), own).rename({"cluster": "part"})


def _in_bits(bipartite: Bipartite, touching: pl.LazyFrame, share: pl.Expr, others: pl.Expr) -> pl.DataFrame:
    elsewhere = chance.touch_probability(pl.col("touched").cast(pl.Float64), others + pl.col("leak"), pl.col("total"))
    return (
        touching.join(bipartite.activity.lazy(), on=["account", "kind"])
        .with_columns(bits=(share / elsewhere).log(2))
        .filter(pl.col("bits") >= _LEAST_BITS)
        .select("cluster", "account", "entity", "kind", "bits")
        .collect(engine="streaming")
    )


def channel_bits(groups: Groups) -> pl.DataFrame:
    """What each channel says of each member: cluster, account, channel, software, bits, conclusive.

    conclusive: how much of the bits comes from conclusive signals. Rhythm is added to timing, for every account it could matter to.
    """
    entities = _by_channel(groups.counted, groups.own)
    near = _sums(_costs(groups), entities).filter(pl.col("surplus") + RHYTHM_MOST_BITS >= 0)
    said = _with_rhythm(groups.bipartite, groups.held, entities, near)
    return said.with_columns(pl.col("channel").cast(pl.String)).sort("cluster", "account", "channel", "software")


def _with_rhythm(bipartite: Bipartite, held: pl.DataFrame, entities: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """`entities` (of `_by_channel`) with the bits of rhythm, for the pairs `asked` (cluster, account), added to timing.

    `held` (cluster, account): whose rhythm stands for each cluster.
    """
    pairs = asked.sort("cluster", "account")
    rhythm = pairs.select(
        "cluster",
        "account",
        pl.lit(Channel.TIMING.value, _CHANNEL).alias("channel"),
        pl.lit(False).alias("software"),
        likeness(bipartite.rhythms, held, pairs).alias("bits"),
        pl.lit(0.0).alias("conclusive"),
    ).filter(pl.col("bits") > 0)
    return (
        pl.concat([entities, rhythm])
        .group_by(*_WITHIN, "software")
        .agg(pl.col("bits", "conclusive").sum().round(6))
        .sort("cluster", "account", "channel", "software")
    )


def _costs(groups: Groups) -> pl.DataFrame:
    """cluster, cost: the bits that belonging to each group takes, the prior odds against it and the doubt we allow."""
    prior = ((groups.bipartite.units - pl.col("size_units")).clip(1) / pl.col("size_units")).log(2).clip(0)
    return groups.sizes.select("cluster", cost=prior + _DOUBT_BITS)


def count(bipartite: Bipartite, found: pl.DataFrame) -> pl.DataFrame:
    """`found` (of `evidence`) with its channel, conclusive and software, and the bits as they count: each further entity of a channel half,
    conclusive ones first.
    """
    row = pl.int_range(pl.len())
    first = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in _WITHIN)
    rank = row - pl.when(first).then(row).forward_fill()
    kinds = bipartite.kinds.lazy().select("kind", pl.col("channel").cast(_CHANNEL), "conclusive", "software")
    return (
        found.lazy()
        .join(kinds, on="kind")
        .sort([*_WITHIN, "conclusive", "bits", "entity"], descending=[False, False, False, True, True, False])
        .with_columns(pl.col("bits") * HALVING**rank)
        .collect()
    )


def _by_channel(counted: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """`counted` (of `count`) summed by channel; `own` (of `own_wording`) makes what a channel says of an account no software."""
    told = counted.lazy().join(own.lazy(), on=["cluster", "entity"], how="semi").select(*_WITHIN, own=pl.lit(True)).unique()
    return (
        counted.lazy()
        .group_by(*_WITHIN, "software")
        .agg(pl.col("bits").sum(), conclusive=pl.col("bits").filter(pl.col("conclusive")).sum())
        .join(told, on=_WITHIN, how="left")
        .with_columns(pl.col("software") & pl.col("own").is_null())
        .drop("own")
        .collect(engine="streaming")
    )


def weigh(groups: Groups) -> pl.DataFrame:
    """What speaks for each member: cluster, account, bits, conclusive, surplus, beside_software, corroboration, independent.

    conclusive: what conclusive signals say of it. surplus: bits beyond what belonging costs, negative where they fall short;
    beside_software: the same without client and wording. corroboration: bits from all but the strongest
    channel; independent: the same where client and wording count as one. Conclusive bits are never taken for the strongest.
    Rhythm is asked only where the rest leaves the question open.
    """
    return _settled(groups.bipartite, groups.held, _costs(groups), groups.counted, groups.own)


def belonging(groups: Groups) -> pl.DataFrame:
    """Of the accounts that touch what marks a group, members or not, those whose bits pay for belonging: as `weigh`."""
    enough = pl.col("bits").sum().over("cluster", "account") + RHYTHM_MOST_BITS >= pl.col("cost")
    costs = _costs(groups)
    near = evidence_outside(groups).join(costs, on="cluster").filter(enough).drop("cost")
    counted = pl.concat([groups.counted, count(groups.bipartite, near)])
    return _settled(groups.bipartite, groups.held, costs, counted, groups.own).filter(pl.col("surplus") >= 0)


def _settled(bipartite: Bipartite, held: pl.DataFrame, cost: pl.DataFrame, counted: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """`counted` (of `count`) summed as `weigh` has it, rhythm asked where the rest leaves the question open."""
    entities = _by_channel(counted, own)
    said = _sums(cost, entities)
    sure = (pl.col("surplus") >= 0) & (pl.col("independent") >= CORROBORATION_BITS)
    asked = said.filter(~sure, pl.col("surplus") + RHYTHM_MOST_BITS >= 0)
    return _sums(cost, _with_rhythm(bipartite, held, entities, asked))


def _sums(cost: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    circumstance = pl.col("bits") - pl.col("conclusive")
    witness = pl.when(~pl.col("software")).then("channel")  # null is all software together
    by = ["cluster", "account"]
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
            pl.col("bits", "conclusive").round(6),
            surplus=(pl.col("bits") - pl.col("cost")).round(6),
            beside_software=(pl.col("bits") - pl.col("of_software") - pl.col("cost")).round(6),
            corroboration=(pl.col("bits") - pl.col("channel")).round(6),
            independent=(pl.col("bits") - pl.col("family")).round(6),
        )
        .sort("cluster", "account")
    )
