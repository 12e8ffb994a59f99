"""Focus: do members ask for what is worth most as training data, more than equally busy accounts do?

For each capability that trains a model, the divergence of the members' share q of sampled prompts from the share p of their peers, in
bits a prompt: q log2(q/p) + (1-q) log2((1-q)/(1-p)), where q > p (Kullback and Leibler 1951); the greatest counts. Random groups
of peers, as many and as busy, are given the same number, and what 95 in 100 of them stay below is chance and taken off (a
permutation test's critical value; Good 2005). What is left, b bits, becomes 1 - 2^-b: 0 for an ordinary group, one half where each
prompt is twice as likely among the members as elsewhere. No threshold is set by hand; the least that chance can be charged is what
the night's own accounts show.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph import peers
from graph.conduct import Conduct
from graph.found import Found

SCHEMA = {"cluster": pl.Int32, "focus": pl.Float64, "focused_on": pl.String, "share": pl.Float64, "peer_share": pl.Float64}
CHANCE = 0.95  # share of random groups that stay below what is charged to chance
_DOUBT = 0.5  # prompts added to either side, so that what peers never ask is rare and not impossible


def focus(found: Found, conduct: Conduct) -> pl.DataFrame:
    """Per cluster with sampled prompts: see SCHEMA; focused_on names the most telling capability."""
    counts, hits, trains = _counts(found, conduct)
    sampled = counts.filter(pl.col("sampled") > 0)
    if sampled.is_empty() or not trains:
        return pl.DataFrame(schema=SCHEMA)
    everyone = peers.pool(sampled.select("account", activity="exchanges"), found.groups["account"])
    total, activity = counts["sampled"].to_numpy().astype(np.float64), counts["exchanges"].to_numpy().astype(np.float64)
    rows = []
    for (cluster,), group in found.groups.sort("cluster", "account").group_by("cluster", maintain_order=True):
        members = group["account"].to_numpy()
        members = members[total[members] > 0]
        if len(members):
            dice = np.random.default_rng([conduct.seed, int(str(cluster))])
            rows.append((cluster, *_focus(members, peers.matched(everyone, activity[members], dice), hits, total, trains)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _counts(found: Found, conduct: Conduct) -> tuple[pl.DataFrame, NDArray[np.float64], list[str]]:
    """Per account of the night (row = number): exchanges, sampled; a matrix of hits; the capabilities that are its columns."""
    trains = [c for c in conduct.asks.capabilities if c.trains]
    each = conduct.asks.sample.group_by("account").agg(*(pl.col(c.column).sum() for c in trains), sampled=pl.len().cast(pl.Int64))
    numbered = found.facts.select("account", "exchanges").join(each, on="account", how="left").fill_null(0).sort("account")
    return numbered, numbered.select(c.column for c in trains).to_numpy().astype(np.float64), [c.name for c in trains]


def _focus(
    members: NDArray[np.int64], groups: NDArray[np.int64], hits: NDArray[np.float64], total: NDArray[np.float64], trains: list[str]
) -> tuple[float, str, float, float]:
    theirs, prompts = hits[groups].sum(axis=1), total[groups].sum(axis=1)[:, None]  # one row a random group
    usual = (theirs.sum(axis=0) + _DOUBT) / (prompts.sum() + 2 * _DOUBT)
    own = hits[members].sum(axis=0) / total[members].sum()
    bits = divergence(own, usual)
    most = int(bits.argmax())
    chance = float(np.quantile(divergence(theirs / prompts, usual).max(axis=1), CHANCE))
    return 1 - 2.0 ** -max(0.0, float(bits[most]) - chance), trains[most], float(own[most]), float(usual[most])


def divergence(share: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits a prompt by which `share` diverges from `usual`, where it is greater; 0 elsewhere. `usual` lies within (0, 1)."""
    inside = np.clip(share, 1e-12, 1 - 1e-12)
    bits = inside * np.log2(inside / usual) + (1 - inside) * np.log2((1 - inside) / (1 - usual))
    return np.where(share > usual, np.maximum(bits, 0.0), 0.0)
