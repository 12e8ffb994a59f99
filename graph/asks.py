"""What accounts ask for: a small sample of each account's distinct prompts, classified by the rules of capabilities.

The sample is the k prompts with the smallest hash of account and prompt (bottom-k; Cohen and Kaplan 2007): uniform over an
account's distinct prompts, the same in whatever order rows come, and of bounded size, so that the cost grows with accounts and not with
exchanges. Texts are read from the restricted store and leave this module as yes or no alone.
"""

from dataclasses import dataclass

import polars as pl
import polars_hash as plh

from graph.night import Night
from graph.rules import Capability

SAMPLE = 32  # prompts of an account
_HEAD, _TAIL = 4000, 2000  # characters of a long text that are looked at: instructions stand at its ends
_TOKENS = ("input_tokens", "output_tokens")


@dataclass(frozen=True)
class Asks:
    """sample: account, unit, prompt_id, day (first asked), and a Boolean column for each of `capabilities`. Empty without raw texts."""

    capabilities: tuple[Capability, ...]
    sample: pl.DataFrame

    @property
    def columns(self) -> list[str]:
        """The Boolean columns of `sample`."""
        return [capability.column for capability in self.capabilities]


def look(night: Night, accounts: pl.DataFrame, capabilities: tuple[Capability, ...], k: int = SAMPLE) -> Asks:
    """Sample and classify what `accounts` (account, account_id, unit) ask for. Prompts whose text is no longer kept do not count."""
    drawn = bottom_k(night, k).join(accounts.select("account_id", "account", "unit"), on="account_id")
    texts = (
        night.prompts.select("prompt_id", "text")
        .join(drawn.lazy().select("prompt_id").unique(), on="prompt_id", how="semi")
        .unique("prompt_id")
        .collect(engine="streaming")
    )
    seen = drawn.join(classify(texts, capabilities), on="prompt_id")
    held = [
        pl.all_horizontal(pl.col(c.column), *(pl.col(name) > least for name, least in c.above)).fill_null(False).alias(c.column)
        for c in capabilities
    ]
    return Asks(capabilities, seen.select("account", "unit", "prompt_id", "day", *held).sort("account", "prompt_id"))


def bottom_k(night: Night, k: int) -> pl.DataFrame:
    """At most `k` distinct prompts of each account, texts kept: account_id, prompt_id, day (first asked), mean token counts."""
    place = plh.concat_str([pl.col("account_id"), pl.col("prompt_id").cast(pl.String)], separator="\x1f").nchash.xxh3_64()
    return (
        night.exchanges.filter(pl.col("prompt_id").is_not_null())
        .group_by("account_id", "prompt_id")
        .agg(pl.col("occurred_at").min().dt.date().alias("day"), *(pl.col(t).sum() / pl.col(t).count() for t in _TOKENS))
        .join(night.prompts.select("prompt_id").unique(), on="prompt_id", how="semi")
        .with_columns(place=place)
        .sort("account_id", "place", "prompt_id")
        .group_by("account_id", maintain_order=True)
        .head(k)
        .drop("place")
        .collect(engine="streaming")
    )


def classify(texts: pl.DataFrame, capabilities: tuple[Capability, ...]) -> pl.DataFrame:
    """prompt_id, text → prompt_id, characters, and for each capability whether its patterns hold (its numbers are not looked at)."""
    seen = texts.select("prompt_id", folded(pl.col("text")).alias("text"), characters=pl.col("text").str.len_chars())
    return seen.select("prompt_id", "characters", *(_matches(c).alias(c.column) for c in capabilities))


def folded(text: pl.Expr) -> pl.Expr:
    """Text as rules see it: its ends, in lower case, runs of white space and controls as one blank, invisible characters gone."""
    ends = pl.concat_str([text.str.head(_HEAD), text.str.tail(_TAIL)], separator="\n")
    cut = pl.when(text.str.len_bytes() > _HEAD + _TAIL).then(pl.when(text.str.len_chars() > _HEAD + _TAIL).then(ends).otherwise(text))
    return cut.otherwise(text).str.to_lowercase().str.replace_all(r"\p{Cf}+", "").str.replace_all(r"[\s\p{Cc}]+", " ")


def _matches(capability: Capability) -> pl.Expr:
    text = pl.col("text")
    held = text.str.contains(capability.any) if capability.any else pl.lit(True)
    return held & ~text.str.contains(capability.none) if capability.none else held & text.is_not_null()
