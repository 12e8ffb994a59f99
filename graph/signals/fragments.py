"""Prompt text → fragments: the sentences and lines that two prompts can share, made alike where only noise differs.

A fragment is a sentence or a line, lower-cased, every run of digits written as one 0, white space squeezed, closing
punctuation dropped. Kept are those of at least 20 bytes of UTF-8, which is 20 Latin letters or 7 Chinese characters: shorter
ones are shared by everybody. Ingestion stores their signatures; explanations call `normalise_fragments` on a text.
"""

import polars as pl

from graph.signatures import signature

MIN_BYTES = 20
MAX_PER_PROMPT = 40

# A sentence ends at a line break, at . ! ? before white space, or at a full-width stop.
_ENDS = r"\n|[.!?]+\s+|[。！？]+"
_SPACE = r"\s{2,}|[\t\r\x0b\x0c\u00a0\u3000]"
EDGES = " \t\r\n.!?\"'`*#>-"


def split_sentences(text: pl.Expr) -> pl.Expr:
    """A text column → a list column of raw sentences and lines, in order."""
    return text.str.split(_ENDS, literal=False)


def normalise_sentence(sentence: pl.Expr) -> pl.Expr:
    """A raw sentence column → its fragment: lower case, digits masked, white space squeezed, edges stripped."""
    masked = sentence.str.to_lowercase().str.replace_all("[0-9]+", "0")
    return masked.str.replace_all(_SPACE, " ").str.strip_chars(EDGES)


def long_enough(sentence: pl.Expr) -> pl.Expr:
    """True where a sentence, raw or normalised, is long enough to say something when it is shared."""
    return sentence.str.len_bytes() >= MIN_BYTES


def normalise_fragments(texts: pl.Series) -> pl.Series:
    """Texts → for each the list of its fragments as stored signatures see them, in order; null gives an empty list."""
    return _all_fragments(texts).list.head(MAX_PER_PROMPT)


def longer_than_kept(texts: pl.Series) -> pl.Series:
    """True for the texts that hold more than MAX_PER_PROMPT fragments."""
    return _all_fragments(texts).list.len() > MAX_PER_PROMPT


def _all_fragments(texts: pl.Series) -> pl.Series:
    piece = pl.element()
    raw = piece.filter(long_enough(piece))
    name = texts.name or "text"
    frame = pl.DataFrame({name: texts.cast(pl.String)}).with_columns(split_sentences(pl.col(name)).list.eval(raw))
    frame = frame.with_columns(pl.col(name).list.eval(normalise_sentence(piece)))
    frame = frame.with_columns(pl.col(name).list.eval(piece.filter(long_enough(piece))))
    return frame[name].fill_null(pl.Series([[]], dtype=pl.List(pl.String)))


def fragment_texts(texts: pl.DataFrame) -> pl.DataFrame:
    """Few distinct texts → the wording of their fragments: `prompt_id`, `fragment_id`, `fragment`. In: `prompt_id`, `text`."""
    spelled = texts.select("prompt_id", fragment=normalise_fragments(texts["text"])).explode("fragment", empty_as_null=False)
    return spelled.with_columns(fragment_id=signature("fragment")).unique(["prompt_id", "fragment_id"], keep="first", maintain_order=True)
