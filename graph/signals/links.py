"""From pairs of accounts that a test has linked to groups: what every signal shares whose evidence is born in pairs.

A group of s among n accounts is kept only when its inner links are more surprising than the choice of these s accounts is free:
log2 C(n, s) bits name it, and that many its links must pay (a scan statistic's correction, as minimum description length puts it).
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import gammaln, pdtrc

from graph.chance import LN2, false_discovery, surprise_bits, tail_bits
from graph.leiden import communities
from graph.signals.base import INCIDENCE
from graph.vocabulary import TIME

_ACCOUNT_DOUBT = 0.01  # expected strangers for each member of a group, were its links chance
RESOLUTION = 0.2  # rather too large than too small: a pool's links are a sparse random graph within it


def beyond_expected(pairs: pl.DataFrame, tests: int, rate: float) -> pl.DataFrame:
    """The rows of `pairs` (n, expected, …) that chance does not explain, at a false discovery `rate` over `tests` pairs.

    Adds bits = -log2 P(Poisson(expected) ≥ n), and chance: how many pairs of so many bits chance makes among all that were tested.
    """
    tested = pairs.with_columns(tail_bits(pairs["n"], pairs["expected"]))
    told = tested.filter(pl.col("bits") >= -np.log2(rate))  # weaker ones cannot pass, and do not count before those that do
    kept = told.filter(false_discovery(pl.col("bits"), tests) <= rate)
    return kept.with_columns(chance=(-pl.col("bits") * LN2).exp() * tests)


def linked_groups(pairs: pl.DataFrame, activity: pl.DataFrame, chance_pairs: float, resolution: float = RESOLUTION) -> pl.DataFrame:
    """account_id → group, of the accounts whose links chance does not explain.

    pairs: account_a, account_b, weight, and where each was tested `chance`: how many pairs as strong chance makes. activity: account_id, n,
    of every account that could have been linked (chance draws pairs in proportion to n). chance_pairs: how many pairs chance makes in all.
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
    chance = max(chance_pairs, 1.0)
    single = edges["chance"].to_numpy() if "chance" in edges.columns else np.full(edges.height, chance)
    return _beyond_chance(groups, ends, single, activity, chance)


def _beyond_chance(
    groups: pl.DataFrame, ends: npt.NDArray[np.int64], single: npt.NDArray[np.float64], activity: pl.DataFrame, chance_pairs: float
) -> pl.DataFrame:
    """The groups whose inner links pay for the choice of their accounts, without the accounts that chance may have linked.

    An account stays by the number of its links, or by the strength of one, as at the end of a chain.
    """
    number = groups["group"].to_numpy()
    within = number[ends[:, 0]] == number[ends[:, 1]]
    inner = ends[within]
    links = np.bincount(inner.ravel(), minlength=len(number))
    strongest = np.full(len(number), np.inf)
    np.minimum.at(strongest, inner.ravel(order="F"), np.tile(single[within], 2))
    n = groups.join(activity, on="account_id", how="left", maintain_order="left")["n"].fill_null(1).to_numpy()
    share = n / max(1, activity["n"].sum())
    many = max(activity.height, len(number))
    size = np.bincount(number)
    by_number, by_strength = pdtrc(links - 1, 2 * chance_pairs * share), -np.expm1(-2 * strongest * share)
    kept = (links > 0) & (np.minimum(by_number, by_strength) * many / size[number] < _ACCOUNT_DOUBT)
    size, weight = (np.bincount(number[kept], weights=w[kept], minlength=len(size)) for w in (np.ones(len(number)), share))
    both = inner[kept[inner[:, 0]] & kept[inner[:, 1]]]
    found = np.bincount(number[both[:, 0]], minlength=len(size)).astype(np.float64)
    counted = pl.DataFrame({"found": found, "expected": np.maximum(chance_pairs * weight**2, 1e-12)})
    paid = counted.select(surprise_bits(pl.col("found"), pl.col("expected"))).to_series().to_numpy()
    pays = paid * LN2 > gammaln(many + 1) - gammaln(size + 1) - gammaln(many - size + 1)
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
