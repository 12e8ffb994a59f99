"""Focus beside equally busy accounts, and the random groups it is judged by."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import peers
from graph.focus import divergence, focus
from tests.graph.groups import a_conduct, a_found, some_asks

DICE = np.random.default_rng(5)


def focused(hits, group, per_day=None, name="coding", seed=1):
    found = a_found(per_day or [1] * len(hits), {0: group})
    return focus(found, a_conduct(some_asks({name: hits}), seed=seed))


def people(count, mean=3):
    return [int(n) for n in DICE.binomial(20, mean / 20, count)]


def test_a_focused_group_beside_people():
    row = focused([16] * 10 + people(500), range(10)).row(0, named=True)
    assert row["focus"] > 0.6
    assert (row["focused_on"], row["share"]) == ("coding", 0.8)
    assert row["peer_share"] == pytest.approx(0.15, abs=0.05)


def test_ordinary_groups_are_not_focused():
    groups = {c: range(c * 8, c * 8 + 8) for c in range(20)}
    found = a_found([1] * 700, groups)
    assert (focus(found, a_conduct(some_asks({"coding": people(700)})))["focus"] < 0.05).mean() >= 0.9


def test_one_keen_member_of_a_family_is_no_focus():
    mixed = [20 if i % 12 == 0 else 0 for i in range(600)]
    assert focused([20, 0, 1, *mixed], range(3))["focus"].item() == 0


def test_busy_accounts_are_compared_with_busy_accounts():
    quiet, busy = [1] * 500, [14] * 500
    per_day = [1] * 500 + [50] * 510
    among_busy = focused(quiet + busy + [14] * 10, range(1000, 1010), per_day)
    assert among_busy["focus"].item() == 0 and among_busy["peer_share"].item() > 0.6


def test_only_what_trains_a_model_counts():
    assert focused([20] * 10 + [0] * 300, range(10), name="poems").is_empty()


def test_the_seed_decides_and_nothing_else():
    hits = [9] * 6 + people(300)
    assert focused(hits, range(6)).equals(focused(hits, range(6)))


@settings(max_examples=100)
@given(st.floats(0, 1), st.floats(0.001, 0.999))
def test_divergence_is_never_negative_and_zero_below_what_is_usual(share, usual):
    bits = float(divergence(np.array([share]), np.array([usual]))[0])
    assert bits >= 0 and (share > usual or bits == 0)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 500), min_size=60, max_size=200), st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_peers_come_from_the_pool_and_are_about_as_busy(pool, members):
    everyone = peers.pool(pl.DataFrame({"account": range(len(pool)), "activity": pool}), pl.Series([], dtype=pl.Int64))
    drawn = peers.matched(everyone, np.array(members, float), np.random.default_rng(1))
    assert drawn.shape == (peers.GROUPS, len(members))
    assert set(drawn.ravel()) <= set(range(len(pool)))


def test_peers_leave_the_clustered_out_unless_hardly_anybody_is_left():
    activity = pl.DataFrame({"account": range(200), "activity": range(200)})
    assert len(peers.pool(activity, pl.Series(range(100))).account) == 100
    assert len(peers.pool(activity, pl.Series(range(180))).account) == 200
