"""Prompt: what accounts send. Works on signatures; the wording itself stays in the restricted store."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal
from graph.vocabulary import Channel


def sentences(night: Night) -> pl.LazyFrame:
    """Accounts sent the same sentence, compared without case, digits and spacing."""
    return (
        night.fragments.group_by("account_id", "fragment_id")
        .agg(pl.col("n").sum(), pl.col("first_at").min(), pl.col("last_at").max())
        .select(
            "account_id", pl.lit("sentence").alias("kind"), pl.col("fragment_id").cast(pl.String).alias("value"), "n", "first_at", "last_at"
        )
    )


SIGNALS = (
    Signal(
        Channel.PROMPT,
        "sentence",
        "{members} of {accounts} accounts sent one and the same sentence",
        ("exchanges", ("prompt_id",)),
        sentences,
        software=True,
    ),
)
