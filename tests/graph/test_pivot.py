"""Who moves to a new model in a day, tested on accounts."""

import datetime as dt

import polars as pl
import pytest

from graph import pivot, releases
from tests.graph.groups import a_found
from tests.graph.nights import a_night, at

DAY = 86_400


def moves(inside, outside, units=None):
    """inside, outside: (moved, sent) of the first account and so on."""
    rows = [("m-2", at(5 * DAY), a, (units or range(999))[a], sent, moved) for a, (moved, sent) in enumerate([*inside, *outside])]
    return pl.DataFrame(rows, schema=releases.MOVES, orient="row")


def pivots(inside, outside, units=None):
    count = len(inside) + len(outside)
    return pivot.pivots(a_found([1] * count, {0: range(len(inside))}), moves(inside, outside, units))


def test_a_cluster_that_moves_while_others_stay():
    row = pivots([(8, 10)] * 10, [(0, 10)] * 190 + [(6, 10)] * 10).row(0, named=True)
    assert row["pivot_share"] == pytest.approx(0.8)
    assert row["pivot"] == pytest.approx((0.8 - 0.03) / 0.97, abs=0.01)
    assert "80% of their traffic was on it, of everyone else's 3%" in pivot.sentence(row)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ([(8, 10)] * 10, [(8, 10)] * 200),  # everybody moved
        ([(1, 10)] * 10, [(0, 10)] * 200),  # a try
        ([(900, 1000), *[(0, 10)] * 9], [(0, 10)] * 200),  # one account's requests are one
        ([(10, 10)] * 2, [(5, 10)] * 40 + [(0, 10)] * 160),  # two may move by chance
    ],
)
def test_near_misses(inside, outside):
    assert pivots(inside, outside).is_empty()


def test_an_organisation_moves_once():
    inside = [(10, 10)] * 10
    assert pivots(inside, [(0, 10)] * 150 + [(10, 10)] * 30, [0] * 10 + list(range(1, 181))).is_empty()


def test_without_a_release_nothing_is_told():
    assert pivot.pivots(a_found([1], {0: [0]}), pl.DataFrame(schema=releases.MOVES)).is_empty()
    assert pivot.sentence({}) == ""


def a_log(released, moved, users=40):
    rows = [
        {"account_id": f"a{a}", "occurred_at": at(d * DAY + 600 * a), "model": "m-2" if d >= released and a < moved else "m-1"}
        for a in range(users)
        for d in range(14)
    ]
    index = pl.DataFrame({"account_id": [f"a{a}" for a in range(users)], "account": range(users), "unit": range(users)})
    return a_night(exchanges=rows), index.with_columns(pl.col("account").cast(pl.UInt32), pl.col("unit").cast(pl.Int32))


def test_a_release_is_found_with_who_moved():
    found = releases.look(*a_log(6, 10))
    assert found["model"].unique().to_list() == ["m-2"] and found["released_at"][0] == at(6 * DAY)
    assert found.height == 40 and found.filter(pl.col("moved") == pl.col("sent")).height == 10


@pytest.mark.parametrize(("released", "moved"), [(1, 10), (13, 10), (6, 0)])
def test_no_release(released, moved):
    """New with the log itself; too late to see a day; used by nobody."""
    assert releases.look(*a_log(released, moved)).is_empty()


def test_who_came_after_the_release_has_not_moved():
    night, index = a_log(6, 10)
    late = pl.LazyFrame(
        {"account_id": ["new"] * 3, "occurred_at": [at(7 * DAY + i) for i in range(3)], "model": ["m-2"] * 3},
        schema_overrides={"occurred_at": pl.Datetime("us", "UTC")},
    )
    both = pl.concat([night.exchanges, late], how="diagonal")
    grown = pl.concat(
        [index, index.head(1).with_columns(account_id=pl.lit("new"), account=pl.lit(40, pl.UInt32), unit=pl.lit(40, pl.Int32))]
    )
    found = releases.look(type(night)(**{**vars(night), "exchanges": both}), grown)
    assert 40 not in found["account"].to_list()
    assert dt.timedelta(days=1) == releases._DAY
