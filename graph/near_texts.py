"""Near-identical short texts: which spellings are one, in time linear in their number.

A text is the set of its letter pairs. MinHash (Broder 1997) puts texts that share most pairs into common blocks with high probability;
only a block's neighbours are compared, exactly, by the Jaccard index of their sets. What is found alike is joined.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_BANDS: Final = 8
_ROWS: Final = 2  # hashes a band: a pair of likeness ½ meets with probability 1 - (1 - ½²)⁸ = .90, one of ¾ with .999
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: Fibonacci hashing (Knuth, vol. 3, 6.4)
_ALIKE: Final = 0.5  # more than half of all pairs of both texts are common
_END: Final = "\n"

_Numbers = npt.NDArray[np.uint64]


def grouped(texts: pl.DataFrame, key: str, parts: tuple[str, ...]) -> pl.Series:
    """For each row of `texts` the lowest row number of the group of near-identical ones it stands in.

    Alike are rows of equal `key` (any whole number) whose every one of `parts` (String, no nulls, no line breaks) is alike.
    """
    pairs = [_pairs(texts[part], np.uint64(number)) for number, part in enumerate(parts)]
    near = _neighbours(texts[key].to_numpy().astype(np.uint64), np.minimum.reduce([_minima(each) for each in pairs]))
    for each in pairs:
        near = _alike(near, each)
    links = coo_array((np.ones(near.height), (near["a"].to_numpy(), near["b"].to_numpy())), shape=(texts.height, texts.height))
    labels = pl.DataFrame({"label": connected_components(links, directed=False)[1]}).with_row_index("row")
    return labels.select(pl.col("row").min().over("label")).to_series()


def _pairs(texts: pl.Series, salt: np.uint64) -> pl.DataFrame:
    """row, pair: every two neighbouring letters of each text, by number, in order; its ends are letters too."""
    letters = np.frombuffer((_END.join(["", *texts, ""])).encode("utf-32-le"), np.uint32).astype(np.uint64)
    ends = np.flatnonzero(letters == ord(_END))[1:]
    pair = (letters[:-1] << np.uint64(32)) + (letters[1:] << np.uint64(8)) + salt
    lengths = np.diff(ends, prepend=0)
    return pl.DataFrame({"row": np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths), "pair": pair})


def _minima(pairs: pl.DataFrame) -> _Numbers:
    """The MinHash of every row: _BANDS × _ROWS numbers. `pairs` as of `_pairs`."""
    starts = np.flatnonzero(np.diff(pairs["row"].to_numpy(), prepend=np.uint32(2**32 - 1)))
    hashed, found = pairs["pair"].to_numpy(), []
    for _ in range(_BANDS * _ROWS):
        hashed = (hashed ^ (hashed >> np.uint64(29))) * _MIX
        found.append(np.minimum.reduceat(hashed, starts) if len(starts) else hashed)
    return np.column_stack(found)


def _neighbours(key: _Numbers, minima: _Numbers) -> pl.DataFrame:
    """a < b: pairs of rows to compare: within each block of a band, every row with the first and with the one before it."""
    found = []
    for band in range(_BANDS):
        block = key
        for row in range(_ROWS):
            block = ((block ^ (block >> np.uint64(29))) * _MIX) ^ minima[:, band * _ROWS + row]
        order = np.argsort(block, kind="stable")
        starts = np.flatnonzero(np.diff(block[order], prepend=~block[order[:1]]))
        first = np.repeat(order[starts], np.diff(starts, append=len(order)))
        same = block[order[1:]] == block[order[:-1]]
        found += [np.column_stack([first[1:][same], order[1:][same]]), np.column_stack([order[:-1][same], order[1:][same]])]
    return pl.DataFrame(np.concatenate(found), schema={"a": pl.UInt32, "b": pl.UInt32}).unique().sort("a", "b")


def _alike(near: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The rows of `near` (a, b) that have more than half of their letter pairs in common."""
    wanted = pl.concat([near["a"], near["b"]]).unique()
    sets = pairs.filter(pl.col("row").is_in(wanted.implode())).unique()
    size = sets.group_by("row").agg(size=pl.len().cast(pl.Int64))
    common = near.join(sets, left_on="a", right_on="row").join(sets, left_on=["b", "pair"], right_on=["row", "pair"])
    counted = common.group_by("a", "b").agg(both=pl.len().cast(pl.Int64)).join(size, left_on="a", right_on="row")
    whole = pl.col("size") + pl.col("size_right") - pl.col("both")
    return counted.join(size, left_on="b", right_on="row").filter(pl.col("both") > _ALIKE * whole).select("a", "b").sort("a", "b")
