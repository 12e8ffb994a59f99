"""A pool that serves two aims is parted by what its accounts send; one aim with many templates, or with new ones each week, is not."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import campaigns
from graph.found import Found
from graph.scoring import Score
from tests.graph.nights import START, a_night

DAYS, SENTENCES = 6, 8  # a wording's sentences


def a_pool(wordings, days=None, own=40, seed=1):
    """A night and one group of accounts. wordings: for each account how often it sends each wording a day; days: the days it is active.

    Every account sends `own` requests a day of its customers' besides.
    """
    dice = np.random.default_rng(seed)
    exchanges, fragments = [], []
    for account, rates in enumerate(wordings):
        for day in (days or {}).get(account, range(DAYS)):
            at = START + timedelta(days=day, hours=9)
            sent = [dice.poisson(rate, SENTENCES) if rate else [] for rate in rates]
            for wording, counts in enumerate(sent):
                fragments += [
                    {"account_id": f"a{account:03}", "fragment_id": 100 * wording + i, "n": int(n), "first_at": at, "last_at": at}
                    for i, n in enumerate(counts)
                    if n
                ]
            total = own + int(sum(sum(counts) for counts in sent))
            exchanges += [{"account_id": f"a{account:03}", "occurred_at": at + timedelta(seconds=i)} for i in range(total)]
    return a_night(days=DAYS, exchanges=exchanges, fragments=fragments), a_group(len(wordings), len(wordings[0]))


def a_group(size, wordings):
    accounts = pl.DataFrame(
        [(i, f"a{i:03}", i, True) for i in range(size)],
        schema={"account": pl.UInt32, "account_id": pl.String, "unit": pl.Int32, "alone": pl.Boolean},
        orient="row",
    )
    values = [100 * w + i for w in range(wordings) for i in range(SENTENCES)]
    entities = pl.DataFrame({"entity": range(len(values)), "value": map(str, values)}, schema={"entity": pl.Int32, "value": pl.String})
    marks = entities.select(
        "entity",
        cluster=pl.lit(3, pl.Int32),
        kind=pl.lit(0, pl.Int8),
        members=pl.lit(size, pl.UInt32),
        member_units=pl.lit(size, pl.UInt32),
        size_units=pl.lit(size, pl.Int64),
    )
    kinds = pl.DataFrame({"kind": [0], "name": ["sentence"]}, schema={"kind": pl.Int8, "name": pl.String})
    groups = accounts.select(pl.lit(3, pl.Int32).alias("cluster"), pl.col("account").cast(pl.Int32))
    bipartite = SimpleNamespace(accounts=accounts, entities=entities, kinds=kinds)
    return Found(bipartite, groups, pl.DataFrame(), pl.DataFrame(), pl.DataFrame(), marks)


def parted(night, found, smallest=6):
    inside = campaigns.within(night, found, smallest)
    return sorted(tuple(rows["account"].sort()) for _, rows in inside.group_by("cluster"))


def test_two_aims_in_one_pool_are_two_campaigns_and_an_account_may_serve_both():
    night, found = a_pool([(3, 0)] * 10 + [(3, 3)] * 5 + [(0, 3)] * 12)
    assert parted(night, found) == [tuple(range(15)), tuple(range(10, 27))]


def test_one_aim_beside_ordinary_customers_is_a_campaign():
    night, found = a_pool([(3,)] * 10 + [(0,)] * 10)
    assert parted(night, found) == [tuple(range(10))]


def test_one_aim_of_the_whole_pool_is_none_within_it():
    night, found = a_pool([(3,)] * 20)
    assert parted(night, found) == []


def test_templates_that_all_take_in_turn_are_one_aim():
    night, found = a_pool([(2, 2, 2)] * 20)
    assert parted(night, found) == []


def test_wording_that_changes_with_the_accounts_from_week_to_week_is_no_second_aim():
    early, late = dict.fromkeys(range(10), range(3)), dict.fromkeys(range(10, 20), range(3, 6))
    night, found = a_pool([(3, 0)] * 10 + [(0, 3)] * 10, days=early | late)
    assert parted(night, found) == []


@pytest.mark.parametrize("few", [(3, 0), (0, 3)])
def test_fewer_than_the_smallest_campaign_are_none(few):
    night, found = a_pool([few] * 5 + [(3, 3)] * 20)
    assert all(len(accounts) >= 6 for accounts in parted(night, found))


def test_retries_at_another_account_do_not_make_it_a_member():
    night, found = a_pool([(3, 0)] * 12 + [(0.05, 3)] * 12)
    assert parted(night, found) == [tuple(range(12)), tuple(range(12, 24))]


@given(st.permutations(range(24)))
@settings(max_examples=5)
def test_the_order_of_rows_changes_nothing(order):
    night, found = a_pool([(3, 0)] * 12 + [(0, 3)] * 12)
    mixed = found.groups[list(order)]
    again = Found(found.bipartite, mixed, *(getattr(found, name) for name in ("facts", "evidence", "channel_bits", "profile")))
    assert campaigns.within(night, again, 6).equals(campaigns.within(night, found, 6))


def test_bits_say_how_much_more_likely_a_member_sends_so_much():
    night, found = a_pool([(3, 0)] * 12 + [(0, 3)] * 12)
    inside = campaigns.within(night, found, 6)
    assert inside["bits"].is_between(3.32, 8.0).all()
    assert (inside["sent"] > inside["expected"]).all()
    assert set(inside["pool"]) == {3}
    assert inside["cluster"].min() > 3


@given(st.lists(st.floats(0, 10), min_size=3, max_size=40))
def test_two_classes_are_means_of_a_cut_of_the_values(values):
    separation, low, high = campaigns.two_classes(np.array(values))
    assert 0 <= separation <= 1 + 1e-9
    assert min(values) - 1e-9 <= low <= high + 1e-9 <= max(values) + 2e-9
    means = [(np.mean(sorted(values)[:k]), np.mean(sorted(values)[k:])) for k in range(1, len(values))]
    assert any(abs(low - a) < 1e-6 and abs(high - b) < 1e-6 for a, b in means)


@pytest.mark.parametrize(("value", "count"), [(0.1, 6), (1.1, 11), (2.0, 3)])
def test_equal_values_are_one_kind(value, count):
    """Their variance is nothing but rounding, and nothing is a share of it."""
    separation, low, high = campaigns.two_classes(np.full(count, value))
    assert separation == 0 and low == pytest.approx(high) == value


def test_a_uniform_spread_is_not_two_kinds():
    separation, _, _ = campaigns.two_classes(np.linspace(0, 2, 500))
    assert separation == pytest.approx(0.75, abs=0.01)


def test_what_holds_campaigns_is_a_pool_and_they_say_what_sets_them_apart():
    night, found = a_pool([(3, 0)] * 12 + [(0, 3)] * 12)
    inside = campaigns.within(night, found, 6)
    scores = {number: Score(1.0, 1.0, "campaign", ("Volume.",)) for number in (3, *inside["cluster"].unique())}
    told = campaigns.told(scores, inside)
    assert told[3].kind == "pool"
    first = told[inside["cluster"].min()]
    assert first.kind == "campaign"
    assert first.reasons[0].startswith("A campaign within its pool: 12 accounts sent ")
