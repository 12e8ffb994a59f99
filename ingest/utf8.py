"""Characters of UTF-8, for compiled functions, and what Polars knows of them as tables by code point."""

from typing import Any, Final

import numpy as np
import polars as pl

from ingest.xxh3 import Bytes, compiled

TABLED: Final = 0x20000  # code points in the tables; no letter with two cases lies beyond
UNKNOWN: Final = -1
_SIGMA = 0x3A3


def characters() -> pl.DataFrame:
    """The characters below TABLED: `point`, `letter`."""
    points = [point for point in range(TABLED) if not 0xD800 <= point < 0xE000]
    return pl.DataFrame({"point": points, "letter": [chr(point) for point in points]})


def lower_case() -> np.ndarray[Any, Any]:
    """By code point, what Polars lower-cases a character to; UNKNOWN where that has another length in UTF-8, or depends on others."""
    letter, low = pl.col("letter"), pl.col("low")
    letters = characters().with_columns(low=letter.str.to_lowercase())
    same = (letter.str.len_bytes() == low.str.len_bytes()) & (low.str.len_chars() == 1)
    table = np.arange(TABLED, dtype=np.int32)
    for point, lowered, known in letters.filter(letter != low).select("point", "low", same).iter_rows():
        table[point] = ord(lowered) if known else UNKNOWN
    table[_SIGMA] = UNKNOWN
    return table


@compiled
def decoded(data: Bytes, at: int) -> tuple[int, int]:
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
def encode(point: int, width: int, out: Bytes, at: int) -> None:
    """Write `point` as `width` bytes."""
    if width == 1:
        out[at] = point
        return
    for i in range(width - 1, 0, -1):
        out[at + i] = 0x80 | (point & 0x3F)
        point >>= 6
    out[at] = (0xF00 >> width & 0xFF) | point
