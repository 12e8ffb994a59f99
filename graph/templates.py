"""The wording of a template: what most of its texts have in common, with {slot} where they differ.

A majority, not an intersection, so that one odd text among many does not empty it. Runs of tokens are compared and not single ones:
a word that two texts have in different places is no common text.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import polars as pl

SHINGLE: Final = 4  # tokens on end; 3 is an idiom, 5 loses slots that stand close together
HALF: Final = 2  # "most of": more than one in two
MOST_CHARS: Final = 20_000  # of a text; more is not read
SLOT: Final = "{slot}"
# A character of a script without blanks, a word, a run of digits, a sign. Between tokens there is nothing but white space.
_PIECE: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]"
_MOST_EXAMPLES: Final = 50

_Shingle = tuple[str, ...]


def tokenised(text: pl.Expr) -> pl.Expr:
    """A text column → a list column of its tokens, in order."""
    return text.str.slice(0, MOST_CHARS).str.extract_all(_PIECE)


def write(examples: Sequence[str]) -> str:
    """A few texts of one template → its wording; empty when nothing is fixed.

    Fixed is every token inside a shingle that most of the texts have, whatever its numbers; a number is fixed only where most have
    the same. The wording is that of the text that has most of it.
    """
    texts = sorted(examples)[:_MOST_EXAMPLES]
    tokens, exact, masked = _cut(texts)
    same_numbers = _most([_shingles(each) for each in exact])
    common = _most([_shingles(each) for each in masked])
    if not common:
        return ""
    best = max(range(len(texts)), key=lambda i: (len(common.intersection(_shingles(masked[i]))), -len(tokens[i])))
    wordy, numbers = _covered(_shingles(masked[best]), common), _covered(_shingles(exact[best]), same_numbers)
    fixed = [i in (numbers if each == "0" else wordy) for i, each in enumerate(masked[best])]
    return _written(texts[best], tokens[best], fixed)


def _cut(texts: list[str]) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    """The tokens of each text: as they stand, in lower case, and with every number as 0 too."""
    token = pl.element()
    cut = pl.DataFrame({"tokens": texts}, schema={"tokens": pl.String}).select(tokenised(pl.col("tokens")))
    cut = cut.with_columns(exact=pl.col("tokens").list.eval(token.str.to_lowercase()))
    cut = cut.with_columns(masked=pl.col("exact").list.eval(token.str.replace(r"^\p{N}+$", "0")))
    return cut["tokens"].to_list(), cut["exact"].to_list(), cut["masked"].to_list()


def _shingles(tokens: list[str]) -> list[_Shingle]:
    return [tuple(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1)]


def _most(texts: list[list[_Shingle]]) -> set[_Shingle]:
    """The shingles that most of the texts have."""
    count = Counter(shingle for each in texts for shingle in set(each))
    return {shingle for shingle, n in count.items() if HALF * n > len(texts)}


def _covered(shingles: list[_Shingle], common: set[_Shingle]) -> set[int]:
    """Places of the tokens that stand in a common shingle."""
    return {i + offset for i, shingle in enumerate(shingles) if shingle in common for offset in range(SHINGLE)}


def _written(text: str, tokens: list[str], fixed: list[bool]) -> str:
    parts: list[str] = []
    end = 0
    for token, keep in zip(tokens, fixed, strict=True):
        start = text.index(token, end)
        if keep:
            parts += [text[end:start], token]
        elif not parts or parts[-1] != SLOT:
            parts += [text[end:start], SLOT]
        end = start + len(token)
    return re.sub(r"\s+", " ", "".join(parts)).strip()
