"""How alike a cluster of tonight and an earlier line are: by the accounts they share, or by the evidence they share."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from graph.found import Found
from graph.store.snapshot import FRAMES

_ALIKE = 0.3  # Jaccard, of accounts or of weighted entities, above which two are the same
_HALF = 0.5  # of the smaller one's accounts: one went into the other, however large it is
_CHANNELS = 2  # that must agree where no account does: one template alone is no identity,
_MANY = 12  # unless this many entities agree, more than the sentences of one template
_TELLING = 1.0  # weight from which a shared entity counts as its channel's agreement
_MOST_ENTITIES = 500  # of a line that are remembered, the weightiest


@dataclass(frozen=True)
class Marks:
    """What clusters are recognised by, keyed by `cluster` (number, tonight) or `cluster_id` (earlier).

    members: key, account_id. entities: key, entity_id, channel, weight.
    """

    members: pl.DataFrame
    entities: pl.DataFrame

    @staticmethod
    def none() -> "Marks":
        """Nothing remembered."""
        return Marks(*(pl.DataFrame(schema=FRAMES[name]) for name in ("line_members", "line_entities")))

    def of(self, cluster_ids: list[str]) -> "Marks":
        """Those of some lines."""
        keep = pl.col("cluster_id").is_in(cluster_ids)
        return Marks(self.members.filter(keep), self.entities.filter(keep))

    def named(self, names: Mapping[int, str]) -> "Marks":
        """Tonight's, under the names of their lines; clusters without one are left out."""
        known = pl.DataFrame(list(names.items()), schema={"cluster": pl.Int64, "cluster_id": pl.String}, orient="row")
        frames = (frame.with_columns(pl.col("cluster").cast(pl.Int64)).join(known, on="cluster") for frame in (self.members, self.entities))
        return Marks(*frames)

    def joined(self, other: "Marks") -> "Marks":
        """Both, in canonical order, as snapshots store them."""
        members, entities = FRAMES["line_members"], FRAMES["line_entities"]
        return Marks(
            pl.concat([self.members.select(*members), other.members.select(*members)]).sort("cluster_id", "account_id"),
            pl.concat([self.entities.select(*entities), other.entities.select(*entities)]).sort("cluster_id", "entity_id"),
        )


def marks(found: Found) -> Marks:
    """What tonight's clusters are recognised by.

    An entity weighs `(members / all who touch it) · log2(1 + accounts / all who touch it)`: what is rare and the cluster's own
    weighs most, a public template or exit next to nothing.
    """
    accounts = found.bipartite.accounts.select("account", "account_id")
    everyone = found.bipartite.units
    held = found.profile.join(found.bipartite.entities.select("entity", "entity_id", "name", "channel", "units"), on="entity")
    own = (pl.col("member_units") / pl.col("units")).clip(0, 1)
    named_by_members = found.bipartite.kinds.filter(pl.col("doubt") < 1)[
        "name"
    ]  # groups a test has found: another name is no other evidence
    weighed = held.filter(~pl.col("name").is_in(named_by_members.implode())).select(
        "cluster", "entity_id", "channel", weight=(own * (1 + everyone / pl.col("units")).log(2)).round(3)
    )
    ranked = weighed.sort(["cluster", "weight", "entity_id"], descending=[False, True, False])
    return Marks(
        found.groups.join(accounts, on="account").select("cluster", "account_id"),
        ranked.group_by("cluster", maintain_order=True).head(_MOST_ENTITIES).select("cluster", "entity_id", "channel", "weight"),
    )


def kin(tonight: Marks, earlier: Marks) -> pl.DataFrame:
    """Pairs that may be the same: cluster, cluster_id, by_members, likeness (0 to 1); at most one row a pair, accounts first."""
    by_members = _by_members(tonight.members, earlier.members)
    by_evidence = _by_evidence(tonight.entities, earlier.entities).join(by_members, on=["cluster", "cluster_id"], how="anti")
    told = ((by_members, True), (by_evidence, False))
    return pl.concat([rows.select("cluster", "cluster_id", "likeness", by_members=pl.lit(said)) for rows, said in told])


def _by_members(tonight: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Pairs with common accounts: Jaccard, or one largely within the other."""
    smaller = pl.min_horizontal("size", "earlier_size")
    return (
        tonight.join(earlier, on="account_id")
        .group_by("cluster", "cluster_id")
        .agg(shared=pl.len().cast(pl.Int64))
        .join(tonight.group_by("cluster").agg(size=pl.len().cast(pl.Int64)), on="cluster")
        .join(earlier.group_by("cluster_id").agg(earlier_size=pl.len().cast(pl.Int64)), on="cluster_id")
        .with_columns(likeness=pl.col("shared") / (pl.col("size") + pl.col("earlier_size") - pl.col("shared")))
        .filter((pl.col("likeness") >= _ALIKE) | (pl.col("shared") >= _HALF * smaller))
    )


def _by_evidence(tonight: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Pairs that agree in two channels or in many entities, by the weighted Jaccard of each channel (sum of the lesser weights over
    sum of the greater ones). A channel counts as much as its weightiest entity, so that a hundred passing exits do not drown one
    lasting template.
    """
    pair, key = ["cluster", "cluster_id"], ["cluster", "cluster_id", "channel"]
    shared = (
        tonight.join(earlier, on=["entity_id", "channel"])
        .with_columns(lesser=pl.min_horizontal("weight", "weight_right"))
        .group_by(key)
        .agg(shared=pl.col("lesser").sum(), agree=(pl.col("lesser") >= _TELLING).sum().cast(pl.Int64))
    )
    pairs = shared.select(pair).unique()
    here, there = (pairs.join(_channels(side, by), on=by) for side, by in ((tonight, "cluster"), (earlier, "cluster_id")))
    both = (
        here.join(there, on=key, how="full", coalesce=True)
        .join(shared, on=key, how="left")
        .with_columns(
            pl.col("total", "total_right", "shared").fill_null(0.0), pl.col("agree").fill_null(0), top=pl.max_horizontal("top", "top_right")
        )
        .with_columns(jaccard=pl.col("shared") / (pl.col("total") + pl.col("total_right") - pl.col("shared")))
        .filter(pl.col("top") > 0)
    )
    return (
        both.sort(key)
        .group_by(pair, maintain_order=True)
        .agg(
            pl.col("agree").sum(),
            likeness=((pl.col("top") * pl.col("jaccard")).sum() / pl.col("top").sum()).round(6),
            channels=(pl.col("agree") > 0).sum(),
        )
        .filter(pl.col("likeness") >= _ALIKE, (pl.col("channels") >= _CHANNELS) | (pl.col("agree") >= _MANY))
    )


def _channels(entities: pl.DataFrame, by: str) -> pl.DataFrame:
    return entities.group_by(by, "channel").agg(total=pl.col("weight").sum(), top=pl.col("weight").max())
