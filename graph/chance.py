"""The chance model, in one place: a null that keeps how much each account does and how popular each entity is.

Under the null, an account that touches r entities of a kind touches one of popularity d with probability
1 - exp(-r d / T), T being all incidences of that kind (the bipartite configuration model, as in Saracco et al. 2017).
All bits are base 2. Expressions here are plain arithmetic, so that any engine can run them.
"""

import math

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import gammaln, pdtrc

LN2 = math.log(2)


def touch_probability(touched: pl.Expr, popularity: pl.Expr, total: pl.Expr) -> pl.Expr:
    """P(an account with `touched` entities of a kind touches this one), as a float expression in (0, 1)."""
    return -((-(touched * popularity / total)).exp() - 1)


def surprise_bits(observed: pl.Expr, expected: pl.Expr) -> pl.Expr:
    """-log2 of an upper bound on P(Poisson(expected) ≥ observed): Chernoff's, never more certain than the exact tail."""
    exponent = observed * (observed / expected).log() - observed + expected
    return pl.when(observed > expected).then(exponent / LN2).otherwise(0.0)


def tail_bits(observed: pl.Series, expected: pl.Series) -> pl.Series:
    """-log2 P(Poisson(expected) ≥ observed), exact; by the tail's first term where the tail itself underflows."""
    n, mean = observed.to_numpy().astype(np.float64), expected.to_numpy()
    tail = pdtrc(n - 1, mean)
    first_term = (n * np.log(mean) - mean - gammaln(n + 1)) / LN2
    bits: npt.NDArray[np.float64] = np.where(tail > 1e-290, -np.log2(np.maximum(tail, 1e-290)), -first_term)
    return pl.Series("bits", bits)


def false_discovery(bits: pl.Expr, tests: pl.Expr | int) -> pl.Expr:
    """q-value (Benjamini and Hochberg 1995) of each row's -log2 p among `tests` honest tests, rows not shown being p = 1."""
    weakest_first = bits.arg_sort()
    step = ((-bits * LN2).exp() * tests / bits.rank("max", descending=True)).clip(0, 1)
    return step.gather(weakest_first).cum_min().gather(weakest_first.arg_sort())


def level(p: npt.NDArray[np.float64], rate: float) -> float:
    """At which p-value a test holds its false discovery `rate` over all of `p` (Benjamini and Hochberg 1995); of nothing, at `rate`."""
    if not len(p):
        return rate
    allowed = rate * np.arange(1, len(p) + 1) / len(p)
    passed = np.flatnonzero(np.sort(p) <= allowed)
    return float(allowed[passed[-1]] if len(passed) else allowed[0])
