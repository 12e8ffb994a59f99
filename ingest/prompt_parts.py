"""Texts of a batch → what detection compares of them: the signatures of their sentences and of their phrases."""

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl

from graph.signals.fragments import MIN_BYTES, fragment_texts, longer_than_kept
from graph.signals.phrases import KEPT, phrase_texts


class Texts:
    """Distinct texts of a batch: `prompt_id` Int64, `text` String without nulls."""

    def __init__(self, texts: pl.DataFrame) -> None:
        self.texts = texts
        self.ends = texts["text"].str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
        self.data = texts["text"].cast(pl.Binary).cast(pl.List(pl.UInt8)).explode(empty_as_null=False).to_numpy()

    def fragments(self) -> tuple[pl.DataFrame, int]:
        """(`prompt_id`, `fragment_id` Int64), at most MAX_PER_PROMPT a text, each once; and how many texts had more."""
        from ingest import sentences  # here, since what it stands on takes a while to import and serves prompts alone

        table, states = self._signed(sentences, "fragment_id", len(self.data) // MIN_BYTES, fragment_texts)
        left = self.texts.filter(pl.Series(states == sentences.LEFT))
        return table, int((states == sentences.CAPPED).sum()) + int(longer_than_kept(left["text"]).sum())

    def phrases(self) -> pl.DataFrame:
        """(`prompt_id`, `phrase_id` Int64), at most KEPT a text."""
        from ingest import phrases

        return self._signed(phrases, "phrase_id", KEPT * self.texts.height, phrase_texts)[0]

    def _signed(
        self, kernel: ModuleType, name: str, most: int, spell: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> tuple[pl.DataFrame, np.ndarray[Any, Any]]:
        """The signatures by `kernel`, by `spell` where a text is left to it; and how it went with each text."""
        found = np.empty(most + 1, dtype=np.int64)
        counts, states = kernel.signatures(self.data, self.ends, _rules(kernel), found)
        prompts = pl.Series("prompt_id", np.repeat(self.texts["prompt_id"].to_numpy(), counts), dtype=pl.Int64)
        table = pl.DataFrame([prompts, pl.Series(name, found[: counts.sum()])])
        left = self.texts.filter(pl.Series(states == kernel.LEFT))
        return (table if left.is_empty() else pl.concat([table, spell(left).select(table.columns)])), states


@cache
def _rules(kernel: ModuleType) -> Any:
    return kernel.rules()
