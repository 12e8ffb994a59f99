"""Rotation: who takes over from each other in turns is found, who only works the same hours is not."""

import numpy as np
import pytest

from graph.signals import turns
from graph.signals.rotation import rotations
from tests.graph.nights import a_night, at

DAYS, DAY, HOUR = 14, 86_400, 3600
POOL = [f"w{i}" for i in range(8)]


def spell(account, start, requests=12, apart=60):
    return [(account, start + apart * n) for n in range(requests)]


def people(rng, count=320, spells=12):
    """A dozen working spells each, at hours that everyone shares."""
    starts = [(f"p{i:03d}", DAY * d + rng.normal(50_000, 9_000)) for i in range(count) for d in rng.integers(0, DAYS, spells)]
    return [row for a, s in starts for row in spell(a, max(0.0, s), int(rng.integers(3, 20)))]


def groups(rows):
    found = rotations(a_night(DAYS, exchanges=[{"account_id": a, "occurred_at": at(float(s))} for a, s in rows])).collect()
    return [set(part["account_id"]) for _, part in found.group_by("value", maintain_order=True)]


def in_turns(rng, rounds=14, gap=(10, 200), line=(*POOL, POOL[0])):
    """Once a day, each of the pool after the other, and the first once more."""
    rows = []
    for n in range(rounds):
        now = float(DAY * DAYS / rounds * n + rng.integers(0, 12 * HOUR))
        for account in line:
            rows += spell(account, now)
            now += 12 * 60 + rng.integers(*gap)
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_a_pool_filled_one_after_the_other_is_found_whole_and_alone(seed):
    rng = np.random.default_rng(seed)
    assert groups(people(rng) + in_turns(rng)) == [set(POOL)]


@pytest.mark.parametrize("seed", range(3))
def test_the_ends_of_an_open_chain_belong_to_it(seed):
    rng = np.random.default_rng(seed)
    assert groups(people(rng) + in_turns(rng, line=POOL)) == [set(POOL)]


def test_a_busier_night_looks_less_far_ahead_and_finds_the_same(monkeypatch):
    """An ending meets only so many beginnings: the window shrinks to seconds, in which a dispatcher still takes over."""
    rng = np.random.default_rng(2)
    rows = people(rng) + in_turns(rng, gap=(-55, -40))
    monkeypatch.setattr(turns, "_MOST_NEAR", 0.125)
    assert groups(rows) == [set(POOL)]


def test_a_longer_pause_between_them_is_no_taking_over():
    rng = np.random.default_rng(5)
    assert groups(people(rng) + in_turns(rng, gap=(400, 900))) == []


def test_short_spells_are_no_work_to_take_over():
    rng = np.random.default_rng(6)
    wait = rng.integers(0, HOUR, 40)
    short = [row for n in range(40) for i, a in enumerate(POOL) for row in spell(a, 8 * HOUR * n + wait[n] + 400 * i, 6)]
    assert groups(people(rng) + short) == []


@pytest.mark.parametrize("seed", range(3))
def test_people_who_share_hours_do_not_take_turns(seed):
    assert groups(people(np.random.default_rng(seed))) == []


def test_busy_people_who_share_hours_do_not_take_turns():
    assert groups(people(np.random.default_rng(7), count=40, spells=60)) == []


def test_shifts_that_change_about_the_same_time_are_no_rotation():
    """Early, late and night workers of an office, each within a quarter of an hour of the shift's change."""
    rng = np.random.default_rng(8)
    starts = [
        (f"{part}{i}", DAY * d + 8 * HOUR * k + rng.normal(0, 900))
        for k, part in enumerate("eln")
        for i in range(6)
        for d in range(1, DAYS)
    ]
    rows = [row for a, s in starts for row in spell(a, s, 90, 300)]
    assert groups(people(rng) + rows) == []


@pytest.mark.parametrize("every", [1, 6, 24])
@pytest.mark.parametrize("seed", range(2))
def test_jobs_on_the_clock_do_not_take_turns(every, seed):
    """Twenty unrelated jobs, each always at its own minute, one of which often ends just before another begins."""
    rng = np.random.default_rng(30 + seed)
    minute = rng.integers(0, HOUR, 20)
    jobs = [(f"c{i}", HOUR * h + minute[i] + rng.integers(0, 20)) for i in range(20) for h in range(0, 24 * DAYS, every)]
    assert groups(people(rng, 100) + [row for a, s in jobs for row in spell(a, s, 10, 20)]) == []


@pytest.mark.parametrize("rows", [[], spell("a", 0), spell("a", 0) + spell("b", 800)])
def test_too_little_says_nothing(rows):
    assert groups(rows) == []
