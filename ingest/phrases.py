"""The phrases of many texts in one pass over their bytes: `graph.signals.phrases.phrase_texts`, compiled.

That function says what a phrase is; this one must give the same signatures for every text. A text with a letter whose lower case is
not in the tables, or with a character beyond them, is left to it.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from graph.signals.phrases import DIGIT, KEPT, LEAST_TOKENS, LETTER, RUN, SINGLE
from ingest.sentences import LEFT, WHOLE
from ingest.utf8 import TABLED, UNKNOWN, characters, decoded, encode, lower_case
from ingest.xxh3 import Bytes, compiled, xxh3

_Numbers = np.ndarray[Any, Any]
_SIGN, _LETTER, _DIGIT, _SINGLE = range(4)


class Rules(NamedTuple):
    """What compiled code must not hold as constants, since its cache would outlive a change of them."""

    lower: _Numbers  # by code point, the lower case
    kind: _Numbers  # by code point, what it is part of
    plain: _Numbers  # by byte, the lower case of an ASCII letter, else 0
    run: int  # tokens of a phrase
    least: int  # tokens of a text
    kept: int  # phrases of a text


def rules() -> Rules:
    """The rules of `graph.signals.phrases`."""
    letter = pl.col("letter").str
    kinds = pl.when(letter.contains(LETTER)).then(_LETTER).when(letter.contains(DIGIT)).then(_DIGIT).when(letter.contains(f"[{SINGLE}]"))
    known = characters().with_columns(kind=kinds.then(_SINGLE).otherwise(_SIGN))
    table = np.zeros(TABLED, dtype=np.int8)
    table[known["point"].to_numpy()] = known["kind"].to_numpy()
    lower = lower_case()
    plain = np.zeros(256, dtype=np.uint8)
    plain[:128] = np.where(table[:128] == _LETTER, lower[:128], 0)
    return Rules(lower, table, plain, RUN, LEAST_TOKENS, KEPT)


@compiled
def _tokens(data: Bytes, at: int, end: int, rules: Rules, out: Bytes, starts: _Numbers) -> int:
    """Write the tokens, a blank after each, to `out`, and where each begins to `starts`: how many; UNKNOWN where the text is LEFT."""
    size, count = 0, 0
    while at < end:
        kind, point, width = _character(data, at, rules)
        if kind == _SIGN:
            at += width
            continue
        starts[count] = size
        count += 1
        token = kind
        if token == _DIGIT:
            out[size] = 48
            size += 1
        while kind == token:
            if kind == UNKNOWN:
                return UNKNOWN
            if token != _DIGIT:
                encode(point, width, out, size)
                size += width
            at += width
            while token == _LETTER and at < end and rules.plain[data[at]]:  # most characters: the shortest way
                out[size] = rules.plain[data[at]]
                at, size = at + 1, size + 1
            if at == end or token == _SINGLE:
                break
            kind, point, width = _character(data, at, rules)
        out[size] = 32
        size += 1
    starts[count] = size
    return count


@compiled
def _character(data: Bytes, at: int, rules: Rules) -> tuple[int, int, int]:
    """What the character at `at` is part of (UNKNOWN where the text is LEFT), its lower case, and its number of bytes."""
    if data[at] < 0x80:
        return rules.kind[data[at]], rules.lower[data[at]], 1
    point, width = decoded(data, at)
    if point >= TABLED or rules.lower[point] == UNKNOWN:
        return UNKNOWN, 0, width
    return rules.kind[point], rules.lower[point], width


@compiled
def _insert(found: _Numbers, first: int, at: int, most: int, value: int) -> int:
    """Keep `value` in the sorted `found[first:at]` if it is new and among the `most` smallest: where they end then."""
    if at - first == most and value >= found[at - 1]:
        return at
    place = at
    while place > first and found[place - 1] >= value:
        place -= 1
    if place < at and found[place] == value:
        return at
    end = min(at + 1, first + most)
    for i in range(end - 1, place, -1):
        found[i] = found[i - 1]
    found[place] = value
    return end


@compiled
def _sketch(out: Bytes, starts: _Numbers, count: int, rules: Rules, found: _Numbers, first: int) -> int:
    """The phrases of the written tokens into `found` from `first` on: where they end."""
    at = first
    if count >= rules.least:
        for i in range(count - rules.run + 1):
            signature: Any = np.int64(xxh3(out, starts[i], starts[i + rules.run] - 1 - starts[i]))
            at = _insert(found, first, at, rules.kept, signature)
    return at


@compiled
def signatures(data: Bytes, ends: _Numbers, rules: Rules, found: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Phrase signatures of the texts of `data` that end at `ends`, into `found`: how many each has, and whether it is LEFT.

    `found` must hold `rules.kept` for every text.
    """
    counts, states = np.zeros(len(ends), dtype=np.int64), np.full(len(ends), WHOLE, dtype=np.uint8)
    start, longest = 0, 0
    for end in ends:
        longest, start = max(longest, end - start), end
    out, starts = np.empty(2 * longest + 1, dtype=np.uint8), np.empty(longest + 1, dtype=np.int64)
    start, at = 0, 0
    for text in range(len(ends)):
        count = _tokens(data, start, ends[text], rules, out, starts)
        if count == UNKNOWN:
            states[text] = LEFT
        else:
            after = _sketch(out, starts, count, rules, found, at)
            counts[text], at = after - at, after
        start = ends[text]
    return counts, states
