"""Fail-over: who begins when another is refused is found, without a common prompt or id; storms of refusals and busy hours are not."""

import numpy as np
import pytest

from graph.signals.rotation import fail_overs
from tests.graph.nights import a_night, at

DAYS, DAY, HOUR = 14, 86_400, 3600
POOL = [f"w{i}" for i in range(6)]


def ask(account, second, status="200"):
    return {"account_id": account, "occurred_at": at(float(second)), "status": status}


def people(rng, count=200, talks=30, refused=0.05):
    """Conversations of three turns, now and then ended by a refusal."""
    rows = []
    for i in range(count):
        for s in DAY * rng.integers(0, DAYS, talks) + rng.normal(50_000, 9_000, talks).clip(0, 85_000):
            rows += [ask(f"p{i:03d}", s + 90 * t) for t in range(2)]
            rows += [ask(f"p{i:03d}", s + 180, "429" if rng.random() < refused else "200")]
    return rows


def dispatched(rng, turns=80, wait=(1, 8), order=None):
    """Work that goes to the next account in line when the one is refused."""
    rows = []
    for n in range(turns):
        now = DAY * DAYS / turns * n + rng.integers(0, HOUR)
        one, other = POOL[n % len(POOL)], POOL[(n + 1) % len(POOL)] if order is None else order(rng, n)
        rows += [ask(one, now + 40 * t) for t in range(3)] + [ask(one, now + 120, "429")]
        rows += [ask(other, now + 120 + rng.uniform(*wait) + 30 * t) for t in range(3)]
    return rows


def groups(rows):
    found = fail_overs(a_night(DAYS, exchanges=rows)).collect()
    return [set(part["account_id"]) for _, part in found.group_by("value", maintain_order=True)]


@pytest.mark.parametrize("seed", range(3))
def test_a_pool_that_goes_on_elsewhere_is_found_whole_and_alone(seed):
    rng = np.random.default_rng(seed)
    assert groups(people(rng) + dispatched(rng)) == [set(POOL)]


def test_the_ends_of_an_open_chain_belong_to_it():
    rng = np.random.default_rng(3)
    rows = [row for n in range(12) for row in _in_line(DAY * n + rng.integers(0, 12 * HOUR), rng)]
    assert groups(people(rng) + rows) == [set(POOL)]


def _in_line(start, rng):
    """Once from the first to the last, and never back."""
    rows = []
    for n, account in enumerate(POOL):
        rows += [ask(account, start + 400 * n + rng.integers(0, 5)), ask(account, start + 400 * n + 390, "429")]
    return rows


def test_a_minute_later_is_no_fail_over():
    rng = np.random.default_rng(4)
    assert groups(people(rng) + dispatched(rng, wait=(60, 120))) == []


@pytest.mark.parametrize("seed", range(3))
def test_refusals_among_people_link_nobody(seed):
    assert groups(people(np.random.default_rng(10 + seed), refused=0.5)) == []


@pytest.mark.parametrize("minutes", [10, 30])
@pytest.mark.parametrize("seed", range(2))
def test_storms_in_which_everyone_is_refused_link_nobody(minutes, seed):
    """Every day at three the same people are refused, rest, and come back, while others begin."""
    rng = np.random.default_rng(20 + seed)
    storm = [DAY * d + 15 * HOUR for d in range(DAYS)]
    rows = [ask(f"p{i:03d}", s + rng.uniform(0, 60 * minutes), "429") for s in storm for i in range(60)]
    again = [ask(f"p{i:03d}", s + HOUR + rng.uniform(0, 60 * minutes)) for s in storm for i in range(60)]
    others = [ask(f"p{i:03d}", s + rng.uniform(0, 60 * minutes)) for s in storm for i in range(60, 120)]
    assert groups(people(rng) + rows + again + others) == []


def test_two_accounts_of_one_person_are_a_pair_and_no_group():
    rng = np.random.default_rng(30)
    rows = [row for s in DAY * np.arange(DAYS) + 40_000 for row in (ask("work", s, "429"), ask("home", s + rng.integers(3, 9)))]
    assert groups(people(rng) + rows) == []


@pytest.mark.parametrize("rows", [[], [ask("a", 0, "429")], [ask("a", 0, "429"), ask("b", 4)]])
def test_too_little_says_nothing(rows):
    assert groups(rows) == []
