"""64-bit signatures: of a text, of several values together. Equal values give the same one on every version and machine.

Two different values share a signature by chance with probability 2^-64.
"""

from collections.abc import Sequence

import polars as pl
import polars_hash as plh

_SPREAD = -7046029254386353131  # odd, from the golden ratio: multiplication by it permutes the 64-bit numbers
_NOTHING = 5840696475078001361  # stands for null among other values


def signature(text: str) -> pl.Expr:
    """The 64-bit signature (xxh3, signed) of the text column named `text`; null stays null."""
    hashed: pl.Expr = plh.col(text).nchash.xxh3_64()
    return hashed.reinterpret(signed=True)


def combined(values: Sequence[pl.Expr]) -> pl.Expr:
    """One signature of several 64-bit columns, in the given order: a polynomial in _SPREAD. Arithmetic wraps around."""
    key = values[0].fill_null(_NOTHING)
    for value in values[1:]:
        key = key * _SPREAD + value.fill_null(_NOTHING)
    return key


def exchange_key() -> pl.Expr:
    """What an exchange with an exchange_id is known by: its account and that."""
    return combined([signature("account_id"), signature("exchange_id")])
