"""Random groups of accounts, as large and as busy as a cluster: what chance and an ordinary night make of any statistic.

A peer of a member is drawn among the accounts in no cluster that lie next to it in activity (a matched permutation null, as in
Good 2005). Clusters are left out of the pool, because the busiest accounts of a night may all be campaigns'.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

GROUPS = 200  # random groups a cluster
_LARGEST = 400  # members of a random group: what is typical of 400 is typical of more, and smaller groups vary more
_NEIGHBOURS = 0.02  # share of the pool on either side of a member in which its peers are drawn
_LEAST_NEIGHBOURS = 25


@dataclass(frozen=True)
class Pool:
    """Accounts that stand for everyone: their numbers, least active first, and how active each is."""

    account: NDArray[np.int64]
    activity: NDArray[np.float64]


def pool(activity: pl.DataFrame, clustered: pl.Series) -> Pool:
    """The pool of `activity` (account, activity) without the `clustered` accounts; with them where hardly anyone else is left."""
    others = activity.filter(~pl.col("account").is_in(clustered.implode()))
    chosen = (others if others.height >= 2 * _LEAST_NEIGHBOURS else activity).sort("activity", "account")
    return Pool(chosen["account"].cast(pl.Int64).to_numpy(), chosen["activity"].cast(pl.Float64).to_numpy())


def matched(pool: Pool, activity: NDArray[np.float64], dice: np.random.Generator) -> NDArray[np.int64]:
    """GROUPS random groups of peers for members of the given `activity`: an array of accounts, one row a group."""
    size = len(pool.account)
    sought = dice.permutation(activity)[:_LARGEST]
    middle = (np.searchsorted(pool.activity, sought, "left") + np.searchsorted(pool.activity, sought, "right")) // 2
    near = max(_LEAST_NEIGHBOURS, int(_NEIGHBOURS * size))
    low = np.clip(middle - near, 0, max(0, size - 2 * near))
    high = np.minimum(low + 2 * near, size)
    return pool.account[dice.integers(low, high, (GROUPS, len(sought)))]


def any_of(values: NDArray[np.float64], members: int, dice: np.random.Generator, groups: int) -> NDArray[np.float64]:
    """As many random `groups` of `members` of `values`, one row a group."""
    return values[dice.integers(0, len(values), (groups, min(members, _LARGEST)))]
