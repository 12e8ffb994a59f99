"""What a run found, before it is scored and written down."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import polars as pl

from graph.incidence import Bipartite


@dataclass(frozen=True)
class Found:
    """groups: cluster, account. facts: facts.account_facts. evidence: cluster, account, entity, kind, bits (members only).

    channel_bits: cluster, account, channel, software, bits, conclusive (as membership counts them). profile: Groups.marked.
    """

    bipartite: Bipartite
    groups: pl.DataFrame
    facts: pl.DataFrame
    evidence: pl.DataFrame
    channel_bits: pl.DataFrame
    profile: pl.DataFrame

    def of(self, clusters: Collection[int]) -> "Found":
        """What was found of some of the clusters."""
        keep = pl.col("cluster").is_in(sorted(clusters))
        return replace(self, **{name: getattr(self, name).filter(keep) for name in ("groups", "evidence", "channel_bits", "profile")})

    def of_members(self, groups: pl.DataFrame) -> "Found":
        """What was found of some of the members: those that `groups` (cluster, account) still holds."""
        kept = {name: getattr(self, name).join(groups, on=["cluster", "account"], how="semi") for name in ("evidence", "channel_bits")}
        profile = self.profile.filter(pl.col("cluster").is_in(groups["cluster"].unique().implode()))
        return replace(self, groups=groups, profile=profile, **kept)

    def and_also(self, other: "Found") -> "Found":
        """Both, of one night; their clusters have different numbers."""
        names = ("groups", "evidence", "channel_bits", "profile")
        return replace(self, **{name: pl.concat([getattr(self, name), getattr(other, name)]) for name in names})
