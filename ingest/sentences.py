"""The fragments of many texts in one pass over their bytes: `graph.signals.fragments.normalise_fragments`, compiled.

That function says what a fragment is; this one must give the same signatures for every text, and a property test holds it to that.
A text with a letter whose lower case has another length or depends on its neighbours (İ, Σ) is left to it.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from graph.signals.fragments import EDGES, MAX_PER_PROMPT, MIN_BYTES
from ingest.xxh3 import Bytes, compiled, xxh3

WHOLE: Final = 0  # all fragments were found
CAPPED: Final = 1  # there were more than are kept
LEFT: Final = 2  # a letter that is not lower-cased here

_PLAIN, _BLANK, _NEWLINE, _STOP, _DIGIT, _FULL, _OTHER = range(7)
_FULL_STOPS = (0x3002, 0xFF01, 0xFF1F)  # 。！？
_SPACES = (9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)  # \s
_ALWAYS_BLANK = (9, 11, 12, 13, 0xA0, 0x3000)  # one of them is written as a blank too
_CASED = 0x20000  # no letter with two cases lies beyond
_SIGMA = 0x3A3
_UNKNOWN = -1

_KIND = np.full(256, _PLAIN, dtype=np.uint8)
_KIND[128:] = _OTHER
_KIND[[code for code in _SPACES if code < 128]] = _OTHER
_KIND[ord(" ")] = _BLANK
_KIND[ord("\n")] = _NEWLINE
_KIND[[chr(point).encode()[0] for point in _FULL_STOPS]] = _FULL  # perhaps: other characters begin with the same byte
_KIND[[ord(sign) for sign in ".!?"]] = _STOP
_KIND[[ord(digit) for digit in "0123456789"]] = _DIGIT


class Rules(NamedTuple):
    """What compiled code must not hold as constants, since its cache would outlive a change of them."""

    lower: np.ndarray[Any, Any]  # by code point, the lower case; _UNKNOWN where it is LEFT
    edge: np.ndarray[Any, Any]  # by byte, whether it is stripped at both ends
    least: int  # bytes of a fragment
    most: int  # fragments of a text


def rules() -> Rules:
    """The rules of `graph.signals.fragments`."""
    edge = np.zeros(256, dtype=np.bool_)
    edge[[ord(sign) for sign in EDGES]] = True
    return Rules(_lower_case(), edge, MIN_BYTES, MAX_PER_PROMPT)


def _lower_case() -> np.ndarray[Any, Any]:
    """By code point, what Polars lower-cases a character to; _UNKNOWN where that has another length in UTF-8, or depends on others."""
    points = [point for point in range(_CASED) if not 0xD800 <= point < 0xE000]
    letter, low = pl.col("letter"), pl.col("low")
    letters = pl.DataFrame({"point": points, "letter": [chr(point) for point in points]}).with_columns(low=letter.str.to_lowercase())
    kept = (letter.str.len_bytes() == low.str.len_bytes()) & (low.str.len_chars() == 1)
    table = np.arange(_CASED, dtype=np.int32)
    for point, lowered, same in letters.filter(letter != low).select("point", "low", kept).iter_rows():
        table[point] = ord(lowered) if same else _UNKNOWN
    table[_SIGMA] = _UNKNOWN
    return table


@compiled
def _decoded(data: Bytes, at: int) -> tuple[int, int]:
    """Code point and number of bytes of the character at `at`, which is valid UTF-8."""
    lead: Any = np.int64(data[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (data[at + 1] & 0x3F), 2
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F), 3
    return (lead & 0x07) << 18 | (data[at + 1] & 0x3F) << 12 | (data[at + 2] & 0x3F) << 6 | (data[at + 3] & 0x3F), 4


@compiled
def _encode(point: int, width: int, out: Bytes, at: int) -> None:
    """Write `point` as `width` bytes of UTF-8, two or more."""
    for i in range(width - 1, 0, -1):
        out[at + i] = 0x80 | (point & 0x3F)
        point >>= 6
    out[at] = (0xF00 >> width & 0xFF) | point


@compiled
def _is_in(point: int, points: tuple[int, ...]) -> bool:
    for each in points:  # noqa: SIM110 - compiled
        if point == each:
            return True
    return False


@compiled
def _is_space(point: int) -> bool:
    if point < 0x80:
        return point == 32 or 9 <= point <= 13
    return (0x2000 <= point <= 0x200A) or _is_in(point, (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000))


@compiled
def _after_space(data: Bytes, at: int, end: int, lines: bool) -> int:
    """Where the white space from `at` on ends; with `lines` it goes over line breaks too."""
    while at < end:
        point, width = _decoded(data, at)
        if not _is_space(point) or (point == 10 and not lines):
            break
        at += width
    return at


@compiled
def _after_run(data: Bytes, at: int, end: int, kind: int) -> int:
    while at < end and _KIND[data[at]] == kind:
        at += 1
    return at


@compiled
def _after_full_stops(data: Bytes, at: int, end: int) -> int:
    while at < end and _KIND[data[at]] == _FULL:
        point, width = _decoded(data, at)
        if not _is_in(point, _FULL_STOPS):
            break
        at += width
    return at


@compiled
def _signed(out: Bytes, size: int, rules: Rules) -> tuple[bool, np.int64]:
    """Whether the written sentence is long enough without its edges, and its signature."""
    first = 0
    while first < size and rules.edge[out[first]]:
        first += 1
    while size > first and rules.edge[out[size - 1]]:
        size -= 1
    if size - first < rules.least:
        return False, np.int64(0)
    return True, np.int64(xxh3(out, first, size - first))


@compiled
def _separator(data: Bytes, at: int, end: int) -> int:
    """Where the separator of sentences that begins at `at` ends; `at` itself when none begins there."""
    kind = _KIND[data[at]]
    if kind == _NEWLINE:
        return at + 1
    if kind == _STOP:
        stops = _after_run(data, at, end, _STOP)
        spaces = _after_space(data, stops, end, True)
        return spaces if spaces > stops else at
    return _after_full_stops(data, at, end)


@compiled
def _write(data: Bytes, at: int, end: int, rules: Rules, out: Bytes, size: int) -> tuple[int, int]:
    """Write what stands at `at`, as a fragment has it: where it ends, and the new size of `out`. Ends at _UNKNOWN where it is LEFT."""
    kind = _KIND[data[at]]
    if kind == _DIGIT:
        out[size] = 48
        return _after_run(data, at, end, _DIGIT), size + 1
    if kind == _STOP:
        after = _after_run(data, at, end, _STOP)
        for i in range(at, after):
            out[size + i - at] = data[i]
        return after, size + after - at
    point, width = _decoded(data, at)
    if _is_space(point):
        after = _after_space(data, at, end, False)
        if after > at + width or _is_in(point, _ALWAYS_BLANK):
            out[size] = 32
            return after, size + 1
    low = rules.lower[point] if point < _CASED else point
    if low == _UNKNOWN:
        return _UNKNOWN, size
    if width == 1:
        out[size] = low
    else:
        _encode(low, width, out, size)
    return at + width, size + width


@compiled
def _among(found: np.ndarray[Any, Any], first: int, end: int, value: np.int64) -> bool:
    for i in range(first, end):  # noqa: SIM110 - compiled
        if found[i] == value:
            return True
    return False


@compiled
def _next_separator(data: Bytes, at: int, end: int, rules: Rules, out: Bytes) -> tuple[int, int, int]:
    """Write the sentence that begins at `at`: where the separator after it begins and ends, and the size written; or _UNKNOWN."""
    size = 0
    while at < end:
        kind = _KIND[data[at]]
        if kind == _PLAIN or (kind == _BLANK and at + 1 < end and _KIND[data[at + 1]] == _PLAIN):  # most bytes: the shortest way
            out[size] = rules.lower[data[at]]
            at, size = at + 1, size + 1
            continue
        after = _separator(data, at, end) if kind in (_NEWLINE, _STOP, _FULL) else at
        if after > at:
            return at, after, size
        at, size = _write(data, at, end, rules, out, size)
        if at == _UNKNOWN:
            return _UNKNOWN, _UNKNOWN, size
    return end, end + 1, size


@compiled
def _of_text(data: Bytes, start: int, end: int, rules: Rules, out: Bytes, found: np.ndarray[Any, Any], at: int) -> tuple[int, int]:
    """Write the signatures of one text to `found` from `at` on, each once: where they end, and how it went."""
    first, kept = at, 0
    while start <= end:
        stop, after, size = _next_separator(data, start, end, rules, out)
        if stop == _UNKNOWN:
            return first, LEFT
        enough, signature = _signed(out, size, rules) if stop - start >= rules.least else (False, np.int64(0))
        if enough:
            if kept == rules.most:
                return at, CAPPED
            kept += 1
            if not _among(found, first, at, signature):
                found[at] = signature
                at += 1
        start = after
    return at, WHOLE


@compiled
def signatures(
    data: Bytes, ends: np.ndarray[Any, Any], rules: Rules, found: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Fragment signatures of the texts of `data` that end at `ends`, into `found`: how many each has, and how it went.

    `found` must hold one for every `rules.least` bytes.
    """
    counts, states = np.zeros(len(ends), dtype=np.int64), np.zeros(len(ends), dtype=np.uint8)
    start, longest = 0, 0
    for end in ends:
        longest, start = max(longest, end - start), end
    out = np.empty(longest, dtype=np.uint8)
    start, at = 0, 0
    for text in range(len(ends)):
        after, states[text] = _of_text(data, start, ends[text], rules, out, found, at)
        counts[text] = after - at
        start, at = ends[text], after
    return counts, states
