"""Moments as numbers: packed, sorted, and the same again."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graph.signals.seconds import account_numbers, moments, silent, unpacked
from tests.graph.nights import a_night, at

ROWS = st.lists(st.tuples(st.sampled_from("cab"), st.integers(0, 14 * 86_400 - 1), st.booleans()), max_size=30)


@given(ROWS)
def test_what_is_packed_comes_out_sorted(rows):
    night = a_night(14, exchanges=[{"account_id": a, "occurred_at": at(s), "status": "429" if mark else None} for a, s, mark in rows])
    packed = moments(night, pl.col("status") == "429")
    names = dict(account_numbers(night).select("account", "account_id").rows())
    assert [(names[a], s, mark) for a, s, mark in unpacked(packed).rows()] == sorted(rows)


@given(ROWS, st.integers(0, 5000))
def test_silence_is_before_the_first_and_after_a_pause(rows, pause):
    night = a_night(14, exchanges=[{"account_id": a, "occurred_at": at(s)} for a, s, _ in rows])
    order = sorted((a, s) for a, s, _ in rows)
    expected = [n == 0 or order[n - 1][0] != a or s - order[n - 1][1] > pause for n, (a, s) in enumerate(order)]
    assert silent(moments(night), pause).tolist() == expected
