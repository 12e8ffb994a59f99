"""What every signal is: a pure function from a night's tables to incidences, and the words that explain them."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import polars_hash as plh

from graph.night import Night
from graph.vocabulary import TIME, Channel

# The rows of every signal: an account touched an entity, `n` times, first and last.
INCIDENCE: dict[str, pl.DataType] = {
    "account_id": pl.String(),
    "kind": pl.String(),
    "value": pl.String(),  # the entity in a form a person can read; unique within its kind
    "n": pl.Int64(),
    "first_at": TIME,
    "last_at": TIME,
}


@dataclass(frozen=True)
class Signal:
    """One kind of evidence. `sentence` speaks of {members} of {accounts} accounts that share one entity."""

    channel: Channel
    kind: str
    sentence: str
    needs: tuple[str, tuple[str, ...]]  # table and the columns without which the signal is not available
    rows: Callable[[Night], pl.LazyFrame]
    doubt: float = 1.0  # accounts outside a group that may touch its entity unseen; less where the signal was itself tested
    software: bool = False  # comes with the program that people use: all such signals are one witness
    seeds: bool = True  # False where strangers share by the dozen: it speaks for a member, and suggests no group
    conclusive: bool = False  # tested pair by pair against chance, and nothing that people come to share by circumstance

    @property
    def explanation(self) -> str:
        """What the signal looks at, for a person: the first paragraph of its function's docstring."""
        text = (self.rows.__doc__ or "").strip()
        if not text:
            raise AssertionError(f"signal {self.kind} has no docstring, and so no explanation")
        return " ".join(text.split("\n\n")[0].split())


def touches(frame: pl.LazyFrame, kind: str, value: pl.Expr, at: str) -> pl.LazyFrame:
    """Incidences of `kind`: one row per account and non-null `value`, with how often and when (column `at`)."""
    return (
        frame.select("account_id", value=value, at=pl.col(at))
        .filter(pl.col("value").is_not_null())
        .group_by("account_id", "value")
        .agg(n=pl.len().cast(pl.Int64), first_at=pl.col("at").min(), last_at=pl.col("at").max())
        .select("account_id", pl.lit(kind).alias("kind"), "value", "n", "first_at", "last_at")
    )


def identity(kind: str) -> pl.Expr:
    """The entity_id of column `value` as a thing of `kind`: 64 bits of both, the same every night."""
    hashed: pl.Expr = plh.concat_str([pl.lit(kind), pl.col("value")], separator="\x1f").nchash.xxh3_64()
    return hashed.reinterpret(signed=True)


def joined(*columns: str) -> pl.Expr:
    """Several columns as one value; null unless all are there."""
    return pl.concat_str([pl.col(name) for name in columns], separator=" · ", ignore_nulls=False)
