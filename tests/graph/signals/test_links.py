"""Groups from linked pairs: what pays for its own choice is kept, what chance and heaviness make is not."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.signals.links import incidences, linked_groups, nothing
from tests.graph.nights import at

PEOPLE = 400


def names(count=PEOPLE, mark="p"):
    return [f"{mark}{i:03d}" for i in range(count)]


def activity(n):
    return pl.DataFrame([*n.items()], schema={"account_id": pl.String, "n": pl.Int64}, orient="row")


def linked(pairs):
    """Pairs, however often and in whichever direction they are given, with the number of times as weight."""
    rows = [(min(a, b), max(a, b)) for a, b in pairs if a != b]
    return pl.DataFrame(rows, schema={"account_a": pl.String, "account_b": pl.String}, orient="row").group_by(pl.all()).len("weight")


def by_chance(rng, n, count):
    """Pairs drawn in proportion to how much each account does."""
    share = np.array([*n.values()]) / sum(n.values())
    return [tuple(pair) for pair in rng.choice([*n], (count, 2), p=share)]


def ring(members):
    return [(a, b) for a in members for b in members if a < b]


def groups(pairs, n, chance_pairs):
    found = linked_groups(linked(pairs), activity(n), chance_pairs)
    return [set(rows["account_id"]) for _, rows in found.group_by("group", maintain_order=True)]


LIGHT = dict.fromkeys(names(), 10)
POOL = dict.fromkeys(names(8, "w"), 10)


@pytest.mark.parametrize("size", [7, 12, 40])
def test_a_planted_group_among_chance_pairs_is_found_whole_and_alone(size):
    everyone = LIGHT | dict.fromkeys(names(size, "w"), 10)
    chance = by_chance(np.random.default_rng(size), everyone, 60)
    assert groups(chance + ring(names(size, "w")), everyone, 60) == [set(names(size, "w"))]


def test_two_planted_groups_stay_two():
    everyone = LIGHT | POOL | dict.fromkeys(names(6, "x"), 10)
    pairs = by_chance(np.random.default_rng(2), everyone, 60) + ring(POOL) + ring(names(6, "x"))
    assert sorted(groups(pairs, everyone, 60), key=min) == [set(POOL), set(names(6, "x"))]


@pytest.mark.parametrize("count", [1, 20, 100, 400, 2000])
def test_chance_pairs_alone_give_nothing(count):
    for seed in range(12):
        assert groups(by_chance(np.random.default_rng(seed), LIGHT, count), LIGHT, count) == [], seed


@pytest.mark.parametrize("times", [5, 30, 200])
def test_heavy_accounts_are_no_group_by_being_heavy(times):
    everyone = LIGHT | dict.fromkeys(names(10, "h"), 10 * times)
    for seed in range(12):
        assert groups(by_chance(np.random.default_rng(seed), everyone, 120), everyone, 120) == [], seed


def test_the_same_links_of_light_accounts_are_a_group():
    heavy = dict.fromkeys(names(10, "h"), 10)
    assert groups(ring(heavy), LIGHT | heavy, 120) == [set(heavy)]
    assert groups(ring(heavy), LIGHT | dict.fromkeys(heavy, 2000), 120) == []


@pytest.mark.parametrize("weight", [1, 1000])
def test_a_pair_is_no_group_however_often_it_is_linked(weight):
    assert groups([("w000", "w001")] * weight, LIGHT | POOL, 1) == []


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(dice):
    rng, several = np.random.default_rng(3), [names(30, mark) for mark in "vwx"]
    everyone = LIGHT | dict.fromkeys([name for group in several for name in group], 10)
    sparse = [tuple(pair) for group in several for pair in rng.choice(group, (90, 2))]
    pairs, n = linked(by_chance(rng, everyone, 150) + sparse), activity(everyone)
    mixed = (frame[dice.sample(range(frame.height), frame.height)] for frame in (pairs, n))
    found = linked_groups(pairs, n, 150)
    assert found["group"].n_unique() >= 3 and linked_groups(*mixed, 150).equals(found)


def test_no_pairs_give_no_groups():
    found = linked_groups(linked([]), activity(LIGHT), 0)
    assert found.is_empty() and found.schema == {"account_id": pl.String, "group": pl.Int64}


def test_one_entity_a_group_named_for_its_first_account_with_its_strongest_link():
    held = pl.DataFrame({"account_id": ["a", "b", "c", "x", "y"], "group": [4, 4, 4, 9, 9]})
    pairs = linked([("a", "b")] * 3 + [("b", "c")] * 5 + [("x", "y")])
    seen = pl.DataFrame([(name, at(0), at(9)) for name in "abcxy"], schema=["account_id", "first_at", "last_at"], orient="row")
    found = incidences("relay", held, pairs, seen).sort("account_id").collect()
    assert found.select("account_id", "value", "n").rows() == [
        ("a", "relay of a", 3),
        ("b", "relay of a", 5),
        ("c", "relay of a", 5),
        ("x", "relay of x", 1),
        ("y", "relay of x", 1),
    ]
    assert found.schema == nothing().collect_schema()
