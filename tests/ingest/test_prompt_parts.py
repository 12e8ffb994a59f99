"""The compiled pass over texts against the functions that say what a fragment is."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.signals.fragments import MAX_PER_PROMPT, fragment_texts, longer_than_kept
from graph.signatures import signature
from ingest.prompt_parts import fragment_table
from ingest.xxh3 import xxh3

# Every sign that a rule names, white space that no eye sees, letters whose lower case is longer, shorter, or hangs on the neighbours.
HOSTILE = "aAzZ09 .!?\n\t\r\v\f\"'`*#>-。！？、\u3000\u00a0\u0085\u2003\u1680\u2028长短éÉßẞİıΣσςKÅǅﬁ\u0345𐐀𐐨😀Ⱥⱥΐ\0"
TEXTS = (
    st.text(st.sampled_from(HOSTILE), max_size=150)
    | st.text(st.sampled_from(HOSTILE) | st.characters(exclude_categories=["Cs"]), max_size=90)
    | st.text("ab 1\n.", min_size=300, max_size=2_500)
)


def _frame(texts: list[str]) -> pl.DataFrame:
    numbers = pl.Series("prompt_id", range(len(texts)), dtype=pl.Int64)
    return pl.DataFrame([numbers, pl.Series("text", texts, dtype=pl.String)])


def _check(texts: list[str]) -> None:
    frame = _frame(texts)
    table, capped = fragment_table(frame)
    assert sorted(table.iter_rows()) == sorted(fragment_texts(frame).select("prompt_id", "fragment_id").iter_rows())
    assert capped == longer_than_kept(frame["text"]).sum()


@settings(max_examples=300)
@given(st.lists(TEXTS, max_size=8, unique=True))
def test_the_same_signatures_for_every_text(texts: list[str]) -> None:
    _check(texts)


def test_the_same_signatures_for_every_character() -> None:
    characters = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    _check([f"a sentence with {one} and then {other}! It ends here, as all do {one}" for one, other in pairwise(characters)])


def test_the_first_forty_are_kept_and_the_rows_of_a_prompt_stand_together() -> None:
    long = "\n".join(f"this is sentence number {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(99))
    table, capped = fragment_table(_frame([long, "İ one single sentence here", "one more sentence stands here"]))
    assert (table["prompt_id"].rle().struct.field("len").to_list(), capped) == ([MAX_PER_PROMPT, 1, 1], 1)


def test_a_run_of_stops_costs_no_more_than_its_length() -> None:
    _check(["." * 1_000_000, "?!" * 400_000 + " ", "。" * 300_000])


@pytest.mark.parametrize("size", [*range(9, 300), 1_023, 1_024, 1_025, 1_088, 1_089, 4_096, 70_000])
def test_the_compiled_hash_is_xxh3(size: int) -> None:
    text = "".join(chr(97 + (7 * n + n // 11) % 26) for n in range(size))
    expected = pl.DataFrame({"t": [text]}).select(signature("t")).item()
    data = pl.Series([*text.encode()], dtype=pl.UInt8).to_numpy()
    assert int(xxh3(data, 0, size)) == expected % 2**64
