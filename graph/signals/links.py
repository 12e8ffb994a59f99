"""From pairs of accounts that a test has linked to groups: what every signal shares whose evidence is born in pairs.

A group of s among n accounts is kept only when its inner links are more surprising than the choice of these s accounts is free:
log2 C(n, s) bits name it, and that many its links must pay (a scan statistic's correction, as minimum description length puts it).
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import gammaln, pdtrc

from graph.leiden import communities
from graph.signals.base import INCIDENCE
from graph.vocabulary import TIME

_ACCOUNT_DOUBT = 0.01  # expected strangers for each member of a group, were its links chance
RESOLUTION = 0.2  # rather too large than too small: a pool's links are a sparse random graph within it


def linked_groups(pairs: pl.DataFrame, activity: pl.DataFrame, chance_pairs: float, resolution: float = RESOLUTION) -> pl.DataFrame:
    """account_id → group, of the accounts whose links chance does not explain.

    pairs: account_a, account_b, weight. activity: account_id, n, of every account that could have been linked (chance draws pairs in
    proportion to n). chance_pairs: how many pairs chance makes over all of them.
    """
    if pairs.is_empty():
        return pl.DataFrame(schema={"account_id": pl.String, "group": pl.Int64})
    nodes = pl.concat([pairs["account_a"], pairs["account_b"]]).unique().sort()
    place = pl.DataFrame({"account_id": nodes}).with_row_index("node")
    edges = (
        pairs.sort("account_a", "account_b")
        .join(place, left_on="account_a", right_on="account_id", maintain_order="left")
        .join(place, left_on="account_b", right_on="account_id", maintain_order="left", suffix="_b")
    )
    ends = edges.select(pl.col("node").cast(pl.Int64), pl.col("node_b").cast(pl.Int64)).to_numpy()
    found = communities(ends, np.log2(1 + edges["weight"].to_numpy()), len(nodes), resolution=resolution)
    groups = pl.DataFrame({"account_id": nodes, "group": found})
    return _beyond_chance(groups, ends, activity, max(chance_pairs, 1.0))


def _beyond_chance(groups: pl.DataFrame, ends: npt.NDArray[np.int64], activity: pl.DataFrame, chance_pairs: float) -> pl.DataFrame:
    """The groups whose inner links pay for the choice of their accounts, without the accounts that chance may have linked."""
    number = groups["group"].to_numpy()
    inner = ends[number[ends[:, 0]] == number[ends[:, 1]]]
    links = np.bincount(inner.ravel(), minlength=len(number))
    n = groups.join(activity, on="account_id", how="left", maintain_order="left")["n"].fill_null(1).to_numpy()
    share = n / max(1, activity["n"].sum())
    many = max(activity.height, len(number))
    size = np.bincount(number)
    own_chance = pdtrc(links - 1, 2 * chance_pairs * share) * many / size[number]
    kept = (links > 0) & (own_chance < _ACCOUNT_DOUBT)
    size, weight = (np.bincount(number[kept], weights=w[kept], minlength=len(size)) for w in (np.ones(len(number)), share))
    both = inner[kept[inner[:, 0]] & kept[inner[:, 1]]]
    found = np.bincount(number[both[:, 0]], minlength=len(size))
    expected = np.maximum(chance_pairs * weight**2, 1e-12)
    paid = np.where(found > expected, found * np.log(np.maximum(found, 1) / expected) - found + expected, 0.0)
    pays = paid > gammaln(many + 1) - gammaln(size + 1) - gammaln(many - size + 1)
    return groups.filter(pl.Series(kept & pays[number])).sort("account_id")


def incidences(kind: str, groups: pl.DataFrame, pairs: pl.DataFrame, seen: pl.DataFrame) -> pl.LazyFrame:
    """One entity a group. `pairs`: account_a, account_b, weight; `seen`: account_id, first_at, last_at."""
    ends = pl.concat([pairs.select(account_id="account_a", n="weight"), pairs.select(account_id="account_b", n="weight")])
    strongest = ends.group_by("account_id").agg(n=pl.col("n").max().cast(pl.Int64))
    named = groups.join(strongest, on="account_id").join(seen, on="account_id")
    return named.lazy().select(
        "account_id",
        pl.lit(kind).alias("kind"),
        (pl.lit(f"{kind} of ") + pl.col("account_id").min().over("group")).alias("value"),
        "n",
        pl.col("first_at").cast(TIME),
        pl.col("last_at").cast(TIME),
    )


def nothing() -> pl.LazyFrame:
    """No incidences."""
    return pl.LazyFrame(schema=INCIDENCE)
