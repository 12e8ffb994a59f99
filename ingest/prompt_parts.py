"""Texts of a batch → what detection compares of them: the signatures of their fragments."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graph.signals.fragments import MIN_BYTES, fragment_texts, longer_than_kept

if TYPE_CHECKING:
    from ingest.sentences import Rules


def fragment_table(texts: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Distinct texts → their fragments, at most MAX_PER_PROMPT a text, the first ones; and how many texts had more.

    In: `prompt_id` Int64 (distinct), `text` String without nulls. Out: (`prompt_id`, `fragment_id` Int64), a pair once.
    """
    from ingest import sentences  # here, since what it stands on takes a while to import and serves prompts alone

    ends = texts["text"].str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
    found = np.empty(int(ends[-1]) // MIN_BYTES + 1 if len(ends) else 0, dtype=np.int64)
    counts, states = sentences.signatures(_bytes(texts["text"]), ends, _rules(), found)
    kept = pl.Series("prompt_id", np.repeat(texts["prompt_id"].to_numpy(), counts), dtype=pl.Int64)
    table = pl.DataFrame([kept, pl.Series("fragment_id", found[: counts.sum()])])
    left = texts.filter(pl.Series(states == sentences.LEFT))
    capped = int((states == sentences.CAPPED).sum())
    if left.is_empty():
        return table, capped
    spelled = fragment_texts(left).select("prompt_id", "fragment_id")
    return pl.concat([table, spelled]), capped + int(longer_than_kept(left["text"]).sum())


def _bytes(texts: pl.Series) -> np.ndarray[Any, Any]:
    """The UTF-8 of all texts, one after the other."""
    return texts.cast(pl.Binary).cast(pl.List(pl.UInt8)).explode(empty_as_null=False).to_numpy()


@cache
def _rules() -> "Rules":
    from ingest import sentences

    return sentences.rules()
