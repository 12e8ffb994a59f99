"""Pairs beyond jitter: closeness in seconds counts, shared hours and popular objects do not."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.signals.timing import beyond_jitter, coaction_network
from tests.graph.nights import at

SCHEMA = {"account_id": pl.String, "object_id": pl.String, "content_id": pl.String, "occurred_at": pl.Datetime("us", "UTC")}
HOUR = 3600


def events(rows):
    return pl.DataFrame([(a, o, f"{a} {o} {s}", at(float(s))) for a, o, s in rows], schema=SCHEMA, orient="row")


def kept(rows, share=0.2, window=20, jitter=HOUR):
    pairs, false = beyond_jitter(events(rows), window, 1, jitter, share)
    return {(a, b): n for a, b, n in pairs.rows()}, false


def crowd(rng, objects=12, people=80, spread=4 * HOUR):
    """Everyone acts on the same popular objects within the same hours."""
    return [(f"p{i:02d}", f"o{o}", 9 * HOUR * o + int(rng.integers(0, spread))) for o in range(objects) for i in range(people)]


def ring(size=4, objects=30):
    return [(f"r{i}", f"own{o}", 9 * HOUR * o + 2 * i) for o in range(objects) for i in range(size)]


RING = {(f"r{i}", f"r{j}"): 30 for i in range(4) for j in range(i + 1, 4)}


def test_accounts_in_step_are_all_kept_and_chance_has_none():
    assert kept(ring()) == (RING, 0)


def test_in_a_crowd_the_weight_at_which_chance_is_rare_decides():
    found, false = kept(crowd(np.random.default_rng(1)) + ring())
    assert found.items() >= RING.items()
    assert false <= 0.2 * len(found) and len(found) - len(RING) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_alone_gives_hardly_a_pair_of_all_that_were_close(seed):
    rows = crowd(np.random.default_rng(seed))
    close = coaction_network(events(rows), 20, 1).height
    assert close > 50 and len(kept(rows)[0]) <= 0.05 * close


def test_close_in_minutes_is_not_close_in_seconds():
    apart = [(f"r{i}", f"own{o}", 9 * HOUR * o + 60 * i) for o in range(30) for i in range(4)]
    assert kept(apart) == ({}, 0)


@pytest.mark.parametrize("rows", [[], [("a", "o", 1)], [("a", "o", 1), ("a", "o", 2)], [("a", "o", 1), ("b", "x", 1)]])
def test_nobody_close_gives_nothing(rows):
    assert kept(rows) == ({}, 0)


ROW = st.tuples(st.sampled_from("abcde"), st.sampled_from(["o1", "o2"]), st.integers(0, 600))


@settings(max_examples=60)
@given(st.lists(ROW, max_size=40), st.floats(0, 1), st.integers(0, 300), st.randoms(use_true_random=False))
def test_it_is_the_heaviest_part_of_the_network_with_no_more_chance_than_allowed(rows, share, jitter, dice):
    found, false = kept(rows, share, jitter=jitter)
    every = {(a, b): n for a, b, n in coaction_network(events(rows), 20, 1).rows()}
    assert found == {pair: n for pair, n in every.items() if found and n >= min(found.values())}
    assert false <= share * len(found)
    assert kept(dice.sample(rows, len(rows)), share, jitter=jitter) == (found, false)
