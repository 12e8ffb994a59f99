"""The profile of a group: the entities over-represented in it, beyond what chance makes of what its members do.

An entity counts by distinct units; heavy members apart, because an account that touches a thousand addresses still touches each one
but once.
"""

import polars as pl

from graph import chance
from graph.incidence import Bipartite

_ENRICHED_Q = 0.001  # an entity speaks for a group only when its share there is no chance
_LEAST_LIFT = 4.0  # and worth a look: what is hardly more frequent in the group says next to nothing of anyone
_HEAVY = 4.0


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
