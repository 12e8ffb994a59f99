"""Prompt: what accounts send. Works on signatures; the wording itself stays in the restricted store."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, touches
from graph.template_mining import mine
from graph.vocabulary import Channel

_MOST_TEXTS = 20_000  # distinct prompts that templates are sought among: what a campaign sends often is among them


def sentences(night: Night) -> pl.LazyFrame:
    """Accounts sent the same sentence, compared without case, digits and spacing."""
    return (
        night.fragments.group_by("account_id", "fragment_id")
        .agg(pl.col("n").sum(), pl.col("first_at").min(), pl.col("last_at").max())
        .select(
            "account_id", pl.lit("sentence").alias("kind"), pl.col("fragment_id").cast(pl.String).alias("value"), "n", "first_at", "last_at"
        )
    )


def templates(night: Night) -> pl.LazyFrame:
    """Accounts sent texts of the same template, whatever stood in its slots; sought in a sample of all distinct prompts.

    The sample is drawn by the prompts' signatures: the same whatever the order of rows, and mostly the same from night to night.
    """
    distinct = int(night.prompts.select(pl.col("prompt_id").n_unique()).collect(engine="streaming").item())
    share = 2 ** max(0, (distinct // _MOST_TEXTS).bit_length())  # a power of two: a smaller sample is a part of the larger one
    drawn = pl.col("prompt_id").reinterpret(signed=False) % share == 0
    texts = night.prompts.filter(drawn).select("prompt_id", "text").unique("prompt_id").collect(engine="streaming")
    sent = night.exchanges.filter(drawn).join(mine(texts).lazy(), on="prompt_id")
    return touches(sent, "template", pl.format("like prompt {}", "template"), "occurred_at")


SIGNALS = (
    Signal(
        Channel.PROMPT,
        "sentence",
        "{members} of {accounts} accounts sent one and the same sentence",
        ("exchanges", ("prompt_id",)),
        sentences,
        software=True,
    ),
    Signal(
        Channel.PROMPT,
        "template",
        "{members} of {accounts} accounts sent texts of one template",
        ("exchanges", ("prompt_id",)),
        templates,
        seeds=False,
        software=True,
    ),
)
