"""Prompt: what accounts send. Works on signatures; the wording itself stays in the restricted store."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.fragments import fragment_texts
from graph.signals.phrases import phrase_texts
from graph.vocabulary import Channel


@dataclass(frozen=True)
class Wording:
    """A kind of entity that is known by a signature of words: its table, the signature's column, and how a text is spelled in it."""

    table: str
    signature: str
    spell: Callable[[pl.DataFrame], pl.DataFrame]

    @property
    def value(self) -> pl.Expr:
        """The entity's value, from a row of the table."""
        return pl.col(self.signature).cast(pl.String)

    def spelled(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Few distinct texts (`prompt_id`, `text`) → the wording of each value in them: `prompt_id`, `value`, `wording`."""
        return self.spell(texts).select("prompt_id", value=self.value, wording="wording")


WORDINGS: dict[str, Wording] = {
    "sentence": Wording("fragments", "fragment_id", fragment_texts),
    "phrase": Wording("phrases", "phrase_id", phrase_texts),
}


def _sent(night: Night, kind: str) -> pl.LazyFrame:
    wording = WORDINGS[kind]
    rows: pl.LazyFrame = getattr(night, wording.table)
    return (
        rows.group_by("account_id", wording.signature)
        .agg(pl.col("n").sum(), pl.col("first_at").min(), pl.col("last_at").max())
        .select("account_id", pl.lit(kind).alias("kind"), wording.value.alias("value"), "n", "first_at", "last_at")
    )


def sentences(night: Night) -> pl.LazyFrame:
    """Accounts sent the same sentence, compared without case, digits and spacing."""
    return _sent(night, "sentence")


def phrases(night: Night) -> pl.LazyFrame:
    """Accounts sent texts that share a run of five words; of each text two such runs are compared, always the same for the same words.

    Found so are templates whose every sentence holds a name or a number, and texts that were changed a little.
    """
    return _sent(night, "phrase")


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
        "phrase",
        "{members} of {accounts} accounts sent texts that share one and the same run of words",
        ("exchanges", ("prompt_id",)),
        phrases,
        software=True,
    ),
)
