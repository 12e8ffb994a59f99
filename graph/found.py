"""What a run found, before it is scored and written down."""

from dataclasses import dataclass

import polars as pl

from graph.incidence import Bipartite


@dataclass(frozen=True)
class Found:
    """groups: cluster, account. facts: facts.account_facts. evidence: cluster, account, entity, kind, bits (members only).

    channel_bits: cluster, account, channel, software, bits, conclusive (as membership counts them). profile: membership.profile.
    """

    bipartite: Bipartite
    groups: pl.DataFrame
    facts: pl.DataFrame
    evidence: pl.DataFrame
    channel_bits: pl.DataFrame
    profile: pl.DataFrame
