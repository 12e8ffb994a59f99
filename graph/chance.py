"""The chance model, in one place: a null that keeps how much each account does and how popular each entity is.

Under the null, an account that touches r entities of a kind touches one of popularity d with probability
1 - exp(-r d / T), T being all incidences of that kind (the bipartite configuration model, as in Saracco et al. 2017).
All bits are base 2. Expressions here are plain arithmetic, so that any engine can run them.
"""

import math

import polars as pl

LN2 = math.log(2)


def touch_probability(touched: pl.Expr, popularity: pl.Expr, total: pl.Expr) -> pl.Expr:
    """P(an account with `touched` entities of a kind touches this one), as a float expression in (0, 1)."""
    return -((-(touched * popularity / total)).exp() - 1)


def surprise_bits(observed: pl.Expr, expected: pl.Expr) -> pl.Expr:
    """-log2 of an upper bound on P(Poisson(expected) ≥ observed): Chernoff's, never more certain than the exact tail."""
    exponent = observed * (observed / expected).log() - observed + expected
    return pl.when(observed > expected).then(exponent / LN2).otherwise(0.0)


def false_discovery(bits: pl.Expr, tests: pl.Expr | int) -> pl.Expr:
    """q-value (Benjamini and Hochberg 1995) of each row's -log2 p among `tests` honest tests, rows not shown being p = 1."""
    weakest_first = bits.arg_sort()
    step = ((-bits * LN2).exp() * tests / bits.rank("max", descending=True)).clip(0, 1)
    return step.gather(weakest_first).cum_min().gather(weakest_first.arg_sort())
