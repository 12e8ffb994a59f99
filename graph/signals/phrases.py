"""Prompt text → phrases: a few runs of words that stand for the whole, so that texts which share much share some of them.

For templates in which every sentence holds a slot, and for texts that were changed a little: no sentence of theirs is the same.
A text's phrases are its bottom-k sketch (Broder 1997): of all its runs of RUN tokens the KEPT with the smallest signatures. A token
is a word in lower case, a run of digits as one 0, or one character of a script without blanks; all other signs are left out.
"""

import polars as pl

from graph.signatures import signature

RUN = 5  # tokens: shorter ones are idioms
LEAST_TOKENS = 8  # of a text; a shorter one is a sentence, and compared as such
KEPT = 2  # of a text: three cost half as much again to store, and an account that sends a template sends it more than once

SINGLE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"
LETTER, DIGIT = rf"[\p{{L}}\p{{M}}--[{SINGLE}]]", r"\p{N}"
_TOKEN = rf"[{SINGLE}]|{LETTER}+|{DIGIT}+"


def runs_of_words(texts: pl.Series) -> pl.Series:
    """Texts → for each the list of its runs of RUN tokens, in order; none where it has fewer than LEAST_TOKENS."""
    token = pl.element()
    cut = texts.str.extract_all(_TOKEN).to_frame("tokens").with_columns(pl.col("tokens").list.eval(token.str.to_lowercase()))
    cut = cut.with_columns(pl.col("tokens").list.eval(token.str.replace(rf"^{DIGIT}+$", "0")))
    run = pl.concat_str([token.shift(-n) for n in range(RUN)], separator=" ").drop_nulls()
    empty = pl.lit([], pl.List(pl.String))
    long = pl.when(pl.col("tokens").list.len() >= LEAST_TOKENS).then(pl.col("tokens").list.eval(run)).otherwise(empty)
    return cut.select(long.alias(texts.name)).to_series()


def phrase_texts(texts: pl.DataFrame) -> pl.DataFrame:
    """Few distinct texts → the wording of their phrases: `prompt_id`, `phrase_id`, `phrase`. In: `prompt_id`, `text`."""
    spelled = texts.select("prompt_id", phrase=runs_of_words(texts["text"])).explode("phrase", empty_as_null=False)
    distinct = spelled.with_columns(phrase_id=signature("phrase")).unique(["prompt_id", "phrase_id"]).sort("prompt_id", "phrase_id")
    return distinct.group_by("prompt_id", maintain_order=True).head(KEPT).select("prompt_id", "phrase_id", "phrase")
