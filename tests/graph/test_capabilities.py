"""The profile: shares and lifts count prompts, chance counts accounts."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import capabilities
from tests.graph.groups import a_found, some_asks

WORDS = {"coding": "ask for code", "poems": "ask for poems"}


def told(hits, group, units=None):
    found = a_found([1] * len(hits), {0: group}, units=units)
    return capabilities.profile(found, some_asks({"coding": hits}, units=units)).row(0, named=True)


def test_a_group_that_codes_among_people_who_do_not():
    row = told([18] * 12 + [1] * 388, range(12))
    assert row["share"] == pytest.approx(0.9)
    assert row["lift"] == pytest.approx(18, rel=0.05)
    assert (row["accounts"], row["prompts"], row["concentration"]) == (12, 240, 0)
    assert row["q_value"] < 1e-6


def test_chance_counts_accounts_not_prompts():
    one_keen = told([20] + [1] * 399, range(12))
    assert one_keen["lift"] > 2 and one_keen["p_value"] > 0.01
    assert one_keen["concentration"] > 0.5


def test_a_declared_organisation_is_one_account():
    hits = [20] * 12 + [1] * 388
    assert told(hits, range(12), units=[0] * 12 + list(range(1, 389)))["p_value"] > 0.01


def test_what_a_group_asks_as_often_as_others_is_no_news():
    row = told([5] * 400, range(20))
    assert row["lift"] == pytest.approx(1, abs=0.05) and row["p_value"] == pytest.approx(1)


def test_since_is_the_first_day_it_was_common():
    asks = some_asks({"coding": [0] * 420})
    late = capabilities.pl.col("account") < 20
    sample = asks.sample.with_columns(asks_coding=late & (capabilities.pl.col("day") >= dt.date(2026, 8, 8)))
    row = capabilities.profile(a_found([1] * 420, {0: range(20)}), type(asks)(asks.capabilities, sample)).row(0, named=True)
    assert row["since"] == dt.date(2026, 8, 8)


def test_sentences_are_the_most_telling_first_and_few():
    found = a_found([1] * 400, {0: range(12)})
    rows = capabilities.profile(found, some_asks({"coding": [18] * 12 + [1] * 388, "poems": [6] * 12 + [1] * 388}))
    both = capabilities.sentences(rows, WORDS)
    assert both[0].startswith("90% of members' sampled prompts ask for code, 18 times everyone else's 5.0% (12 accounts, since 2026-08-03")
    assert len(both) == 2 and capabilities.sentences(rows, WORDS, most=1) == both[:1]


def test_without_texts_there_are_no_rows():
    assert capabilities.profile(a_found([1] * 9, {0: [1, 2]}), some_asks({"coding": [0] * 9}, of=0)).is_empty()


@settings(max_examples=40)
@given(st.lists(st.integers(0, 20), min_size=8, max_size=60), st.integers(1, 7))
def test_every_figure_stays_in_its_range(hits, size):
    row = told(hits, range(size))
    assert 0 <= row["share"] <= 1 and 0 < row["population_share"] < 1
    assert 0 < row["p_value"] <= 1 and row["p_value"] * (1 - 1e-9) <= row["q_value"] <= 1
    assert 0 <= row["concentration"] <= 1
